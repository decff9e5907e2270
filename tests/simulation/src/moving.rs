//! The real epoch loop with a query of two parts: rows move through a repartition topic to the groups of a column that is no
//! key. Every row must be in every later result of its group, once, in the order in which the rows of each partition came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::counters::Counters;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, SimClock, SimLink, Stored};
use millstream_engine::worker::{Worker, WorkerConfig};
use serde_json::Value;

use crate::disk::Disk;
use crate::engine::Real;
use crate::ledger::check_ledger;
use crate::oracle::{read_by, text, told};
use crate::planned::planned;
use crate::program::{CHANGELOG, GROUP, INPUT, LEDGER, OUTPUT, Part, Program, Subject, Topic};
use crate::scenario::Scenario;
use crate::workload::THRESHOLD;

const SOURCE: &str = "CREATE STREAM input (K STRING KEY, ID BIGINT, V BIGINT, D BIGINT, S STRING) \
                      WITH (KAFKA_TOPIC='in', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');";
const QUERY: &str = "CREATE TABLE moved WITH (KAFKA_TOPIC='out') AS \
                     SELECT D, COUNT(*) AS N, SUM(V) AS T, LATEST_BY_OFFSET(ID) AS ID \
                     FROM input WHERE V > 10 GROUP BY D;";
/// Between the parts.
const MOVED: &str = "moved";
/// The group of the second part.
const GROUP_MOVED: &str = "group-1";

/// The engine's workers, moving rows and counting them.
#[derive(Debug, Clone, Copy)]
pub struct Moving;

/// A row that the query keeps.
struct Row {
    partition: i32,
    offset: i64,
    v: i64,
    time: i64,
}

impl Program for Moving {
    fn parts(&self, _scenario: &Scenario) -> Vec<Part> {
        vec![
            Part { group: GROUP, inputs: vec![INPUT], outputs: vec![MOVED, LEDGER], whole: false },
            Part { group: GROUP_MOVED, inputs: vec![MOVED], outputs: vec![OUTPUT, LEDGER, CHANGELOG], whole: true },
        ]
    }

    fn topics(&self, scenario: &Scenario) -> Vec<Topic> {
        vec![
            Topic::new(INPUT, scenario.inputs),
            Topic::new(MOVED, moved(scenario)),
            Topic::new(OUTPUT, scenario.outputs),
            Topic::new(LEDGER, 1 + scenario.outputs % 2),
            Topic::new(CHANGELOG, moved(scenario)),
        ]
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
        let parts = planned(&[SOURCE], QUERY)?;
        let (count, part) = (parts.len(), parts.into_iter().nth(part_number));
        let copies =
            disk.of(place, self.parts(scenario).get(part_number).and_then(|part| part.outputs.get(2).copied()));
        let part = part.filter(|_| count == 2).ok_or("not two parts")?;
        let epoch = Duration::from_millis(scenario.epoch_ms);
        let config = WorkerConfig {
            query_id: "simulated".into(),
            part,
            guarantee: scenario.guarantee,
            epoch,
            merges: false,
            on_error: Default::default(),
            registry: millstream_schemas::Registry::none(),
            copies,
            sharing,
        };
        let worker = Worker::new(config, Box::new(link), Box::new(clock), Arc::new(Counters::default()));
        worker.map(|worker| Box::new(Real(worker)) as Box<dyn Subject>).map_err(|e| e.to_string())
    }

    /// Counts are exact only where nothing is counted twice.
    fn suited(&self, scenario: Scenario) -> Scenario {
        Scenario { guarantee: Guarantee::ExactlyOnce, ..scenario }
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        let mut violations = Vec::new();
        let mut groups: BTreeMap<i64, BTreeMap<i64, Row>> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        for partition in 0..scenario.inputs {
            for (offset, record) in read_by(cluster, GROUP, INPUT, partition, &mut violations) {
                match row(&record) {
                    Err(()) => drop(refused.insert((INPUT, partition, offset))),
                    Ok(None) => {}
                    Ok(Some((id, group, v))) => {
                        let row = Row { partition, offset, v, time: record.timestamp };
                        groups.entry(group).or_default().insert(id, row);
                    }
                }
            }
        }
        for partition in 0..moved(scenario) {
            read_by(cluster, GROUP_MOVED, MOVED, partition, &mut violations);
        }
        let mut results: BTreeMap<i64, Vec<Stored>> = BTreeMap::new();
        for partition in 0..scenario.outputs {
            for (offset, record) in cluster.committed_records(OUTPUT, partition) {
                match record.key.as_deref().and_then(|key| key.try_into().ok()) {
                    Some(key) => results.entry(i64::from_be_bytes(key)).or_default().push(record),
                    None => violations.push(format!("out {partition}@{offset} has no group: {}", text(&record))),
                }
            }
        }
        for group in results.keys().filter(|group| !groups.contains_key(group)) {
            violations.push(format!("nobody expects group {group}"));
        }
        for (group, rows) in &groups {
            check_group(*group, rows, results.get(group).map_or(&[], Vec::as_slice), &mut violations);
        }
        check_ledger(scenario, cluster, &refused, &mut violations);
        told(violations)
    }
}

/// How many partitions the topic between the parts has: mostly others than the input.
fn moved(scenario: &Scenario) -> i32 {
    1 + (scenario.inputs + scenario.outputs) % 4
}

/// Number, group and measure of the row that a record is; `None`: it has none that passes. Error: it is refused.
fn row(record: &Stored) -> Result<Option<(i64, i64, i64)>, ()> {
    if record.key.as_ref().is_some_and(|key| std::str::from_utf8(key).is_err()) {
        return Err(());
    }
    let row = match record.value.as_deref().map(serde_json::from_slice::<Value>) {
        Some(Err(_)) => return Err(()),
        _ if record.timestamp < 0 => return Err(()),
        None => return Ok(None),
        Some(Ok(row)) => row,
    };
    let number = |name: &str| row[name].as_i64();
    let v = number("V").filter(|v| *v > THRESHOLD);
    Ok(v.and_then(|v| Some((number("ID")?, number("D")?, v))))
}

/// The results of a group: its rows one after the other, those of each partition in order.
fn check_group(group: i64, rows: &BTreeMap<i64, Row>, results: &[Stored], violations: &mut Vec<String>) {
    let (mut sum, mut time) = (0, i64::MIN);
    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<i32, i64> = BTreeMap::new();
    for (count, record) in (1..).zip(results) {
        let value: Value = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default();
        let Some((id, row)) = value["ID"].as_i64().and_then(|id| Some((id, rows.get(&id)?))) else {
            violations.push(format!("group {group}: nobody expects {}", text(record)));
            continue;
        };
        if !seen.insert(id) {
            violations.push(format!("group {group}: row {id} came twice"));
        }
        (sum, time) = (sum + row.v, time.max(row.time));
        let right = (Some(count), Some(sum), time);
        let found = (value["N"].as_i64(), value["T"].as_i64(), record.timestamp);
        if found != right {
            violations.push(format!("group {group}: result {count} is {}, should be {right:?}", text(record)));
        }
        if last.insert(row.partition, row.offset).is_some_and(|before| before > row.offset) {
            violations.push(format!("group {group}: row {id} came too late"));
        }
    }
    for (id, row) in rows.iter().filter(|(id, _)| !seen.contains(id)) {
        violations.push(format!("group {group}: row {id} (in {}@{}) never came", row.partition, row.offset));
    }
}
