//! Rows whose value is among those that a sub-query has seen: `IN (SELECT DISTINCT …)`.

use std::collections::BTreeMap;

use super::{Lane, Lanes, Sent, Stateful, expect, field, json, row_number};
use crate::kill::stream::{Stream, measure};
use crate::reader::Seen;

/// Rows travel to where the list keeps their value, and back to their key. A value that is in the list stays there: from the first
/// row of a partition and value that comes out on, all do, in their order.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    lanes: Lanes,
    /// The first row of each lane.
    first: BTreeMap<Lane, u64>,
}

impl Stateful for Chosen {
    fn name(&self) -> &'static str {
        "chosen"
    }

    fn query(&self) -> (&'static str, &'static str) {
        ("STREAM", "SELECT k, n, p, v FROM kill_source WHERE v IN (SELECT DISTINCT v FROM kill_second)")
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let value = json(seen)?;
        let n = row_number(&value, "N")?;
        expect("key", seen.key.unwrap_or_default(), &stream.key_of(seen.partition, n)[..])?;
        expect("partition", field(&value, "P")?, seen.partition.into())?;
        expect("value", row_number(&value, "V")?, measure(n))?;
        let lane = (seen.partition, measure(n).cast_signed());
        self.first.entry(lane).or_insert(n);
        self.lanes.enter(lane, n);
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, lane: Lane, number: u64, sent: Sent) -> bool {
        let listed = self.first.get(&lane).is_some_and(|first| number >= *first);
        listed && number < sent.source && measure(number).cast_signed() == lane.1
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).flat_map(|p| (0..100).map(move |value| (p, value))).collect()
    }

    /// A value that the second topic had, and of which nothing came: that is seen once enough rows have come behind it.
    fn outdated(&self, partitions: i32, sent: Sent) -> u64 {
        if sent.source < ENOUGH {
            return 0;
        }
        self.all_lanes(partitions).iter().filter(|lane| !self.first.contains_key(lane)).count() as u64
    }
}

/// By so many rows of a partition every value has come many times.
const ENOUGH: u64 = 5000;
