//! What is tested: something that turns records of the topic `in` into records of `out` and `ledger`.

use std::collections::BTreeMap;

use millstream_engine::sim::{SimClock, SimLink, Stored};
use millstream_engine::worker::{Progress, Stop};

use crate::scenario::Scenario;

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
}

/// What the oracle knows of the records before one, by partition and key: how many there were, their sum, their latest time,
/// their longest text.
pub type Seen = BTreeMap<(i32, Vec<u8>), (i64, i64, i64, i64)>;

/// A kind of worker, and what it has to do with each record.
pub trait Program: Sync {
    /// Starts a worker. Error: it cannot run at all.
    fn start(&self, scenario: &Scenario, link: SimLink, clock: SimClock) -> Result<Box<dyn Subject>, String>;
    /// The scenario that it can be tested with.
    fn suited(&self, scenario: Scenario) -> Scenario {
        scenario
    }
    /// What must become of this record of partition `partition` of the input, after those that were `seen`.
    fn expected(&self, partition: i32, record: &Stored, seen: &mut Seen) -> Expected;
    /// The input partition and offset that an entry of the ledger is about.
    fn ledger_address(&self, entry: &Stored) -> Option<(i32, i64)>;
}
