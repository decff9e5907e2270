//! The epoch loop: a state machine over [`Link`] and [`Clock`] that runs the tasks of one query.
//!
//! ```text
//!        records flow                epoch due, revoked, stopping
//!   ┌──▶ Run ────────────────────────────────▶ Commit ──┐
//!   │     │ a call said Abort or Fenced          │      │ committed
//!   │     ▼                                      ▼      │
//!   └─── Undo ◀──────────────────────────────────┘      │
//!   └───────────────────────────────────────────────────┘
//! ```
//!
//! * **Run**: poll the group, fetch, decode, run operators, encode, produce without waiting.
//! * **Commit**: everything produced is acknowledged, then results, ledger and next offsets are committed together.
//! * **Undo**: the epoch is aborted and all inputs go back to what the group has committed. A refused commit is normal
//!   operation, and a commit whose answer was lost may have happened: only the committed offsets tell.
//!
//! One call of [`Worker::step`] does a bounded piece of this, so that a simulation can interleave workers and stop one
//! between any two calls of its link.

mod undo;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_plan::topology::Stage;

use crate::batch::Batch;
use crate::clock::Clock;
use crate::counters::{Counters, EpochCounts};
use crate::error::EngineError;
use crate::feed::Feed;
use crate::guarantee::Guarantee;
use crate::link::{Event, InputPartition, Link, LinkError};
use crate::operator::Operator;
use crate::query::Query;

/// Rows of one run through the operators, at most.
pub const BATCH_ROWS_MAX: usize = 2048;
/// Input records of one epoch after which it ends early: a transaction and a rewind stay small.
pub const EPOCH_ROWS_MAX: u64 = 500_000;
/// Decoded rows that an at-most-once worker holds until their offsets are committed, and the memory of them.
const HELD_ROWS_MAX: usize = 64 * 1024;
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long an epoch whose commit is not answered is asked about before its producer is replaced.
const COMMIT_DOUBT_MAX: Duration = Duration::from_secs(30);

/// What a worker is to run.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Id of the query, for the ledger.
    pub query_id: String,
    /// The stage; it must have a sink.
    pub stage: Stage,
    /// What is promised about each record.
    pub guarantee: Guarantee,
    /// How long an epoch collects records before it ends.
    pub epoch: Duration,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Something; call again at once.
    Busy,
    /// Nothing to do now.
    Idle,
    /// Kafka could not do what was asked of it; call again after a pause.
    Waiting,
    /// The worker has left the group and holds nothing.
    Left,
}

/// Why a worker cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The query stops with this cause.
    Failed(String),
    /// The simulated process died.
    Crash,
}

/// A partition's share of the query: its operators and where it stands.
struct Task {
    operators: Vec<Box<dyn Operator>>,
    /// First offset of the open epoch.
    base: i64,
    /// First offset not yet taken.
    next: i64,
}

enum Phase {
    Run,
    Commit { offsets: Vec<(InputPartition, i64)>, flushed: bool, since: Duration },
    Undo { aborted: bool, recover: bool },
}

/// Runs the tasks of one query on one thread.
pub struct Worker {
    link: Box<dyn Link>,
    clock: Box<dyn Clock>,
    counters: Arc<Counters>,
    guarantee: Guarantee,
    epoch: Duration,
    feed: Feed,
    query: Query,
    tasks: BTreeMap<InputPartition, Task>,
    phase: Phase,
    /// A group event that waits for the epoch to end.
    event: Option<Event>,
    /// Which task the next round of fetches begins with.
    turn: usize,
    /// A transaction is open.
    begun: bool,
    /// When the open epoch is due; `None` while nothing is in it.
    due: Option<Duration>,
    counts: EpochCounts,
    /// At most once: rows whose offsets are not committed yet.
    held: Vec<Batch>,
    stopping: bool,
    left: bool,
    /// The last thing that Kafka could not do, for people.
    trouble: Option<String>,
}

impl Worker {
    /// A worker that has no partitions yet. Error: the stage cannot run (a format lacks something).
    pub fn new(
        config: WorkerConfig,
        link: Box<dyn Link>,
        clock: Box<dyn Clock>,
        counters: Arc<Counters>,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            link,
            clock,
            counters,
            guarantee: config.guarantee,
            epoch: config.epoch,
            feed: Feed::new(&config.stage.source)?,
            query: Query::new(&config.query_id, &config.stage)?,
            tasks: BTreeMap::new(),
            phase: Phase::Run,
            event: None,
            turn: 0,
            begun: false,
            due: None,
            counts: EpochCounts::default(),
            held: Vec::new(),
            stopping: false,
            left: false,
            trouble: None,
        })
    }

    /// Asks the worker to end its epoch and leave; go on calling [`Worker::step`] until it says [`Progress::Left`].
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Leaves as well as it goes after a failure: aborts what is open, so that readers are not held up until it times out.
    pub fn abandon(&mut self) {
        for result in [self.link.abort(), self.link.leave()] {
            if let Err(error) = result {
                tracing::warn!(%error, "while a failed query leaves");
            }
        }
        self.tasks.clear();
        self.counters.set_partitions(0);
    }

    /// What Kafka could not do at the last step, if anything.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The partitions assigned now, with the next offset of each.
    pub fn positions(&self) -> impl Iterator<Item = (InputPartition, i64)> + '_ {
        self.tasks.iter().map(|(&p, t)| (p, t.next))
    }

    /// Does a bounded piece of work; waits at most `wait`, and only when there is nothing to do.
    pub fn step(&mut self, wait: Duration) -> Result<Progress, Stop> {
        let done = match self.phase {
            Phase::Run => self.run(wait),
            Phase::Commit { .. } => self.commit(),
            Phase::Undo { .. } => self.undo(),
        };
        match done {
            Ok(progress) => {
                self.trouble = None;
                Ok(progress)
            }
            Err(EngineError::Query(cause)) => Err(Stop::Failed(cause)),
            Err(EngineError::Link(error)) => self.troubled(error),
        }
    }

    fn troubled(&mut self, error: LinkError) -> Result<Progress, Stop> {
        match error {
            LinkError::Retry(text) => {
                self.trouble = Some(text);
                return Ok(Progress::Waiting);
            }
            LinkError::Abort(text) => {
                tracing::info!(cause = text, "epoch is undone");
                let again = matches!(self.phase, Phase::Undo { .. });
                self.phase = Phase::Undo { aborted: false, recover: false };
                self.trouble = Some(text);
                if again {
                    return Ok(Progress::Waiting);
                }
            }
            LinkError::Fenced(text) => {
                tracing::warn!(cause = text, "producer is replaced, epoch is undone");
                self.phase = Phase::Undo { aborted: false, recover: true };
                self.trouble = Some(text);
            }
            LinkError::Fatal(text) => return Err(Stop::Failed(text)),
            LinkError::Crash => return Err(Stop::Crash),
        }
        Ok(Progress::Busy)
    }

    fn run(&mut self, wait: Duration) -> Result<Progress, EngineError> {
        if self.event.is_none() {
            self.event = self.link.poll(Duration::ZERO)?;
        }
        if self.event.is_some() {
            return self.serve_event();
        }
        if self.stopping {
            return self.leave();
        }
        let fetched = self.fetch()?;
        if self.is_due() {
            return self.end_epoch();
        }
        if fetched {
            return Ok(Progress::Busy);
        }
        // Nothing here: wait for the group, but not beyond the end of the epoch.
        let wait = self.due.map_or(wait, |due| wait.min(due.saturating_sub(self.clock.monotonic())));
        self.event = self.link.poll(wait)?;
        Ok(if self.event.is_some() { Progress::Busy } else { Progress::Idle })
    }

    /// Acts on what the group decided; a revocation waits until the open epoch has ended.
    fn serve_event(&mut self) -> Result<Progress, EngineError> {
        match self.event.take() {
            None => {}
            Some(Event::Assigned(partitions)) => match self.link.assign(&partitions) {
                Ok(starts) => {
                    self.counters.rebalanced();
                    for (partition, offset) in starts {
                        let operators = self.query.operators()?;
                        self.tasks.insert(partition, Task { operators, base: offset, next: offset });
                    }
                    self.counters.set_partitions(self.tasks.len());
                }
                Err(e) => {
                    self.event = Some(Event::Assigned(partitions));
                    return Err(e.into());
                }
            },
            Some(Event::Revoked { partitions, lost }) => {
                if lost {
                    // Somebody else's by now: nothing of them can be committed.
                    self.forget(&partitions);
                }
                if self.is_open() {
                    self.event = Some(Event::Revoked { partitions, lost });
                    if lost {
                        self.phase = Phase::Undo { aborted: false, recover: false };
                        return Ok(Progress::Busy);
                    }
                    return self.end_epoch();
                }
                self.deliver_rest();
                self.release(partitions, lost)?;
            }
        }
        Ok(Progress::Busy)
    }

    /// At most once: what is on the way arrives before somebody else goes on with these partitions, or never.
    fn deliver_rest(&mut self) {
        if self.guarantee == Guarantee::AtMostOnce
            && let Err(error) = self.link.flush()
        {
            tracing::warn!(%error, "last records of an at-most-once query were not acknowledged");
        }
    }

    fn release(&mut self, partitions: Vec<InputPartition>, lost: bool) -> Result<(), LinkError> {
        if let Err(e) = self.link.unassign(&partitions) {
            self.event = Some(Event::Revoked { partitions, lost });
            return Err(e);
        }
        self.forget(&partitions);
        Ok(())
    }

    fn forget(&mut self, partitions: &[InputPartition]) {
        for partition in partitions {
            self.tasks.remove(partition);
        }
        self.counters.set_partitions(self.tasks.len());
    }

    fn leave(&mut self) -> Result<Progress, EngineError> {
        if self.is_open() {
            return self.end_epoch();
        }
        if !self.left {
            self.deliver_rest();
            self.link.leave()?;
            self.left = true;
        }
        if self.tasks.is_empty() {
            return Ok(Progress::Left);
        }
        self.event = self.link.poll(Duration::from_millis(1))?;
        Ok(Progress::Busy)
    }

    /// Takes what is here of each partition and runs it through; says whether there was anything.
    fn fetch(&mut self) -> Result<bool, EngineError> {
        let mut partitions: Vec<InputPartition> = self.tasks.keys().copied().collect();
        // Each round begins one further, so that an epoch that ends early leaves nobody behind for good.
        self.turn = (self.turn + 1) % partitions.len().max(1);
        partitions.rotate_left(self.turn);
        let mut any = false;
        for partition in partitions {
            if self.is_due() {
                break;
            }
            any |= self.fetch_from(partition)?;
        }
        Ok(any)
    }

    fn fetch_from(&mut self, partition: InputPartition) -> Result<bool, EngineError> {
        let Self { link, feed, query, tasks, clock, .. } = self;
        let Some(task) = tasks.get_mut(&partition) else { return Ok(false) };
        query.ledger().set_now(clock.now_ms());
        let mut taken = 0;
        let fetched = link.fetch(partition, BATCH_ROWS_MAX, &mut |records| {
            // What was fetched before a rewind must never come twice, whatever the link does.
            let fresh = &records[records.partition_point(|r| r.offset < task.next)..];
            if let Some(last) = fresh.last() {
                task.next = last.offset + 1;
                taken += fresh.len();
                feed.push(partition, fresh, query.ledger());
            }
        });
        if taken == 0 {
            fetched?;
            return Ok(false);
        }
        // From here on records are taken: whatever cannot be done with them now undoes the epoch.
        fetched.map_err(in_doubt)?;
        self.counts.records_in += taken as u64;
        self.due.get_or_insert_with(|| clock.monotonic() + self.epoch);
        let batch = feed.finish(partition, query.ledger())?;
        match batch {
            Some(batch) if self.guarantee == Guarantee::AtMostOnce => self.held.push(batch),
            Some(batch) => {
                self.begin().map_err(in_doubt)?;
                self.process(batch)?;
            }
            None => {}
        }
        Ok(true)
    }

    fn process(&mut self, batch: Batch) -> Result<(), EngineError> {
        let Some(task) = self.tasks.get_mut(&batch.origin.partition) else { return Ok(()) };
        let written = self.query.process(&mut task.operators, batch, &mut *self.link).map_err(lost)?;
        self.counts.records_out += written as u64;
        Ok(())
    }

    fn begin(&mut self) -> Result<(), LinkError> {
        if !self.begun {
            self.link.begin()?;
            self.begun = true;
        }
        Ok(())
    }

    /// Whether the open epoch holds anything.
    fn is_open(&self) -> bool {
        self.begun || self.due.is_some()
    }

    fn is_due(&mut self) -> bool {
        let Some(due) = self.due else { return false };
        self.clock.monotonic() >= due
            || self.counts.records_in >= EPOCH_ROWS_MAX
            || self.query.ledger().is_full()
            || self.held.iter().map(Batch::len).sum::<usize>() >= HELD_ROWS_MAX
            || self.held.iter().map(|b| b.rows.get_array_memory_size()).sum::<usize>() >= HELD_BYTES_MAX
    }

    /// Produces what the operators merged and the ledger, then turns to committing.
    fn end_epoch(&mut self) -> Result<Progress, EngineError> {
        if self.guarantee != Guarantee::AtMostOnce {
            self.begin()?;
            for task in self.tasks.values_mut() {
                let written = self.query.end_epoch(&mut task.operators, &mut *self.link).map_err(lost)?;
                self.counts.records_out += written as u64;
            }
            let errors = self.query.produce_ledger(&mut *self.link).map_err(in_doubt)?;
            self.counts.errors += errors as u64;
        }
        let moved = self.tasks.iter().filter(|(_, t)| t.next > t.base);
        let offsets = moved.map(|(&p, t)| (p, t.next)).collect();
        self.phase = Phase::Commit { offsets, flushed: false, since: self.clock.monotonic() };
        Ok(Progress::Busy)
    }

    fn commit(&mut self) -> Result<Progress, EngineError> {
        let Phase::Commit { offsets, flushed, since } = &mut self.phase else { return Ok(Progress::Busy) };
        if !*flushed && self.guarantee != Guarantee::AtMostOnce {
            self.link.flush()?;
            *flushed = true;
        }
        match self.link.commit(offsets) {
            Ok(()) => {}
            Err(LinkError::Retry(text)) if self.clock.monotonic().saturating_sub(*since) > COMMIT_DOUBT_MAX => {
                return Err(LinkError::Fenced(format!("commit is not answered: {text}")).into());
            }
            Err(e) => return Err(e.into()),
        }
        for &(partition, offset) in offsets.iter() {
            if let Some(task) = self.tasks.get_mut(&partition) {
                task.base = offset;
            }
        }
        self.begun = false;
        self.due = None;
        self.phase = Phase::Run;
        if self.guarantee == Guarantee::AtMostOnce {
            self.process_held()?;
        }
        self.query.ledger().clear();
        self.counters.committed(std::mem::take(&mut self.counts));
        Ok(Progress::Busy)
    }

    /// At most once: the offsets are committed, now the rows are processed. What Kafka refuses from here on is lost.
    fn process_held(&mut self) -> Result<(), EngineError> {
        for batch in std::mem::take(&mut self.held) {
            let rows = batch.len();
            match self.process(batch) {
                Err(EngineError::Link(e)) if !matches!(e, LinkError::Crash | LinkError::Fatal(_)) => {
                    tracing::warn!(cause = %e, rows, "at-most-once rows are lost");
                }
                other => other?,
            }
        }
        match self.query.produce_ledger(&mut *self.link) {
            Ok(errors) => self.counts.errors += errors as u64,
            Err(e @ (LinkError::Crash | LinkError::Fatal(_))) => return Err(e.into()),
            Err(e) => tracing::warn!(cause = %e, "at-most-once ledger entries are lost"),
        }
        Ok(())
    }
}

/// A produce that did not happen as a whole cannot be repeated: the epoch is lost.
fn in_doubt(error: LinkError) -> LinkError {
    match error {
        LinkError::Retry(text) => LinkError::Abort(text),
        other => other,
    }
}

fn lost(error: EngineError) -> EngineError {
    match error {
        EngineError::Link(e) => EngineError::Link(in_doubt(e)),
        other => other,
    }
}
