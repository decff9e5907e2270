//! The real epoch loop with a topic of dead letters: each record that could not be read is there once, as it was, if and only if
//! the ledger has an entry of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::copies::LocalCopies;
use millstream_engine::counters::Counters;
use millstream_engine::dead_letter::{HEADER_PREFIX, PARTITION};
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, SimClock, SimLink, Stored};
use millstream_engine::worker::{Worker, WorkerConfig};
use millstream_plan::OnError;
use serde_json::Value;

use crate::disk::Disk;
use crate::engine::{Engine, Real, address, part};
use crate::oracle::{self, told};
use crate::program::{GROUP, INPUT, LEDGER, OUTPUT, Part, Program, Subject, Topic};
use crate::scenario::Scenario;

/// The topic of dead letters.
const DEAD: &str = "dead";

/// The engine's worker, which puts records away that it cannot read.
#[derive(Debug, Clone, Copy)]
pub struct DeadLetters;

impl Program for DeadLetters {
    fn parts(&self, _scenario: &Scenario) -> Vec<Part> {
        vec![Part { group: GROUP, inputs: vec![INPUT], outputs: vec![OUTPUT, LEDGER, DEAD], whole: false }]
    }

    fn topics(&self, scenario: &Scenario) -> Vec<Topic> {
        let mut topics = Engine.topics(scenario);
        topics.push(Topic::new(DEAD, scenario.inputs));
        topics
    }

    fn start(
        &self,
        _part: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        _disk: (usize, &Disk),
        sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String> {
        let config = WorkerConfig {
            on_error: OnError::DeadLetter { topic: DEAD.into() },
            registry: millstream_schemas::Registry::none(),
            copies: LocalCopies::default(),
            sharing,
            query_id: "simulated".into(),
            part: part()?,
            guarantee: scenario.guarantee,
            epoch: Duration::from_millis(scenario.epoch_ms),
            merges: false,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    fn suited(&self, scenario: Scenario) -> Scenario {
        Scenario { guarantee: Guarantee::ExactlyOnce, ..scenario }
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        let mut violations = oracle::check(scenario, &Engine, cluster);
        let (mut wanted, mut found) = (BTreeMap::new(), BTreeMap::new());
        for partition in 0..=scenario.outputs % 2 {
            for (_, entry) in cluster.committed_records(LEDGER, partition) {
                if let Some(at) = address(&entry).filter(|_| is_unread(&entry)) {
                    *wanted.entry(at).or_insert(0) += 1;
                }
            }
        }
        for partition in 0..scenario.inputs {
            let inputs: BTreeMap<i64, Stored> = cluster.committed_records(INPUT, partition).into_iter().collect();
            for (_, letter) in cluster.committed_records(DEAD, partition) {
                let Some(offset) = said(&letter, "millstream.error.offset") else {
                    violations.push("a dead letter does not say where it comes from".into());
                    continue;
                };
                if said(&letter, PARTITION) != Some(i64::from(partition)) {
                    violations.push(format!("a dead letter of another partition is in {partition}"));
                }
                let own = |(key, _): &&(Vec<u8>, Option<Vec<u8>>)| !key.starts_with(HEADER_PREFIX.as_bytes());
                let headers: Vec<_> = letter.headers.iter().filter(own).cloned().collect();
                match inputs.get(&offset) {
                    Some(was) if (&was.key, &was.value, &was.headers) == (&letter.key, &letter.value, &headers) => {}
                    _ => violations.push(format!("{partition}@{offset} is another record as a dead letter")),
                }
                *found.entry((partition, offset)).or_insert(0) += 1;
            }
        }
        if wanted != found {
            violations.push(format!("dead letters of {found:?}, but entries of {wanted:?}"));
        }
        told(violations)
    }
}

/// Whether an entry is about a record that could not be read, rather than about a row.
fn is_unread(entry: &Stored) -> bool {
    let read: Value = serde_json::from_slice(entry.value.as_deref().unwrap_or_default()).unwrap_or_default();
    let logger = read["logger"].as_str().unwrap_or_default();
    logger.ends_with(".deserializer") || logger.ends_with(".timestamp")
}

/// The number in a header.
fn said(letter: &Stored, header: &str) -> Option<i64> {
    let (_, value) = letter.headers.iter().rev().find(|(key, _)| key == header.as_bytes())?;
    std::str::from_utf8(value.as_ref()?).ok()?.parse().ok()
}
