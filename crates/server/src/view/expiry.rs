//! Which rows of a view are due: those of a table over a topic with a `TTL`, which nobody deletes there.
//!
//! Time is that of the records of a partition seen so far, as it is to the queries that read the table.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The rows of a view by the times of their last changes.
#[derive(Debug)]
pub(super) struct Expiry {
    /// How long after its last change a row is gone, ms.
    ttl: i64,
    partitions: BTreeMap<i32, Rows>,
}

/// Those of a partition.
#[derive(Debug, Default)]
struct Rows {
    /// The latest time of a record, ms.
    now: Option<i64>,
    times: HashMap<Arc<[u8]>, i64>,
    queue: BTreeSet<(i64, Arc<[u8]>)>,
}

impl Expiry {
    /// No rows, which will be kept for so long, ms.
    pub(super) fn new(ttl: i64) -> Self {
        Self { ttl, partitions: BTreeMap::new() }
    }

    /// A record of that time comes: the keys of the rows that are gone before it.
    pub(super) fn come_to(&mut self, partition: i32, time: i64) -> Vec<Arc<[u8]>> {
        let rows = self.partitions.entry(partition).or_default();
        let now = rows.now.map_or(time, |now| now.max(time));
        rows.now = Some(now);
        let last = now.saturating_sub(self.ttl);
        let mut due = Vec::new();
        while let Some((time, _)) = rows.queue.first()
            && *time <= last
            && let Some((_, key)) = rows.queue.pop_first()
        {
            rows.times.remove(&key);
            due.push(key);
        }
        due
    }

    /// A row is put, or deleted (`there`: false), at that time.
    pub(super) fn put(&mut self, partition: i32, key: &[u8], time: i64, there: bool) {
        let rows = self.partitions.entry(partition).or_default();
        let (key, before) = match rows.times.remove_entry(key) {
            Some((key, before)) => (key, Some(before)),
            None => (Arc::from(key), None),
        };
        if let Some(before) = before {
            rows.queue.remove(&(before, Arc::clone(&key)));
        }
        if there {
            let time = before.map_or(time, |before| before.max(time));
            rows.queue.insert((time, Arc::clone(&key)));
            rows.times.insert(key, time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_due_by_the_time_of_their_partition() {
        let mut expiry = Expiry::new(100);
        let mut row = |partition, key: &str, time, there| -> Vec<String> {
            let due = expiry.come_to(partition, time);
            expiry.put(partition, key.as_bytes(), time, there);
            due.iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
        };
        for (partition, key, time, there, due) in [
            (0, "a", 0, true, vec![]),
            (0, "b", 10, true, vec![]),
            (1, "a", 500, true, vec![]),
            (0, "a", 20, true, vec![]),
            (0, "c", 30, true, vec![]),
            (0, "c", 40, false, vec![]),
            (0, "b", 5, true, vec![]),
            (0, "d", 110, true, vec!["b"]),
            (0, "e", 1000, true, vec!["a", "d"]),
            (0, "f", 0, true, vec![]),
            (0, "g", 0, true, vec!["f"]),
        ] {
            assert_eq!(row(partition, key, time, there), due, "{partition} {key} {time}");
        }
    }
}
