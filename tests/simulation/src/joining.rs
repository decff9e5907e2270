//! The real epoch loop with tasks of two inputs, merged by event time: odd seeds join a stream with a table, even ones two
//! streams.
//!
//! * **Stream and table**: every row of the stream comes out once, with the table's row as it was at some time; a later row
//!   never sees an older table. What is written last sees the table as it is in the end.
//! * **Two streams**: every pair of rows of a key that lie within the window comes out once, in whatever order the two
//!   inputs were read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, Rng, START_MS, SimClock, SimLink, Stored};
use millstream_engine::worker::{Worker, WorkerConfig};
use serde_json::Value;

use crate::disk::Disk;
use crate::engine::Real;
use crate::ledger::check_ledger;
use crate::oracle::{read_by, text, told};
use crate::planned::planned;
use crate::program::{CHANGELOG, GROUP, INPUT, LEDGER, OUTPUT, Part, Program, Subject, Topic};
use crate::scenario::Scenario;
use crate::workload::{Input, Write, writes_of};

/// The other input.
const SIDE: &str = "side";
/// Keys of each partition.
const KEYS: u8 = 6;
/// How far apart in time the rows of a pair may lie, ms.
const WITHIN_MS: i64 = 40;

const STREAM: &str = "CREATE STREAM input (K STRING KEY, ID BIGINT) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');";
const TABLE: &str =
    "CREATE TABLE side (K STRING PRIMARY KEY, ID BIGINT) WITH (KAFKA_TOPIC='side', VALUE_FORMAT='JSON');";
const OTHER: &str = "CREATE STREAM side (K STRING KEY, ID BIGINT) WITH (KAFKA_TOPIC='side', VALUE_FORMAT='JSON');";
const LOOKUP: &str = "CREATE STREAM joined WITH (KAFKA_TOPIC='out') AS \
                      SELECT l.K AS K, l.ID AS L, r.ID AS R FROM input l LEFT JOIN side r ON l.K = r.K;";
const PAIRS: &str = "CREATE STREAM joined WITH (KAFKA_TOPIC='out') AS \
                     SELECT l.K AS K, l.ID AS L, r.ID AS R FROM input l \
                     JOIN side r WITHIN 40 MILLISECONDS GRACE PERIOD 1 DAY ON l.K = r.K;";

/// The engine's workers, joining.
#[derive(Debug, Clone, Copy)]
pub struct Joining;

fn with_table(scenario: &Scenario) -> bool {
    scenario.seed % 2 == 1
}

impl Program for Joining {
    fn parts(&self, _scenario: &Scenario) -> Vec<Part> {
        let outputs = vec![OUTPUT, LEDGER, CHANGELOG];
        vec![Part { group: GROUP, inputs: vec![INPUT, SIDE], outputs, whole: false }]
    }

    fn topics(&self, scenario: &Scenario) -> Vec<Topic> {
        vec![
            Topic::new(INPUT, scenario.inputs),
            Topic::new(SIDE, scenario.inputs),
            Topic::new(OUTPUT, scenario.outputs),
            Topic::new(LEDGER, 1 + scenario.outputs % 2),
            Topic::new(CHANGELOG, scenario.inputs),
        ]
    }

    fn writes(&self, scenario: &Scenario, rng: &mut Rng) -> Vec<Write> {
        writes_of(scenario, rng, input)
    }

    /// A row of the stream for every key.
    fn last_writes(&self, scenario: &Scenario) -> Vec<Input> {
        let places = (0..scenario.inputs).flat_map(|p| (0..KEYS).map(move |k| (p, k)));
        let inputs = (scenario.records..).zip(places).map(|(id, (p, k))| record(INPUT, p, k, id, Some(value(id))));
        inputs.collect()
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
        let mut parts =
            if with_table(scenario) { planned(&[STREAM, TABLE], LOOKUP)? } else { planned(&[STREAM, OTHER], PAIRS)? };
        let part = parts.pop().filter(|_| parts.is_empty()).ok_or("not one part")?;
        let epoch = Duration::from_millis(scenario.epoch_ms);
        let config = WorkerConfig {
            query_id: "simulated".into(),
            part,
            guarantee: scenario.guarantee,
            epoch,
            merges: false,
            on_error: Default::default(),
            registry: millstream_schemas::Registry::none(),
            copies: disk.of(place, Some(CHANGELOG)),
            sharing,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    /// Only what is kept once is joined once.
    fn suited(&self, scenario: Scenario) -> Scenario {
        Scenario { guarantee: Guarantee::ExactlyOnce, ..scenario }
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        let mut violations = Vec::new();
        let mut refused = BTreeSet::new();
        let mut sides: [Rows; 2] = Default::default();
        for (topic, rows) in [INPUT, SIDE].into_iter().zip(&mut sides) {
            for partition in 0..scenario.inputs {
                for (offset, record) in read_by(cluster, GROUP, topic, partition, &mut violations) {
                    let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
                    match id(&record) {
                        // A stream's record without a value is no row that could be joined.
                        Ok(None) if topic == INPUT || !with_table(scenario) => {
                            refused.insert((topic, partition, offset));
                        }
                        Err(()) => drop(refused.insert((topic, partition, offset))),
                        Ok(id) => rows.entry(key).or_default().push((id, record.timestamp)),
                    }
                }
            }
        }
        let results = results(scenario, cluster, &mut violations);
        let [left, right] = &sides;
        if with_table(scenario) {
            check_lookups(scenario, left, right, &results, &mut violations);
        } else {
            check_pairs(left, right, &results, &mut violations);
        }
        check_ledger(scenario, cluster, &refused, &mut violations);
        told(violations)
    }
}

/// By key: numbers (`None`: a record without a value) and times of the rows of an input, in order.
type Rows = BTreeMap<String, Vec<(Option<i64>, i64)>>;
/// By key: the numbers of both sides of the results, in order.
type Results = BTreeMap<String, Vec<(Option<i64>, Option<i64>)>>;

fn input(id: usize, scenario: &Scenario, rng: &mut Rng) -> Input {
    let (topic, partition) = (if rng.bool() { INPUT } else { SIDE }, rng.i32(0..scenario.inputs));
    let value = match rng.u8(0..24) {
        0 => Some(format!(r#"{{"ID":{id}"#).into_bytes()),
        1 | 2 => None,
        _ => Some(value(id)),
    };
    record(topic, partition, rng.u8(0..KEYS), id, value)
}

fn value(id: usize) -> Vec<u8> {
    format!(r#"{{"ID":{id}}}"#).into_bytes()
}

fn record(topic: &'static str, partition: i32, key: u8, id: usize, value: Option<Vec<u8>>) -> Input {
    let key = Some(format!("p{partition}k{key}").into_bytes());
    let record = Stored { timestamp: START_MS + id as i64, key, value, headers: Vec::new() };
    Input { topic, partition, record }
}

/// The number of a row; `None`: the record has no value. Error: it cannot be read.
fn id(record: &Stored) -> Result<Option<i64>, ()> {
    let Some(value) = record.value.as_deref() else { return Ok(None) };
    let row: Value = serde_json::from_slice(value).map_err(|_| ())?;
    Ok(row["ID"].as_i64())
}

fn results(scenario: &Scenario, cluster: &Cluster, violations: &mut Vec<String>) -> Results {
    let mut results = Results::new();
    for partition in 0..scenario.outputs {
        for (offset, record) in cluster.committed_records(OUTPUT, partition) {
            let value: Value = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
            let (Some(key), Some(_)) = (&record.key, value.as_object()) else {
                violations.push(format!("out {partition}@{offset}: nobody expects {}", text(&record)));
                continue;
            };
            let pair = (value["L"].as_i64(), value["R"].as_i64());
            results.entry(String::from_utf8_lossy(key).into_owned()).or_default().push(pair);
        }
    }
    results
}

/// Every row of the stream once and in order, with a row of the table that is never older than the one before.
fn check_lookups(scenario: &Scenario, stream: &Rows, table: &Rows, results: &Results, violations: &mut Vec<String>) {
    for (key, rows) in stream {
        let found = results.get(key).map_or(&[][..], Vec::as_slice);
        let wanted: Vec<i64> = rows.iter().filter_map(|(id, _)| *id).collect();
        let came: Vec<i64> = found.iter().filter_map(|(left, _)| *left).collect();
        if wanted != came || came.len() != found.len() {
            violations.push(format!("{key}: rows {wanted:?} came out as {came:?}"));
            continue;
        }
        // What the table said over time: nothing first.
        let states: Vec<Option<i64>> =
            std::iter::once(None).chain(table.get(key).into_iter().flatten().map(|(id, _)| *id)).collect();
        let mut at = 0;
        for (left, right) in found {
            match states.iter().skip(at).position(|state| state == right) {
                Some(ahead) => at += ahead,
                None => violations.push(format!("{key}: row {left:?} saw {right:?}, of {states:?} after {at}")),
            }
        }
        let in_the_end = found.iter().rfind(|(left, _)| left.is_some_and(|id| id >= scenario.records as i64));
        if in_the_end.map(|(_, right)| right) != states.last() {
            violations.push(format!("{key}: in the end {in_the_end:?} of {states:?}"));
        }
    }
    for key in results.keys().filter(|key| !stream.contains_key(*key)) {
        violations.push(format!("nobody expects results of {key}"));
    }
}

/// Every pair within the window once.
fn check_pairs(left: &Rows, right: &Rows, results: &Results, violations: &mut Vec<String>) {
    let none = Vec::new();
    for key in left.keys().chain(results.keys()).collect::<BTreeSet<_>>() {
        let mut wanted = BTreeMap::new();
        for (l, left_time) in left.get(key).unwrap_or(&none) {
            for (r, right_time) in right.get(key).unwrap_or(&none) {
                if l.is_some() && r.is_some() && (left_time - right_time).abs() <= WITHIN_MS {
                    wanted.insert((*l, *r), 1);
                }
            }
        }
        let mut came: BTreeMap<(Option<i64>, Option<i64>), usize> = BTreeMap::new();
        for pair in results.get(key).into_iter().flatten() {
            *came.entry(*pair).or_default() += 1;
        }
        for pair in wanted.keys().chain(came.keys()).collect::<BTreeSet<_>>() {
            let times = (came.get(pair).copied().unwrap_or(0), wanted.get(pair).copied().unwrap_or(0));
            if times.0 != times.1 {
                violations.push(format!("{key}: pair {pair:?} came {} times, not {}", times.0, times.1));
            }
        }
    }
}
