//! The four codecs of record batches. What is unpacked is bounded, so that a small batch cannot take all memory.

use std::io::{Read, Write};

use crate::error::Code;

/// No compression; the values are those of a batch's attributes.
pub(crate) const NONE: i16 = 0;
/// Gzip.
pub(crate) const GZIP: i16 = 1;
/// Snappy, alone or in the frames of Java's snappy library.
pub(crate) const SNAPPY: i16 = 2;
/// LZ4 frames.
pub(crate) const LZ4: i16 = 3;
/// Zstandard, since Produce 7 and Fetch 10 (KIP-110).
pub(crate) const ZSTD: i16 = 4;

/// What Java's snappy library begins with: its name, its version and the oldest version that can read it.
const XERIAL_HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
const XERIAL_MAGIC_BYTES: usize = 8;
/// Bytes of input in one chunk of those frames, as in Java.
const XERIAL_CHUNK_BYTES: usize = 32 << 10;
/// Snappy's best: a copy of 64 bytes in 3. A chunk that claims more than this is lying; nothing is reserved for it.
const SNAPPY_MAX_RATIO: usize = 64;
const ZSTD_LEVEL: i32 = 3;

/// The records of a batch, unpacked.
///
/// # Errors
/// `UNSUPPORTED_COMPRESSION_TYPE` for a codec that does not exist, `MESSAGE_TOO_LARGE` when there are more than `max`
/// bytes, `CORRUPT_MESSAGE` for everything else.
pub(crate) fn unpack(codec: i16, packed: &[u8], max: usize) -> Result<Vec<u8>, Code> {
    match codec {
        NONE if packed.len() > max => Err(Code::MessageTooLarge),
        NONE => Ok(packed.to_vec()),
        // Java reads on after the first of several gzip members.
        GZIP => bounded(flate2::read::MultiGzDecoder::new(packed), max),
        SNAPPY => unpack_snappy(packed, max),
        LZ4 => bounded(lz4_flex::frame::FrameDecoder::new(packed), max),
        ZSTD => bounded(zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| Code::CorruptMessage)?, max),
        _ => Err(Code::UnsupportedCompressionType),
    }
}

/// Packs the records of a batch, as Kafka's Java client would by default.
///
/// # Errors
/// `UNSUPPORTED_COMPRESSION_TYPE` for a codec that does not exist; `UNKNOWN_SERVER_ERROR` when the codec fails, which
/// is not known to happen in memory.
pub(crate) fn pack(codec: i16, records: &[u8]) -> Result<Vec<u8>, Code> {
    let failed = |_| Code::UnknownServerError;
    match codec {
        NONE => Ok(records.to_vec()),
        GZIP => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(records).and_then(|()| encoder.finish()).map_err(failed)
        }
        SNAPPY => pack_snappy(records),
        LZ4 => {
            let frame = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, Vec::new());
            encoder.write_all(records).map_err(failed)?;
            encoder.finish().map_err(|_| Code::UnknownServerError)
        }
        ZSTD => zstd::stream::encode_all(records, ZSTD_LEVEL).map_err(failed),
        _ => Err(Code::UnsupportedCompressionType),
    }
}

fn bounded(from: impl Read, max: usize) -> Result<Vec<u8>, Code> {
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    let mut unpacked = Vec::new();
    // One byte more than is allowed tells too much from just enough.
    from.take(limit.saturating_add(1)).read_to_end(&mut unpacked).map_err(|_| Code::CorruptMessage)?;
    if unpacked.len() > max { Err(Code::MessageTooLarge) } else { Ok(unpacked) }
}

/// Librdkafka writes one block of plain snappy, Java writes chunks behind a header.
fn unpack_snappy(packed: &[u8], max: usize) -> Result<Vec<u8>, Code> {
    let mut unpacked = Vec::new();
    if packed.get(..XERIAL_MAGIC_BYTES) != XERIAL_HEADER.get(..XERIAL_MAGIC_BYTES) {
        append_snappy(packed, max, &mut unpacked)?;
        return Ok(unpacked);
    }
    let mut rest = packed.get(XERIAL_HEADER.len()..).ok_or(Code::CorruptMessage)?;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(Code::CorruptMessage)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| Code::CorruptMessage)?;
        let (chunk, after) = after.split_at_checked(length).ok_or(Code::CorruptMessage)?;
        append_snappy(chunk, max, &mut unpacked)?;
        rest = after;
    }
    Ok(unpacked)
}

fn append_snappy(block: &[u8], max: usize, to: &mut Vec<u8>) -> Result<(), Code> {
    let length = snap::raw::decompress_len(block).map_err(|_| Code::CorruptMessage)?;
    if length / SNAPPY_MAX_RATIO > block.len() {
        return Err(Code::CorruptMessage);
    }
    let from = to.len();
    let end = from.checked_add(length).filter(|end| *end <= max).ok_or(Code::MessageTooLarge)?;
    to.resize(end, 0);
    let place = to.get_mut(from..).unwrap_or_default();
    let written = snap::raw::Decoder::new().decompress(block, place).map_err(|_| Code::CorruptMessage)?;
    to.truncate(from + written);
    Ok(())
}

/// In Java's frames, which every client reads (plain snappy is not understood by all).
fn pack_snappy(records: &[u8]) -> Result<Vec<u8>, Code> {
    let mut packed = XERIAL_HEADER.to_vec();
    let mut encoder = snap::raw::Encoder::new();
    for chunk in records.chunks(XERIAL_CHUNK_BYTES) {
        let block = encoder.compress_vec(chunk).map_err(|_| Code::UnknownServerError)?;
        let length = i32::try_from(block.len()).map_err(|_| Code::UnknownServerError)?;
        packed.extend_from_slice(&length.to_be_bytes());
        packed.extend_from_slice(&block);
    }
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODECS: [i16; 5] = [NONE, GZIP, SNAPPY, LZ4, ZSTD];

    /// With no more stack than the broker's threads have: an overflow would end the process.
    #[test]
    fn the_stack_of_a_thread_is_enough() {
        for codec in CODECS {
            let work = move || {
                let bytes = vec![7; 100_000];
                unpack(codec, &pack(codec, &bytes).unwrap(), bytes.len()).unwrap() == bytes
            };
            let thread = std::thread::Builder::new().stack_size(crate::net::STACK_BYTES).spawn(work);
            assert!(thread.unwrap().join().unwrap(), "codec {codec}");
        }
    }

    #[test]
    fn what_is_packed_unpacks() {
        let mut random = fastrand::Rng::with_seed(7);
        for length in [0, 1, 100, XERIAL_CHUNK_BYTES, XERIAL_CHUNK_BYTES + 1, 300_000] {
            let bytes: Vec<u8> = (0..length).map(|_| random.u8(0..4)).collect();
            for codec in CODECS {
                let packed = pack(codec, &bytes).unwrap();
                assert_eq!(unpack(codec, &packed, length).as_deref(), Ok(&bytes[..]), "codec {codec}, {length} bytes");
                if length > 0 {
                    assert_eq!(unpack(codec, &packed, length - 1), Err(Code::MessageTooLarge), "codec {codec}");
                }
            }
        }
    }

    #[test]
    fn plain_snappy_and_joined_gzip_are_read() {
        let plain = snap::raw::Encoder::new().compress_vec(b"hello hello hello").unwrap();
        assert_eq!(unpack(SNAPPY, &plain, 100).as_deref(), Ok(&b"hello hello hello"[..]));
        let joined = [pack(GZIP, b"one ").unwrap(), pack(GZIP, b"two").unwrap()].concat();
        assert_eq!(unpack(GZIP, &joined, 100).as_deref(), Ok(&b"one two"[..]));
    }

    #[test]
    fn a_bomb_is_an_error() {
        let zeros = vec![0; 64 << 20];
        for codec in [GZIP, SNAPPY, LZ4, ZSTD] {
            let bomb = pack(codec, &zeros).unwrap();
            assert_eq!(unpack(codec, &bomb, 1 << 20), Err(Code::MessageTooLarge), "codec {codec}");
        }
        // Ten bytes of snappy that claim 4 GB.
        assert_eq!(
            unpack(SNAPPY, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0], 128 << 20),
            Err(Code::CorruptMessage)
        );
    }

    #[test]
    fn damage_is_an_error_or_other_bytes_but_never_a_panic() {
        let mut random = fastrand::Rng::with_seed(11);
        let bytes: Vec<u8> = (0..50_000).map(|_| random.u8(0..8)).collect();
        for codec in [GZIP, SNAPPY, LZ4, ZSTD] {
            let packed = pack(codec, &bytes).unwrap();
            for _ in 0..200 {
                let mut damaged = packed.clone();
                for _ in 0..random.usize(1..4) {
                    let at = random.usize(..damaged.len());
                    damaged[at] = random.u8(..);
                }
                damaged.truncate(random.usize(..=damaged.len()));
                if let Ok(unpacked) = unpack(codec, &damaged, 1 << 20) {
                    assert!(unpacked.len() <= 1 << 20);
                }
            }
        }
        assert_eq!(unpack(5, b"", 10), Err(Code::UnsupportedCompressionType));
        assert_eq!(pack(7, b""), Err(Code::UnsupportedCompressionType));
    }
}
