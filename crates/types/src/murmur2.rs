//! The hash that Kafka's Java clients choose a partition with, so that rows land where every other writer puts them.
//!
//! A table's changelog, a join's two inputs and a Kafka Streams program next door only agree when the same key bytes
//! give the same partition. The engine needs it without a Kafka client, hence it stands with the types.

/// murmur2 (32 bits, seed `0x9747b28c`) exactly as `org.apache.kafka.common.utils.Utils.murmur2` computes it.
#[must_use]
pub fn murmur2(data: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    // Java's `int` length: what does not fit an array there cannot be a key either.
    let mut hash = SEED ^ (data.len() as u32);
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The partition of a key among `partitions`: `(murmur2 & 0x7fffffff) % partitions`, Kafka's default for keyed records.
/// 0 when there are no partitions to choose from.
#[must_use]
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    if partitions <= 0 { 0 } else { (murmur2(key) & i32::MAX) % partitions }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by Kafka's own Java class.
    #[test]
    fn hashes_as_java_does() {
        for (text, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
            ("", 275_646_681),
            ("x", 2_121_525_046),
            ("xy", -1_884_506_471),
        ] {
            assert_eq!(murmur2(text.as_bytes()), hash, "{text}");
        }
        assert_eq!(murmur2(&[0xff, 0x80, 0x90, 1, 2, 0xfe]), -559_250_341, "bytes that are negative in Java");
    }

    #[test]
    fn partitions_are_within_range_even_for_negative_hashes() {
        assert_eq!(partition_for_key(b"21", 6), (-973_932_308 & i32::MAX) % 6);
        assert_eq!(partition_for_key(b"", 1), 0);
        assert_eq!(partition_for_key(b"key", 0), 0);
        for n in 1_i32..50 {
            assert!((0..n).contains(&partition_for_key(&n.to_be_bytes(), n)));
        }
    }
}
