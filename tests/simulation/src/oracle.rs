//! What must come out, computed from what a read_committed reader sees of the input, and what is wrong with what did.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use millstream_engine::guarantee::Guarantee;
use millstream_engine::sim::{Cluster, Stored};

use crate::program::{GROUP, INPUT, LEDGER, Mapping, OUTPUT, Seen};
use crate::scenario::Scenario;

/// Violations that are told of one run.
const VIOLATIONS_MAX: usize = 12;

/// Input address: partition and offset.
type Address = (i32, i64);

/// Visible records of an input partition that its group has not committed; `None`: it has not begun there.
pub fn unread(cluster: &Cluster, group: &str, topic: &str, partition: i32) -> Option<usize> {
    let committed = cluster.committed_offset(group, topic, partition)?;
    Some(cluster.committed_records(topic, partition).iter().filter(|(offset, _)| *offset >= committed).count())
}

/// What is wrong with where a group stands in an input that is worked off, and the records from where it began on.
pub fn read_by(
    cluster: &Cluster,
    group: &str,
    topic: &str,
    partition: i32,
    violations: &mut Vec<String>,
) -> Vec<(i64, Stored)> {
    let Some(began) = cluster.first_offset(group, topic, partition) else {
        violations.push(format!("{topic} {partition}: the group never began"));
        return Vec::new();
    };
    if unread(cluster, group, topic, partition) != Some(0) {
        violations.push(format!("{topic} {partition}: committed offset is not at the end"));
    }
    let committed = cluster.committed_offset(group, topic, partition).unwrap_or(-1);
    if committed > cluster.end_offset(topic, partition) {
        violations.push(format!("{topic} {partition}: committed offset {committed} is beyond the end"));
    }
    cluster.committed_records(topic, partition).into_iter().filter(|(offset, _)| *offset >= began).collect()
}

/// What is told of a run's violations: the first of them.
pub fn told(mut violations: Vec<String>) -> Vec<String> {
    if violations.len() > VIOLATIONS_MAX {
        let more = violations.len() - VIOLATIONS_MAX;
        violations.truncate(VIOLATIONS_MAX);
        violations.push(format!("… and {more} more"));
    }
    violations
}

/// How often something may be there.
struct Allowed {
    least: usize,
    most: usize,
}

/// Checks invariant 1 and its weaker forms. Empty: all is well.
pub fn check(scenario: &Scenario, program: &dyn Mapping, cluster: &Cluster) -> Vec<String> {
    let exact = scenario.guarantee == Guarantee::ExactlyOnce || scenario.is_calm();
    let allowed = match scenario.guarantee {
        _ if exact => Allowed { least: 1, most: 1 },
        Guarantee::AtLeastOnce => Allowed { least: 1, most: usize::MAX },
        _ => Allowed { least: 0, most: 1 },
    };
    let mut violations = Vec::new();
    let expected = expectations(scenario, program, cluster, &mut violations);
    check_output(scenario, cluster, &expected, &allowed, exact, &mut violations);
    check_ledger(scenario, program, cluster, &expected, &allowed, &mut violations);
    told(violations)
}

/// What must become of each record.
struct Expectations {
    outputs: BTreeMap<Address, Stored>,
    ledger: BTreeMap<Address, bool>,
    /// Records whose result may have been merged with a later one of its key.
    merged: BTreeSet<Address>,
    /// Where the group began, by partition.
    began: BTreeMap<i32, i64>,
}

impl Expectations {
    /// How often what follows from that record may be there.
    fn range(&self, (partition, offset): Address, allowed: &Allowed) -> RangeInclusive<usize> {
        if self.began.get(&partition).is_some_and(|&began| offset >= began) {
            return allowed.least..=allowed.most;
        }
        // A member that was expelled before its start was committed may have worked before the start of the next one.
        0..=if allowed.least == 1 && allowed.most > 1 { usize::MAX } else { 0 }
    }
}

fn expectations(
    scenario: &Scenario,
    program: &dyn Mapping,
    cluster: &Cluster,
    violations: &mut Vec<String>,
) -> Expectations {
    let mut all = Expectations {
        outputs: BTreeMap::new(),
        ledger: BTreeMap::new(),
        merged: BTreeSet::new(),
        began: BTreeMap::new(),
    };
    for partition in 0..scenario.inputs {
        read_by(cluster, GROUP, INPUT, partition, violations);
        let Some(began) = cluster.first_offset(GROUP, INPUT, partition) else { continue };
        all.began.insert(partition, began);
        let (mut seen, mut before) = (Seen::new(), Seen::new());
        let mut last: BTreeMap<Option<Vec<u8>>, Address> = BTreeMap::new();
        for (offset, record) in cluster.committed_records(INPUT, partition) {
            let address = (partition, offset);
            // What came before the group began has no part in what follows.
            let expected = program.expected(partition, &record, if offset < began { &mut before } else { &mut seen });
            all.ledger.insert(address, expected.ledger);
            if let Some(output) = expected.output {
                if program.merges()
                    && let Some(earlier) = last.insert(output.key.clone(), address)
                {
                    all.merged.insert(earlier);
                }
                all.outputs.insert(address, output);
            }
        }
    }
    all
}

fn check_output(
    scenario: &Scenario,
    cluster: &Cluster,
    expected: &Expectations,
    allowed: &Allowed,
    in_order: bool,
    violations: &mut Vec<String>,
) {
    // Values carry the record's id, so each stands for one address.
    let by_value: HashMap<&Option<Vec<u8>>, Address> =
        expected.outputs.iter().map(|(&address, record)| (&record.value, address)).collect();
    let mut found: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for partition in 0..scenario.outputs {
        let mut last: BTreeMap<i32, i64> = BTreeMap::new();
        for (offset, record) in cluster.committed_records(OUTPUT, partition) {
            let Some(&address) = by_value.get(&record.value) else {
                violations.push(format!("out {partition}@{offset}: nobody expects {}", text(&record)));
                continue;
            };
            if expected.outputs.get(&address) != Some(&record) {
                violations.push(format!("out {partition}@{offset}: key or timestamp differ: {}", text(&record)));
            }
            found.entry(address).or_default().push(format!("{partition}@{offset}"));
            let before = last.insert(address.0, address.1).unwrap_or(-1);
            if in_order && before > address.1 {
                violations.push(format!("out {partition}@{offset}: in@{address:?} comes after in@{before}"));
            }
        }
    }
    for (address, record) in &expected.outputs {
        let at = found.get(address).map_or(&[][..], Vec::as_slice);
        let merged = at.is_empty() && expected.merged.contains(address);
        if !merged && !expected.range(*address, allowed).contains(&at.len()) {
            violations.push(format!("in@{address:?} is {} times in the output {at:?}: {}", at.len(), text(record)));
        }
    }
}

fn check_ledger(
    scenario: &Scenario,
    program: &dyn Mapping,
    cluster: &Cluster,
    expected: &Expectations,
    allowed: &Allowed,
    violations: &mut Vec<String>,
) {
    let mut found: BTreeMap<Address, usize> = BTreeMap::new();
    for partition in 0..=scenario.outputs % 2 {
        for (offset, entry) in cluster.committed_records(LEDGER, partition) {
            match program.ledger_address(&entry) {
                Some(address) if expected.ledger.get(&address) == Some(&true) => {
                    *found.entry(address).or_default() += 1;
                }
                Some(address) => violations.push(format!("in@{address:?} does not belong in the ledger")),
                None => violations.push(format!("ledger {partition}@{offset} has no address: {}", text(&entry))),
            }
        }
    }
    for (address, _) in expected.ledger.iter().filter(|(_, bad)| **bad) {
        let times = found.get(address).copied().unwrap_or(0);
        if !expected.range(*address, allowed).contains(&times) {
            violations.push(format!("in@{address:?} is {times} times in the ledger"));
        }
    }
}

pub(crate) fn text(record: &Stored) -> String {
    let side = |bytes: &Option<Vec<u8>>| match bytes {
        Some(bytes) => String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned(),
        None => "null".into(),
    };
    format!("{} {} (t {})", side(&record.key), side(&record.value), record.timestamp)
}
