//! The simulated cluster as a harness sees it: topics to fill and to read, links to hand out, time, faults, trace.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::broker::{Broker, Settings, Topic};
use super::clock::SimClock;
use super::faults::{Call, Fault, Faults, Rates};
use super::group::At;
use super::link::{LinkConfig, SimLink};
use super::log::{Log, Stored};
use crate::link::LinkError;

/// What runs while a process stands still: it moves the time and lets the others go on.
pub(super) type Meanwhile = Rc<dyn Fn()>;

/// A simulated Kafka cluster. Clones are the same cluster.
#[derive(Clone)]
pub struct Cluster {
    pub(super) broker: Rc<RefCell<Broker>>,
    pub(super) faults: Rc<RefCell<Faults>>,
    clock: SimClock,
    meanwhile: Rc<RefCell<Option<Meanwhile>>>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Cluster {
    /// An empty cluster whose faults come from `seed` at these rates.
    pub fn new(seed: u64, rates: Rates, settings: Settings) -> Self {
        Self {
            broker: Rc::new(RefCell::new(Broker::new(settings))),
            faults: Rc::new(RefCell::new(Faults::new(seed, rates))),
            clock: SimClock::new(),
            meanwhile: Rc::default(),
        }
    }

    /// The cluster's time.
    pub fn clock(&self) -> SimClock {
        self.clock.clone()
    }

    /// Moves the time forward, ms, and lets fall due what falls due.
    pub fn advance(&self, ms: i64) {
        self.clock.advance(ms);
        self.broker.borrow_mut().tick(self.clock.elapsed_ms());
    }

    /// Changes how often faults strike; `Rates::default()` is never.
    pub fn set_rates(&self, rates: Rates) {
        self.faults.borrow_mut().rates = rates;
    }

    /// Orders one fault at the `after`-th call of that kind from now (0: the next one).
    pub fn order(&self, call: Call, after: u32, fault: Fault) {
        self.faults.borrow_mut().order(call, after, fault);
    }

    /// Nobody reaches the broker for so many ms.
    pub fn outage(&self, ms: i64) {
        let mut broker = self.broker.borrow_mut();
        let until = broker.now + ms;
        broker.down_until = Some(until);
        broker.trace.count("outage");
        broker.note(|| format!("broker: cannot be reached until {until}"));
    }

    /// How long nobody reaches the broker yet, ms; 0: it can be reached.
    pub fn outage_left(&self) -> i64 {
        let broker = self.broker.borrow();
        broker.down_until.map_or(0, |until| (until - broker.now).max(0))
    }

    /// Sets what runs while a process stands still in the middle of a call. Without it only time goes by.
    pub fn set_meanwhile(&self, run: Rc<dyn Fn()>) {
        *self.meanwhile.borrow_mut() = Some(run);
    }

    /// A process stands still.
    pub(super) fn stall(&self) {
        let run = self.meanwhile.borrow().clone();
        match run {
            Some(run) => run(),
            None => {
                let ms = self.faults.borrow_mut().rng.i64(50..800);
                self.advance(ms);
            }
        }
    }

    /// Creates a topic. Records of more than `max_record_bytes` key and value bytes are refused.
    pub fn create_topic(&self, name: &str, partitions: i32, max_record_bytes: usize) {
        let logs = (0..partitions).map(|_| Log::default()).collect();
        self.broker.borrow_mut().topics.push(Topic { name: name.to_owned(), logs, max_record_bytes });
    }

    fn at(&self, topic: &str, partition: i32) -> At {
        (self.topic(topic).unwrap_or(usize::MAX), partition)
    }

    pub(super) fn topic(&self, name: &str) -> Option<usize> {
        self.broker.borrow().topics.iter().position(|t| t.name == name)
    }

    /// Appends a record to a topic and returns its offset. With a transactional id it belongs to that id's open
    /// transaction, that [`Cluster::end_transaction`] ends.
    pub fn append(&self, topic: &str, partition: i32, record: Stored, transactional_id: Option<&str>) -> i64 {
        let at = self.at(topic, partition);
        let mut broker = self.broker.borrow_mut();
        let offset = broker.log(at).map_or(-1, |log| log.end());
        let Some(name) = transactional_id else {
            let _ = broker.produce(None, at, record); // only producers with an id can be fenced
            return offset;
        };
        // One writer per id, never fenced, so its epoch stays 1 – unless its transaction timed out: then it starts anew.
        if broker.check_producer(name, 1).is_err() {
            broker.init_producer(name);
        }
        match broker.produce(Some((name, 1)), at, record) {
            Ok(()) => offset,
            Err(_) => -1,
        }
    }

    /// Ends the transaction of a writer that appends with that id. False: it had timed out, its records are gone.
    pub fn end_transaction(&self, transactional_id: &str, commit: bool) -> bool {
        self.broker.borrow_mut().end_transaction(transactional_id, 1, commit, 0).is_ok()
    }

    /// What a read_committed reader sees of a partition now: offset and record.
    pub fn committed_records(&self, topic: &str, partition: i32) -> Vec<(i64, Stored)> {
        let at = self.at(topic, partition);
        let mut broker = self.broker.borrow_mut();
        broker.log(at).map_or_else(Vec::new, |log| log.committed_from(0).map(|(o, r)| (o, r.clone())).collect())
    }

    /// The offset after the last entry of a partition, markers included.
    pub fn end_offset(&self, topic: &str, partition: i32) -> i64 {
        let at = self.at(topic, partition);
        self.broker.borrow_mut().log(at).map_or(0, |log| log.end())
    }

    /// The last stable offset of a partition.
    pub fn stable_offset(&self, topic: &str, partition: i32) -> i64 {
        let at = self.at(topic, partition);
        self.broker.borrow_mut().log(at).map_or(0, |log| log.stable_end())
    }

    /// The group's committed offset of a partition; pending ones do not count.
    pub fn committed_offset(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let at = self.at(topic, partition);
        self.broker.borrow().groups.get(group)?.offset(at)
    }

    /// The first offset that the group ever committed for a partition: where it began.
    pub fn first_offset(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let at = self.at(topic, partition);
        self.broker.borrow().groups.get(group)?.began(at)
    }

    /// Whether any transaction or any offset of one still waits for its end.
    pub fn is_unsettled(&self) -> bool {
        let broker = self.broker.borrow();
        broker.has_open_transaction() || broker.groups.values().any(|g| g.has_pending())
    }

    /// The generation of a group: the number of rebalances that ended.
    pub fn generation(&self, group: &str) -> i32 {
        self.broker.borrow().groups.get(group).map_or(0, |g| g.generation())
    }

    /// A process' link: initialises its producer. The group is joined at the first poll.
    pub fn open(&self, config: LinkConfig) -> Result<SimLink, LinkError> {
        SimLink::open(self, config)
    }

    /// Starts keeping trace lines.
    pub fn keep_trace(&self) {
        self.broker.borrow_mut().trace.on = true;
    }

    /// Adds a line to the trace, if one is kept.
    pub fn note(&self, text: impl FnOnce() -> String) {
        self.broker.borrow_mut().note(text);
    }

    /// The trace so far, oldest line first, at most [`super::TRACE_LINES_MAX`].
    pub fn trace(&self) -> Vec<String> {
        self.broker.borrow().trace.lines()
    }

    /// Counts something that a harness did.
    pub fn count(&self, what: &str) {
        self.broker.borrow_mut().trace.count(what);
    }

    /// What happened how often: faults by call, expiries, rebalances, refusals.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.broker.borrow().trace.counts().clone()
    }
}
