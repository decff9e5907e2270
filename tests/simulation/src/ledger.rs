//! What the ledger must hold: each record that could not be used, once.

use std::collections::{BTreeMap, BTreeSet};

use millstream_engine::sim::Cluster;
use serde_json::Value;

use crate::oracle::text;
use crate::program::LEDGER;
use crate::scenario::Scenario;

/// Input topic, partition and offset.
pub type Place = (&'static str, i32, i64);

/// Holds the ledger against the places of the records that had to be refused.
pub fn check_ledger(scenario: &Scenario, cluster: &Cluster, refused: &BTreeSet<Place>, violations: &mut Vec<String>) {
    let mut found: BTreeMap<Place, usize> = BTreeMap::new();
    for partition in 0..=scenario.outputs % 2 {
        for (offset, entry) in cluster.committed_records(LEDGER, partition) {
            let read: Value = serde_json::from_slice(entry.value.as_deref().unwrap_or_default()).unwrap_or_default();
            let record = &read["record"];
            let is = |place: &&Place| {
                record["topic"] == place.0 && record["partition"] == place.1 && record["offset"] == place.2
            };
            match refused.iter().find(is) {
                Some(place) => *found.entry(*place).or_default() += 1,
                None => violations.push(format!("ledger {partition}@{offset}: nobody expects {}", text(&entry))),
            }
        }
    }
    for place in refused {
        let times = found.get(place).copied().unwrap_or(0);
        if times != 1 {
            violations.push(format!("{place:?} is {times} times in the ledger"));
        }
    }
}
