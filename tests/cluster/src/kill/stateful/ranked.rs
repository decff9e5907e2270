//! The newest two rows of each key, by ROW_NUMBER: a row that comes takes the first place, and the one that had it the second,
//! which is known only to who has kept it.

use std::collections::BTreeMap;

use super::{Lane, Lanes, Sent, Stateful, expect, field, json, row_number};
use crate::kill::stream::{KEYS, Stream};
use crate::reader::Seen;

/// Every row has each of the two places once. Places of a key lie in different partitions of the result: there is an order
/// within each of them.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    lanes: Lanes,
    /// By partition, place of the key and number: the last row.
    last: BTreeMap<(i32, u64, i64), u64>,
    misplaced: u64,
}

impl Stateful for Ranked {
    fn name(&self) -> &'static str {
        "ranked"
    }

    fn query(&self) -> (&'static str, &'static str) {
        (
            "TABLE",
            "SELECT k, r, n, p FROM (SELECT k, n, p, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC) AS r FROM \
             kill_source) WHERE r <= 2",
        )
    }

    fn with(&self) -> &'static str {
        ", KEY_FORMAT='JSON'"
    }

    fn enter(&mut self, stream: &Stream, seen: &Seen<'_>) -> Result<(), String> {
        let value = json(seen)?;
        let n = row_number(&value, "N")?;
        let partition = i32::try_from(field(&value, "P")?).map_err(|e| e.to_string())?;
        let key: serde_json::Value = serde_json::from_slice(seen.key.unwrap_or_default()).map_err(|e| e.to_string())?;
        let number = field(&key, "R")?;
        let name = key["K"].as_str().unwrap_or_default().as_bytes();
        expect("key", name, &stream.key_of(partition, n)[..])?;
        self.lanes.enter((partition, number), n);
        let before = self.last.insert((partition, n % KEYS, number), n);
        self.misplaced += u64::from(before.is_some_and(|before| before > n));
        Ok(())
    }

    fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    fn expects(&self, (_, place): Lane, number: u64, sent: Sent) -> bool {
        let newer = if place == 1 { 0 } else { KEYS };
        number + newer < sent.source
    }

    fn all_lanes(&self, partitions: i32) -> Vec<Lane> {
        (0..partitions).flat_map(|p| [(p, 1), (p, 2)]).collect()
    }

    fn misplaced(&self, _: u64) -> u64 {
        self.misplaced
    }
}
