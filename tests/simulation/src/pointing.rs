//! The real epoch loop with a foreign-key join in its three parts: rows of one table move to the keys that they point to in
//! another one, and what is told about them back to their own; even seeds keep rows without a partner.
//!
//! As long as a row is there, nothing that is told about it is about an earlier change than what was told before; every result is
//! one that the two tables had at some time, the last one is what they have in the end, and of rows that are gone nothing is
//! kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, Rng, START_MS, SimClock, SimLink, Stored};
use millstream_engine::worker::{Worker, WorkerConfig};
use millstream_types::partition_for_key;
use serde_json::Value;

use crate::disk::Disk;
use crate::engine::Real;
use crate::ledger::check_ledger;
use crate::oracle::{read_by, text, told};
use crate::planned::planned;
use crate::program::{CHANGELOG, GROUP, INPUT, LEDGER, OUTPUT, Part, Program, Subject, Topic};
use crate::scenario::Scenario;
use crate::workload::{Input, Write, writes_of};

const LEFT: &str =
    "CREATE TABLE input (K STRING PRIMARY KEY, ID BIGINT, F STRING) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');";
const RIGHT: &str =
    "CREATE TABLE side (K STRING PRIMARY KEY, ID BIGINT) WITH (KAFKA_TOPIC='side', VALUE_FORMAT='JSON');";

/// The other table, and the topics between the parts.
const SIDE: &str = "side";
const POINTED: &str = "pointed";
const TOLD: &str = "told";
const CHANGELOG_JOIN: &str = "changelog-1";
const CHANGELOG_LATEST: &str = "changelog-2";
const GROUP_JOIN: &str = "group-1";
const GROUP_LATEST: &str = "group-2";
/// Keys of each partition of the left table, and of the right one.
const KEYS: u8 = 3;
const POINTED_KEYS: u8 = 5;

/// The engine's workers, joining by a foreign key.
#[derive(Debug, Clone, Copy)]
pub struct Pointing;

fn keeps_left(scenario: &Scenario) -> bool {
    scenario.seed.is_multiple_of(2)
}

/// Partitions of the right table: mostly others than the left one has.
fn sides(scenario: &Scenario) -> i32 {
    1 + (scenario.inputs + scenario.outputs) % 4
}

fn back(scenario: &Scenario) -> i32 {
    scenario.inputs.max(sides(scenario))
}

impl Program for Pointing {
    fn parts(&self, _scenario: &Scenario) -> Vec<Part> {
        let outputs = |to, changelog| vec![to, LEDGER, changelog];
        vec![
            Part { group: GROUP, inputs: vec![INPUT], outputs: outputs(POINTED, CHANGELOG), whole: false },
            Part {
                group: GROUP_JOIN,
                inputs: vec![POINTED, SIDE],
                outputs: outputs(TOLD, CHANGELOG_JOIN),
                whole: true,
            },
            Part { group: GROUP_LATEST, inputs: vec![TOLD], outputs: outputs(OUTPUT, CHANGELOG_LATEST), whole: true },
        ]
    }

    fn topics(&self, scenario: &Scenario) -> Vec<Topic> {
        vec![
            Topic::new(INPUT, scenario.inputs),
            Topic::new(SIDE, sides(scenario)),
            Topic::new(POINTED, sides(scenario)),
            Topic::new(TOLD, back(scenario)),
            Topic::new(OUTPUT, scenario.outputs),
            Topic::new(LEDGER, 1 + scenario.outputs % 2),
            Topic::new(CHANGELOG, scenario.inputs),
            Topic::new(CHANGELOG_JOIN, sides(scenario)),
            Topic::new(CHANGELOG_LATEST, back(scenario)),
        ]
    }

    fn writes(&self, scenario: &Scenario, rng: &mut Rng) -> Vec<Write> {
        writes_of(scenario, rng, input)
    }

    fn start(
        &self,
        part_number: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        (place, disk): (usize, &Disk),
        sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String> {
        let kind = if keeps_left(scenario) { "LEFT JOIN" } else { "JOIN" };
        let query = format!(
            "CREATE TABLE joined WITH (KAFKA_TOPIC='out') AS \
             SELECT l.K AS K, l.F AS F, l.ID AS L, r.ID AS R FROM input l {kind} side r ON l.F = r.K;"
        );
        let parts = planned(&[LEFT, RIGHT], &query)?;
        let (count, part) = (parts.len(), parts.into_iter().nth(part_number));
        let changelog = self.parts(scenario).get(part_number).and_then(|part| part.outputs.get(2).copied());
        let config = WorkerConfig {
            query_id: "simulated".into(),
            part: part.filter(|_| count == 3).ok_or("not three parts")?,
            guarantee: scenario.guarantee,
            epoch: Duration::from_millis(scenario.epoch_ms),
            merges: false,
            on_error: Default::default(),
            registry: millstream_schemas::Registry::none(),
            copies: disk.of(place, changelog),
            sharing,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    /// Its parts promise nothing less.
    fn suited(&self, scenario: Scenario) -> Scenario {
        Scenario { guarantee: Guarantee::ExactlyOnce, ..scenario }
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        let mut violations = Vec::new();
        let mut refused = BTreeSet::new();
        let (mut left, mut right) = (Rows::new(), Rows::new());
        for (group, topic, partitions, rows) in
            [(GROUP, INPUT, scenario.inputs, &mut left), (GROUP_JOIN, SIDE, sides(scenario), &mut right)]
        {
            for partition in 0..partitions {
                for (offset, record) in read_by(cluster, group, topic, partition, &mut violations) {
                    let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
                    let row = row(&record);
                    let unpointed = matches!(&row, Ok(Some((_, None)))) && topic == INPUT && !keeps_left(scenario);
                    if row.is_err() || unpointed {
                        refused.insert((topic, partition, offset));
                    }
                    if let Ok(row) = row {
                        rows.entry(key).or_default().push(row);
                    }
                }
            }
        }
        for partition in 0..sides(scenario) {
            read_by(cluster, GROUP_JOIN, POINTED, partition, &mut violations);
        }
        for partition in 0..back(scenario) {
            read_by(cluster, GROUP_LATEST, TOLD, partition, &mut violations);
        }
        let results = results(scenario, cluster, &mut violations);
        for key in results.keys().filter(|key| !left.contains_key(*key)) {
            violations.push(format!("nobody expects results of {key}"));
        }
        let tables = Tables { right: &right, keeps_left: keeps_left(scenario) };
        for (key, rows) in &left {
            tables.check(key, rows, results.get(key).map_or(&[], Vec::as_slice), &mut violations);
        }
        let there = left.values().filter(|rows| matches!(rows.last(), Some(Some(_)))).count();
        let known = known(scenario, cluster);
        if known > there {
            violations.push(format!("{known} rows are known of {there}"));
        }
        check_ledger(scenario, cluster, &refused, &mut violations);
        told(violations)
    }
}

/// By key, what a row was in order: its number, and where it points to; `None`: it was gone.
type Rows = BTreeMap<String, Vec<Option<(i64, Option<String>)>>>;
/// A row of the result: number of the left row, where it points to, number of the right row.
type Joined = (i64, Option<String>, Option<i64>);

fn input(id: usize, scenario: &Scenario, rng: &mut Rng) -> Input {
    let pointed = format!("r{}", rng.u8(0..POINTED_KEYS));
    let (topic, partition, key, f) = if rng.u8(0..3) > 0 {
        let partition = rng.i32(0..scenario.inputs);
        let f = (rng.u8(0..8) > 0).then_some(pointed);
        (INPUT, partition, format!("p{partition}k{}", rng.u8(0..KEYS)), f)
    } else {
        (SIDE, partition_for_key(pointed.as_bytes(), sides(scenario)), pointed, None)
    };
    let value = match rng.u8(0..24) {
        0 => Some(format!(r#"{{"ID":{id}"#)),
        1..5 => None,
        _ => Some(serde_json::json!({ "ID": id, "F": f }).to_string()),
    };
    let value = value.map(String::into_bytes);
    let record = Stored { timestamp: START_MS + id as i64, key: Some(key.into_bytes()), value, headers: Vec::new() };
    Input { topic, partition, record }
}

/// The row of a record; `None`: the record has no value. Error: it cannot be read.
fn row(record: &Stored) -> Result<Option<(i64, Option<String>)>, ()> {
    let Some(value) = record.value.as_deref() else { return Ok(None) };
    let row: Value = serde_json::from_slice(value).map_err(|_| ())?;
    Ok(row["ID"].as_i64().map(|id| (id, row["F"].as_str().map(str::to_owned))))
}

/// What came out, by key and in order; `None`: a deletion.
fn results(
    scenario: &Scenario,
    cluster: &Cluster,
    violations: &mut Vec<String>,
) -> BTreeMap<String, Vec<Option<Joined>>> {
    let mut results: BTreeMap<String, Vec<Option<Joined>>> = BTreeMap::new();
    for partition in 0..scenario.outputs {
        for (offset, record) in cluster.committed_records(OUTPUT, partition) {
            let value = record.value.as_deref().map(serde_json::from_slice::<Value>);
            let joined = match value {
                None => Some(None),
                Some(Ok(v)) => {
                    v["L"].as_i64().map(|left| Some((left, v["F"].as_str().map(str::to_owned), v["R"].as_i64())))
                }
                Some(Err(_)) => None,
            };
            match (&record.key, joined) {
                (Some(key), Some(joined)) => {
                    results.entry(String::from_utf8_lossy(key).into_owned()).or_default().push(joined);
                }
                _ => violations.push(format!("out {partition}@{offset}: nobody expects {}", text(&record))),
            }
        }
    }
    results
}

/// How many rows the last part has something about in the end.
fn known(scenario: &Scenario, cluster: &Cluster) -> usize {
    let mut kept = BTreeMap::new();
    for partition in 0..back(scenario) {
        for (_, record) in cluster.committed_records(CHANGELOG_LATEST, partition) {
            kept.insert((partition, record.key), record.value.is_some());
        }
    }
    kept.values().filter(|there| **there).count()
}

struct Tables<'a> {
    right: &'a Rows,
    keeps_left: bool,
}

impl Tables<'_> {
    /// What the right table had for a key in the end.
    fn in_the_end(&self, pointed: Option<&String>) -> Option<i64> {
        self.right.get(pointed?)?.last()?.as_ref().map(|(id, _)| *id)
    }

    fn check(
        &self,
        key: &str,
        rows: &[Option<(i64, Option<String>)>],
        results: &[Option<Joined>],
        violations: &mut Vec<String>,
    ) {
        let mut at = 0;
        for result in results {
            let Some((left, pointed, right)) = result else {
                // A row that came, went and was forgotten before anything was told of one that had come and gone before.
                at = 0;
                continue;
            };
            let is = |row: &Option<(i64, Option<String>)>| row.as_ref() == Some(&(*left, pointed.clone()));
            match rows.iter().skip(at).position(is) {
                Some(ahead) => at += ahead,
                None => violations.push(format!("{key}: {result:?} is none of {rows:?} from {at} on")),
            }
            let states = pointed.as_ref().and_then(|pointed| self.right.get(pointed)).map_or(&[][..], Vec::as_slice);
            let was = match right {
                Some(_) => states.iter().any(|state| state.as_ref().map(|(id, _)| *id) == *right),
                None => self.keeps_left,
            };
            if !was {
                violations.push(format!("{key}: {result:?} has a partner that was none: {states:?}"));
            }
        }
        let joined = rows.last().cloned().flatten().and_then(|(left, pointed)| {
            let right = self.in_the_end(pointed.as_ref());
            (right.is_some() || self.keeps_left).then_some((left, pointed, right))
        });
        let last = results.last().cloned().flatten();
        if last != joined {
            violations.push(format!("{key}: in the end {last:?}, should be {joined:?}: {rows:?}"));
        }
    }
}
