//! What is tested: something that turns records of input topics into records of `out` and `ledger`, in one part or several.

use std::collections::BTreeMap;

use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, Rng, SimClock, SimLink, Stored};
use millstream_engine::worker::{Progress, Stop};
use millstream_plan::topology::SourceNode;

use crate::disk::Disk;
use crate::scenario::Scenario;
use crate::workload::{Input, Write, writes};

/// Topic that is read.
pub const INPUT: &str = "in";
/// Topic that is written.
pub const OUTPUT: &str = "out";
/// Topic of the records that could not be used.
pub const LEDGER: &str = "ledger";
/// Topic in which a worker keeps its state.
pub const CHANGELOG: &str = "changelog";
/// The consumer group.
pub const GROUP: &str = "group";
/// Largest record of the output topic, key and value bytes.
pub const OUTPUT_RECORD_BYTES_MAX: usize = 700;

/// What must become of one input record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The output record; `None`: there is none.
    pub output: Option<Stored>,
    /// Whether it has an entry in the ledger.
    pub ledger: bool,
}

/// A running worker.
pub trait Subject {
    /// Does a bounded piece of work.
    fn step(&mut self) -> Result<Progress, Stop>;
    /// Asks it to leave the group in good order.
    fn stop(&mut self);
    /// It failed; leaves as well as it goes.
    fn abandon(&mut self);
    /// Another has its name in the group: goes on with this link, if it can do that. Error: it cannot go on at all.
    fn relink(&mut self, _link: SimLink) -> Result<bool, String> {
        Ok(false)
    }
}

/// What the oracle knows of the records before one, by partition and key: how many there were, their sum, their latest time,
/// their longest text.
pub type Seen = BTreeMap<(i32, Vec<u8>), (i64, i64, i64, i64)>;

/// A part of what is tested: its workers are a group of their own.
#[derive(Debug, Clone)]
pub struct Part {
    /// The consumer group.
    pub group: &'static str,
    /// Topics that it reads, equally partitioned.
    pub inputs: Vec<&'static str>,
    /// Topics that it writes: results, ledger, changelog.
    pub outputs: Vec<&'static str>,
    /// It reads what another part writes, from the first record on.
    pub whole: bool,
}

/// A topic of a run.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// How many partitions it has.
    pub partitions: i32,
    /// The largest record that it takes, key and value bytes.
    pub record_bytes_max: usize,
}

impl Topic {
    /// A topic that takes records of any size.
    pub fn new(name: &'static str, partitions: i32) -> Self {
        Self { name, partitions, record_bytes_max: usize::MAX }
    }
}

/// What is tested: a kind of worker, and what a run of it must come to.
pub trait Program: Sync {
    /// Its parts, in the order of the data.
    fn parts(&self, _scenario: &Scenario) -> Vec<Part> {
        let outputs = vec![OUTPUT, LEDGER, CHANGELOG];
        vec![Part { group: GROUP, inputs: vec![INPUT], outputs, whole: false }]
    }

    /// The topics of a run.
    fn topics(&self, scenario: &Scenario) -> Vec<Topic> {
        vec![
            Topic::new(INPUT, scenario.inputs),
            Topic { name: OUTPUT, partitions: scenario.outputs, record_bytes_max: OUTPUT_RECORD_BYTES_MAX },
            Topic::new(LEDGER, 1 + scenario.outputs % 2),
            Topic::new(CHANGELOG, scenario.inputs),
        ]
    }

    /// What is written to the inputs while things go wrong.
    fn writes(&self, scenario: &Scenario, rng: &mut Rng) -> Vec<Write> {
        writes(scenario, rng)
    }

    /// What is written once everything else is worked off.
    fn last_writes(&self, _scenario: &Scenario) -> Vec<Input> {
        Vec::new()
    }

    /// What it reads of its input, where that can be read together with others.
    fn source(&self) -> Option<SourceNode> {
        None
    }

    /// Starts a worker of the part of that number, in a process at that place of the disks, which may read its input with
    /// others. Error: it cannot run at all.
    fn start(
        &self,
        part: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        disk: (usize, &Disk),
        sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String>;

    /// The scenario that it can be tested with.
    fn suited(&self, scenario: Scenario) -> Scenario {
        scenario
    }

    /// What is wrong with what came out, in words; everything has been worked off.
    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String>;
}

/// A program of one part of which every record's result is known, whatever becomes of the others.
pub trait Mapping: Program {
    /// Whether of the results of one key only the last one must be there.
    fn merges(&self) -> bool {
        false
    }

    /// What must become of this record of partition `partition` of the input, after those that were `seen`.
    fn expected(&self, partition: i32, record: &Stored, seen: &mut Seen) -> Expected;
    /// The input partition and offset that an entry of the ledger is about.
    fn ledger_address(&self, entry: &Stored) -> Option<(i32, i64)>;
}
