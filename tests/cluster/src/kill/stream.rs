//! The stream that flows through the kill test: its records, the query over it, and what the query must make of them.

use std::io::Write;

use millstream_types::partition_for_key;

use crate::clock;
use crate::error::{Result, Trouble};
use crate::numbered::number;
use crate::source::Shape;

/// Keys of each partition.
pub(super) const KEYS: u64 = 8;
/// Thirty days, the event time of 259 million records of a partition.
const LONG_AGO_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Records `{"N":n,"P":partition,"V":0..100,"T":"..."}` under keys that hash to the partition that they are sent to, so that
/// the result's partitions are the source's: the order within each can be checked.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    keys: Vec<Vec<String>>,
    /// Event time of the first records, ms.
    began: i64,
}

impl Stream {
    /// Event time between two records of a partition, ms.
    pub(super) const STEP_MS: i64 = 10;

    /// The same whose records are from long ago: Kafka refuses those that are more than an hour ahead of it.
    pub(super) fn of_long_ago(self) -> Self {
        Self { began: self.began - LONG_AGO_MS, ..self }
    }

    /// For topics of so many partitions.
    pub(crate) fn new(partitions: i32) -> Result<Self> {
        let count = usize::try_from(partitions).ok().filter(|count| (1..=1000).contains(count));
        let count = count.ok_or_else(|| Trouble::failed("--partitions must be 1 to 1000"))?;
        let mut keys = vec![Vec::new(); count];
        let mut candidates = (0..1_000_000).map(|i| format!("key-{i}"));
        while keys.iter().any(|k| k.len() < KEYS as usize) {
            let key = candidates.next().ok_or_else(|| Trouble::failed("no keys for some partition"))?;
            let of = usize::try_from(partition_for_key(key.as_bytes(), partitions)).unwrap_or(0);
            if let Some(keys) = keys.get_mut(of).filter(|k| k.len() < KEYS as usize) {
                keys.push(key);
            }
        }
        Ok(Self { keys, began: clock::wall_ms() })
    }

    /// The statements, for a source topic and a topic that the query makes.
    pub(crate) fn statements(source: &str, sink: &str) -> [String; 2] {
        [
            format!(
                "CREATE STREAM kill_source (k VARCHAR KEY, n BIGINT, p INTEGER, v BIGINT, t VARCHAR) \
                 WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
            ),
            format!(
                "CREATE STREAM kill_sink WITH (KAFKA_TOPIC='{sink}') AS \
                 SELECT k, n, p, v * 2 AS d, t FROM kill_source WHERE v >= 50 EMIT CHANGES;"
            ),
        ]
    }

    /// The key of record `n` of a partition.
    pub(super) fn key_of(&self, partition: i32, n: u64) -> Vec<u8> {
        let mut key = Vec::new();
        self.key(partition, n, &mut key);
        key
    }

    /// The partition whose key it is.
    pub(super) fn owner(&self, key: &[u8]) -> Option<i32> {
        let at = self.keys.iter().position(|keys| keys.iter().any(|k| k.as_bytes() == key))?;
        i32::try_from(at).ok()
    }

    /// Event time of record `n` of any partition, ms.
    pub(super) fn time_of(&self, n: u64) -> i64 {
        self.began + n.cast_signed() * Self::STEP_MS
    }

    /// Whether the query keeps record `n`.
    pub(crate) const fn kept(n: u64) -> bool {
        measure(n) >= 50
    }

    /// How many of the first `n` records of a partition the query keeps.
    pub(crate) fn kept_below(n: u64) -> u64 {
        (0..n).filter(|n| Self::kept(*n)).count() as u64
    }

    /// The number of a result record, if key and value are, byte for byte, what the query must make of that record.
    pub(crate) fn number_of(&self, partition: i32, key: &[u8], value: &[u8]) -> Option<u64> {
        let n = number(value, "N")?;
        let (mut right_key, mut right) = (Vec::new(), Vec::new());
        self.key(partition, n, &mut right_key);
        // Writing into memory cannot fail.
        let double = measure(n) * 2;
        let _ = write!(right, r#"{{"N":{n},"P":{partition},"D":{double},"T":"record {n} of {partition}"}}"#);
        (right_key == key && right == value).then_some(n)
    }
}

impl Shape for Stream {
    fn key(&self, partition: i32, n: u64, into: &mut Vec<u8>) {
        let keys = usize::try_from(partition).ok().and_then(|p| self.keys.get(p));
        let key = keys.and_then(|keys| keys.get((n % KEYS) as usize));
        into.extend_from_slice(key.map_or(&[], |key| key.as_bytes()));
    }

    fn value(&self, partition: i32, n: u64, into: &mut Vec<u8>) {
        let measure = measure(n);
        let _ = write!(into, r#"{{"N":{n},"P":{partition},"V":{measure},"T":"record {n} of {partition}"}}"#);
    }

    fn time(&self, n: u64) -> Option<i64> {
        Some(self.time_of(n))
    }
}

/// What the query filters by: 0 to 99, without a pattern that a fault could follow.
pub(super) const fn measure(n: u64) -> u64 {
    n.wrapping_mul(2_654_435_761) % 4_294_967_296 / 1000 % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hash_to_their_partition() {
        let stream = Stream::new(4).unwrap();
        for (partition, n) in (0..4).flat_map(|p| (0..20).map(move |n| (p, n))) {
            let mut key = Vec::new();
            stream.key(partition, n, &mut key);
            assert_eq!(partition_for_key(&key, 4), partition);
        }
    }

    #[test]
    fn about_half_is_kept() {
        let kept = Stream::kept_below(10_000);
        assert!((4500..5500).contains(&kept), "{kept}");
    }

    #[test]
    fn only_the_right_result_has_a_number() {
        let stream = Stream::new(2).unwrap();
        let mut key = Vec::new();
        stream.key(1, 7, &mut key);
        let right = format!(r#"{{"N":7,"P":1,"D":{},"T":"record 7 of 1"}}"#, measure(7) * 2);
        assert_eq!(stream.number_of(1, &key, right.as_bytes()), Some(7));
        assert_eq!(stream.number_of(0, &key, right.as_bytes()), None, "wrong partition");
        assert_eq!(stream.number_of(1, b"other", right.as_bytes()), None, "wrong key");
        assert_eq!(stream.number_of(1, &key, br#"{"N":7,"P":1,"D":1,"T":"record 7 of 1"}"#), None, "wrong value");
    }
}
