//! The real epoch loop with windows and a stream of late records: each late record is there once, as it was read, if and only if
//! the ledger has an entry of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, SimClock, SimLink, Stored};
use millstream_engine::worker::{Worker, WorkerConfig};
use millstream_plan::topology::SubTopology;
use serde_json::Value;

use crate::disk::Disk;
use crate::engine::{Engine, Real, address};
use crate::oracle::{read_by, told};
use crate::planned::planned;
use crate::program::{CHANGELOG, GROUP, INPUT, LEDGER, OUTPUT, Part, Program, Subject, Topic};
use crate::scenario::Scenario;

/// The topic of late records.
const LATE: &str = "late";
const SOURCE: &str = "CREATE STREAM input (K STRING KEY, ID BIGINT, V BIGINT) \
                      WITH (KAFKA_TOPIC='in', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', TIMESTAMP='V');";
/// Times are any: each record moves time on by a window or is late, unless it is of the same moment.
const QUERY: &str = "CREATE TABLE counted WITH (KAFKA_TOPIC='out') AS SELECT K, COUNT(*) AS N FROM input \
                     WINDOW TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 0 SECONDS) GROUP BY K LATE RECORDS INTO `late`;";

/// The engine's worker, which puts late records away.
#[derive(Debug, Clone, Copy)]
pub struct Lateness;

impl Program for Lateness {
    fn parts(&self, _scenario: &Scenario) -> Vec<Part> {
        vec![Part { group: GROUP, inputs: vec![INPUT], outputs: vec![OUTPUT, LEDGER, CHANGELOG, LATE], whole: false }]
    }

    fn topics(&self, scenario: &Scenario) -> Vec<Topic> {
        let mut topics = Engine.topics(scenario);
        topics.push(Topic::new(LATE, scenario.outputs));
        topics
    }

    fn start(
        &self,
        _part: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        (place, disk): (usize, &Disk),
        sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String> {
        let config = WorkerConfig {
            on_error: Default::default(),
            registry: millstream_schemas::Registry::none(),
            copies: disk.of(place, Some(CHANGELOG)),
            sharing,
            query_id: "simulated".into(),
            part: part()?,
            guarantee: scenario.guarantee,
            epoch: Duration::from_millis(scenario.epoch_ms),
            merges: true,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    fn suited(&self, scenario: Scenario) -> Scenario {
        Scenario { guarantee: Guarantee::ExactlyOnce, ..scenario }
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        let mut violations = Vec::new();
        let mut inputs = BTreeMap::new();
        for partition in 0..scenario.inputs {
            let read = read_by(cluster, GROUP, INPUT, partition, &mut violations);
            inputs.extend(read.into_iter().map(|(offset, record)| ((partition, offset), record)));
        }
        let mut wanted: BTreeMap<Told, usize> = BTreeMap::new();
        for partition in 0..=scenario.outputs % 2 {
            for (_, entry) in cluster.committed_records(LEDGER, partition) {
                if let Some(at) = address(&entry).filter(|_| is_late(&entry)) {
                    match inputs.get(&at) {
                        Some(record) => *wanted.entry(tell(record)).or_default() += 1,
                        None => violations.push(format!("a late record is none of the input: {at:?}")),
                    }
                }
            }
        }
        let mut found: BTreeMap<Told, usize> = BTreeMap::new();
        for partition in 0..scenario.outputs {
            for (_, record) in cluster.committed_records(LATE, partition) {
                let row: Value =
                    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
                if row["V"].as_i64() != Some(record.timestamp) {
                    violations.push(format!("a late record has time {}, but was of {}", record.timestamp, row["V"]));
                }
                *found.entry(tell(&record)).or_default() += 1;
            }
        }
        if wanted != found {
            violations.push(format!("late records are {found:?}, but entries are of {wanted:?}"));
        }
        told(violations)
    }
}

/// Key and columns of a record.
type Told = (Option<Vec<u8>>, String);

fn tell(record: &Stored) -> Told {
    let row: Value = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
    (record.key.clone(), format!("{} {}", row["ID"], row["V"]))
}

fn is_late(entry: &Stored) -> bool {
    let read: Value = serde_json::from_slice(entry.value.as_deref().unwrap_or_default()).unwrap_or_default();
    let text = read["message"]["recordProcessingError"]["errorMessage"].as_str().unwrap_or_default();
    text.starts_with("Row is late")
}

/// The query as the server plans it: one part, for the groups are the keys.
fn part() -> Result<SubTopology, String> {
    let mut parts = planned(&[SOURCE], QUERY)?;
    match (parts.pop(), parts.pop()) {
        (Some(part), None) => Ok(part),
        _ => Err("the query has several parts".into()),
    }
}
