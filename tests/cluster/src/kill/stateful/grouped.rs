//! Groups of a stream: by its key, by another column, by key and window.

use std::collections::BTreeMap;

use super::{Lane, Lanes, Sent, Stateful, expect, field, group_of, json, row_number};
use crate::kill::stream::{KEYS, Stream, measure};
use crate::reader::Seen;

/// Rows of a stream by their key: the count of a key goes up with every row of it, and the row is known by it.
#[derive(Debug, Default)]
pub(super) struct ByKey(Lanes);

impl Stateful for ByKey {
    fn name(&self) -> &'static str {
        "by_key"
    }

    fn query(&self) -> (&'static str, &'static str) {
        ("TABLE", "SELECT k, COUNT(*) AS c, SUM(n) AS s, LATEST_BY_OFFSET(n) AS n FROM kill_source GROUP BY k")
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let value = json(seen)?;
        let n = row_number(&value, "N")?;
        expect("key", seen.key.unwrap_or_default(), &stream.key_of(seen.partition, n)[..])?;
        let (place, before) = (n % KEYS, n / KEYS);
        expect("count", row_number(&value, "C")?, before + 1)?;
        expect("sum", row_number(&value, "S")?, place * (before + 1) + KEYS * before * (before + 1) / 2)?;
        self.0.enter((seen.partition, 0), n);
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.0
    }

    fn expects(&self, _: Lane, number: u64, sent: Sent) -> bool {
        number < sent.source
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).map(|p| (p, 0)).collect()
    }
}

/// Rows by another column, for which they move: the counts of a group go up by one, and every row is behind one of them.
#[derive(Debug, Default)]
pub(super) struct ByColumn {
    lanes: Lanes,
    /// Count and sum of each group.
    groups: BTreeMap<i64, (i64, i64)>,
}

impl Stateful for ByColumn {
    fn name(&self) -> &'static str {
        "by_column"
    }

    fn query(&self) -> (&'static str, &'static str) {
        (
            "TABLE",
            "SELECT v, COUNT(*) AS c, SUM(n * 1000 + p) AS s, LATEST_BY_OFFSET(n * 1000 + p) AS i FROM kill_source \
             GROUP BY v",
        )
    }

    fn enter(&mut self, _: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let (value, group) = (json(seen)?, group_of(seen)?);
        let (count, sum, id) = (field(&value, "C")?, field(&value, "S")?, field(&value, "I")?);
        let (n, p) = (u64::try_from(id / 1000).unwrap_or(0), i32::try_from(id % 1000).unwrap_or(-1));
        expect("group", group, measure(n).cast_signed())?;
        let before = self.groups.insert(group, (count, sum)).unwrap_or_default();
        self.lanes.enter((p, group), n);
        expect("count and sum", (count, sum), (before.0 + 1, before.1 + id))
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, (_, group): Lane, number: u64, sent: Sent) -> bool {
        number < sent.source && measure(number).cast_signed() == group
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).flat_map(|p| (0..100).map(move |group| (p, group))).collect()
    }
}

/// Rows by key and window of event time. The windows of a key lie in different partitions of the result: there is an order
/// within each of them.
#[derive(Debug, Default)]
pub(super) struct ByWindow {
    lanes: Lanes,
    /// By partition, place of the key and window: the last row.
    last: BTreeMap<(i32, u64, i64), u64>,
    misplaced: u64,
}

/// Length of a window, ms.
const WINDOW_MS: i64 = 5000;

impl Stateful for ByWindow {
    fn name(&self) -> &'static str {
        "by_window"
    }

    fn query(&self) -> (&'static str, &'static str) {
        (
            "TABLE",
            "SELECT k, COUNT(*) AS c, LATEST_BY_OFFSET(n) AS n FROM kill_source \
             WINDOW TUMBLING (SIZE 5 SECONDS, RETENTION 1 HOUR, GRACE PERIOD 10 MINUTES) GROUP BY k",
        )
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let value = json(seen)?;
        let n = row_number(&value, "N")?;
        let key = seen.key.and_then(|key| key.split_last_chunk::<8>()).ok_or("a key without a window")?;
        let partition = stream.owner(key.0).ok_or("a key that nobody sent")?;
        expect("key", key.0, &stream.key_of(partition, n)[..])?;
        let start = stream.time_of(n) / WINDOW_MS * WINDOW_MS;
        expect("window", i64::from_be_bytes(*key.1), start)?;
        let inside = (0..=n).rev().step_by(KEYS as usize).take_while(|n| stream.time_of(*n) >= start).count();
        expect("count", row_number(&value, "C")?, inside as u64)?;
        self.lanes.enter((partition, 0), n);
        let before = self.last.insert((partition, n % KEYS, start), n);
        self.misplaced += u64::from(before.is_some_and(|before| before > n));
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, _: Lane, number: u64, sent: Sent) -> bool {
        number < sent.source
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).map(|p| (p, 0)).collect()
    }

    fn misplaced(&self, _: u64) -> u64 {
        self.misplaced
    }
}
