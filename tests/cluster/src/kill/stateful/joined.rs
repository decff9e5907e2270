//! A stream joined with a table, and with a stream.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Lane, Lanes, Sent, Stateful, expect, json, row_number};
use crate::kill::stream::{KEYS, Stream};
use crate::reader::Seen;

/// Every row of the stream comes out once, with a row of the table that is never older than that of the row before.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    lanes: Lanes,
    /// By partition and place of the key: the table's row that was seen last, one higher.
    seen: BTreeMap<(i32, u64), u64>,
}

impl Stateful for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn query(&self) -> (&'static str, &'static str) {
        ("STREAM", "SELECT s.k AS k, s.n AS n, t.n AS t FROM kill_source s LEFT JOIN kill_table t ON s.k = t.k")
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let value = json(seen)?;
        let n = row_number(&value, "N")?;
        expect("key", seen.key.unwrap_or_default(), &stream.key_of(seen.partition, n)[..])?;
        self.lanes.enter((seen.partition, 0), n);
        let looked_up = if value["T"] == Value::Null { 0 } else { row_number(&value, "T")? + 1 };
        if looked_up > 0 {
            expect("place of the table's row", (looked_up - 1) % KEYS, n % KEYS)?;
        }
        let last = self.seen.entry((seen.partition, n % KEYS)).or_default();
        if looked_up < *last {
            return Err(format!("the row before saw row {} of the table already", *last - 1));
        }
        *last = looked_up;
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

    /// Rows of the stream behind the last one of the table come when nothing is on the way any more: they must see the table as it is in the end.
    fn outdated(&self, partitions: i32, sent: Sent) -> u64 {
        if sent.source <= sent.second {
            return 0;
        }
        let last = |place: u64| sent.second.checked_sub(1 + place).map_or(0, |n| n / KEYS * KEYS + place + 1);
        let keys = (0..partitions).flat_map(|p| (0..KEYS).map(move |place| (p, place)));
        keys.filter(|key| self.seen.get(key).copied().unwrap_or(0) != last(key.1)).count() as u64
    }
}

/// Pairs of rows of a key that lie within 100 ms: a row, itself in the other stream, and those of the key before and after.
#[derive(Debug, Default)]
pub(super) struct Pairs(Lanes);

impl Stateful for Pairs {
    fn name(&self) -> &'static str {
        "pairs"
    }

    fn query(&self) -> (&'static str, &'static str) {
        (
            "STREAM",
            "SELECT l.k AS k, l.n AS l, r.n AS r FROM kill_source l \
             JOIN kill_second r WITHIN 100 MILLISECONDS GRACE PERIOD 10 MINUTES ON l.k = r.k",
        )
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let value = json(seen)?;
        let (left, right) = (row_number(&value, "L")?, row_number(&value, "R")?);
        expect("key", seen.key.unwrap_or_default(), &stream.key_of(seen.partition, left)[..])?;
        let apart = right.cast_signed() - left.cast_signed();
        if ![-KEYS.cast_signed(), 0, KEYS.cast_signed()].contains(&apart) {
            return Err("no pair".to_owned());
        }
        self.0.enter((seen.partition, apart), left);
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.0
    }

    fn expects(&self, (_, apart): Lane, number: u64, sent: Sent) -> bool {
        let right = number.checked_add_signed(apart);
        number < sent.source && right.is_some_and(|right| right < sent.second)
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        let apart = [-KEYS.cast_signed(), 0, KEYS.cast_signed()];
        (0..partitions).flat_map(|p| apart.map(|apart| (p, apart))).collect()
    }
}
