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

mod aside;
mod between;
mod copying;
mod doubt;
mod epoch;
mod fetch;
mod image;
mod on_disk;
mod pending;
mod relink;
mod shared;
mod state;
mod task;
mod turns;
mod undo;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_plan::OnError;
use millstream_plan::topology::{Input, Output, SubTopology};
use millstream_schemas::Registry;

use crate::batch::Batch;
use crate::clock::Clock;
use crate::copies::LocalCopies;
use crate::counters::{Counters, EpochCounts};
use crate::error::EngineError;
use crate::guarantee::Guarantee;
use crate::input::InputFeed;
use crate::ledger::Ledger;
use crate::link::{Event, InputPartition, Link, LinkError};
use crate::query::Query;
use crate::sharing::{Sharing, Subscription};
use aside::Preloaded;
use between::Between;
use copying::LastCopies;
use doubt::Doubt;
use state::TaskState;
use task::{Inlet, Task};

/// Rows of one run through the operators, at most.
pub const BATCH_ROWS_MAX: usize = 2048;
/// Input records of one epoch after which it ends early: a transaction and a rewind stay small.
pub const EPOCH_ROWS_MAX: u64 = 500_000;
/// How many times as long an epoch that merges updates may get while its inputs are behind.
pub const EPOCHS_MERGED_MAX: u32 = 10;
/// How long it may get then, unless every epoch is as long.
const EPOCH_MERGED_MAX: Duration = Duration::from_secs(1);
/// Decoded rows that an at-most-once worker holds until their offsets are committed, and the memory of them.
const HELD_ROWS_MAX: usize = 64 * 1024;
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest wait between two looks at a changelog that is being read.
const RESTORE_WAIT: Duration = Duration::from_millis(1);
/// How long an epoch whose commit is not answered is asked about before its producer is replaced.
const COMMIT_DOUBT_MAX: Duration = Duration::from_secs(30);

/// What a worker is to run.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Id of the query, for the ledger.
    pub query_id: String,
    /// The part of it.
    pub part: SubTopology,
    /// What is promised about each record.
    pub guarantee: Guarantee,
    /// How long an epoch collects records before it ends.
    pub epoch: Duration,
    /// Whether updates of one key within an epoch leave as one. An epoch then goes on for up to [`EPOCHS_MERGED_MAX`] times
    /// as long while there is more to read than is taken at once: nobody waits for results of a moment ago, and the more
    /// updates meet, the fewer leave.
    pub merges: bool,
    /// What it does about records that it cannot read.
    pub on_error: OnError,
    /// Where the schemas of records stand that others wrote.
    pub registry: Registry,
    /// Where what its tasks keep is copied to.
    pub copies: LocalCopies,
    /// Where its sources are read with other queries.
    pub sharing: Sharing,
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
    /// The link is dead, for another has its name: [`Worker::relink`] goes on with a new one.
    Replaced(String),
    /// The link is dead, for the group has heard too little of it: as above.
    Expired(String),
    /// The simulated process died.
    Crash,
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
    /// How long an epoch may get while there is more to read than is taken at once.
    longest: Duration,
    /// The last look at all inputs found one like that.
    behind: bool,
    /// The look at hand has found one.
    full: bool,
    /// When a look last did.
    last_full: Option<Duration>,
    /// By input.
    feeds: Vec<InputFeed>,
    /// By topic of the link: the part in a reading of it that others share.
    shared: Vec<Option<Subscription>>,
    /// It stops before a record that it cannot read.
    stops: bool,
    /// It has come to one, and stops when all before it is committed: why.
    failing: Option<String>,
    /// By topic of the link: the inputs over it.
    routes: Vec<Vec<u16>>,
    query: Query,
    /// What became of records that a feed could not read, until their task has passed them.
    rejects: Ledger,
    keeps_state: bool,
    copies: LocalCopies,
    preloaded: Preloaded,
    last_copies: LastCopies,
    /// By partition number.
    tasks: BTreeMap<i32, Task>,
    /// Tasks that were taken away, until it is known who goes on with them.
    parked: BTreeMap<i32, Task>,
    /// What the epoch that ends now would commit; empty when none does.
    tried: Vec<(InputPartition, i64)>,
    /// The last one that was given up while it was being committed, until the group says what became of it.
    doubt: Doubt,
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
    config: WorkerConfig,
}

impl Worker {
    /// A worker that has no partitions yet. Error: the part cannot run (a format lacks something).
    pub fn new(
        config: WorkerConfig,
        link: Box<dyn Link>,
        clock: Box<dyn Clock>,
        counters: Arc<Counters>,
    ) -> Result<Self, EngineError> {
        let query =
            Query::of(&config.query_id, &config.part)?.merging(config.merges).rejecting(&config.part, &config.on_error);
        let shared = shared::subscriptions(&config.sharing, &config.part, &config.registry, &*link);
        Ok(Self {
            preloaded: Preloaded::begin(&config.copies, clock.monotonic()),
            link,
            clock,
            counters,
            guarantee: guarantee(config.guarantee, &config.part),
            epoch: config.epoch,
            longest: match config.merges && config.part.merges() {
                // One that is long already gains nothing from getting longer.
                true => config.epoch.max((config.epoch * EPOCHS_MERGED_MAX).min(EPOCH_MERGED_MAX)),
                false => config.epoch,
            },
            behind: false,
            full: false,
            last_full: None,
            feeds: config
                .part
                .inputs
                .iter()
                .map(|input| InputFeed::new(input, &config.registry))
                .collect::<Result<_, _>>()?,
            shared,
            stops: config.on_error == OnError::Stop,
            failing: None,
            routes: config.part.topics().into_iter().map(|(_, inputs)| inputs).collect(),
            rejects: query.another_ledger(),
            query,
            keeps_state: config.part.keeps_state(),
            copies: config.copies.clone(),
            last_copies: LastCopies::No,
            tasks: BTreeMap::new(),
            parked: BTreeMap::new(),
            tried: Vec::new(),
            doubt: Doubt::default(),
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
            config,
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
        self.shared.clear();
        self.tasks.clear();
        self.counters.set_partitions(0);
    }

    /// What Kafka could not do at the last step, if anything.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The partitions assigned now, with the next offset of each.
    pub fn positions(&self) -> impl Iterator<Item = (InputPartition, i64)> + '_ {
        self.tasks.values().flat_map(|task| task.inlets.iter().map(|inlet| (inlet.at, inlet.next)))
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
            LinkError::Replaced(text) => return Err(Stop::Replaced(text)),
            LinkError::Expired(text) => return Err(Stop::Expired(text)),
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
        if let Some(cause) = &self.failing {
            return if self.is_open() { self.end_epoch() } else { Err(EngineError::Query(cause.clone())) };
        }
        let fetched = self.fetch()?;
        if self.failing.is_some() {
            return Ok(Progress::Busy);
        }
        if self.is_due() {
            return self.end_epoch();
        }
        if fetched {
            return Ok(Progress::Busy);
        }
        self.tell_times();
        self.preloaded.expire(self.clock.monotonic());
        // Nothing here: wait for the group, but not beyond the end of the epoch; and nobody wakes us for a changelog.
        let restoring = self.tasks.values().any(|task| !task.is_ready());
        let wait = if restoring { wait.min(RESTORE_WAIT) } else { wait };
        let wait = self.due.map_or(wait, |due| wait.min(due.saturating_sub(self.clock.monotonic())));
        self.link.set_behind(self.is_far_behind());
        self.event = self.link.poll(wait)?;
        Ok(if self.event.is_some() { Progress::Busy } else { Progress::Idle })
    }

    /// Whether more than is taken at once has been there to read, a moment ago. (What its consumer fetches ahead may be used up
    /// all the same, and the end of a partition is only told when nothing comes.)
    fn is_far_behind(&self) -> bool {
        self.last_full.is_some_and(|at| self.clock.monotonic() < at + self.epoch)
    }

    /// Acts on what the group decided; a revocation waits until the open epoch has ended.
    fn serve_event(&mut self) -> Result<Progress, EngineError> {
        match self.event.take() {
            None => {}
            Some(Event::Assigned(partitions)) => match self.link.assign(&partitions) {
                Ok(starts) => {
                    self.counters.rebalanced();
                    self.begin_tasks(starts)?;
                    self.counters.set_partitions(self.tasks.len());
                    self.count_state();
                }
                Err(e) => {
                    self.event = Some(Event::Assigned(partitions));
                    return Err(e.into());
                }
            },
            Some(Event::Revoked { partitions, lost }) => {
                if lost {
                    // Somebody else's by now: nothing of them can be committed.
                    self.forget(&partitions, false);
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
                self.release(partitions, lost, !lost)?;
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

    /// Gives partitions up; `park`: nothing of what their tasks keep is in doubt.
    fn release(&mut self, partitions: Vec<InputPartition>, lost: bool, park: bool) -> Result<(), LinkError> {
        if let Err(e) = self.link.unassign(&partitions) {
            self.event = Some(Event::Revoked { partitions, lost });
            return Err(e);
        }
        self.forget(&partitions, park);
        Ok(())
    }

    /// Makes the tasks of these partitions, which begin at these offsets.
    fn begin_tasks(&mut self, starts: Vec<(InputPartition, i64)>) -> Result<(), EngineError> {
        if let Some(counts) = self.doubt.settle(&starts) {
            self.counters.committed(counts, Duration::ZERO);
        }
        let mut inlets: BTreeMap<i32, Vec<Inlet>> = BTreeMap::new();
        for (at, offset) in starts {
            let between = self.is_between(at).then(|| Between::new(self.clock.monotonic()));
            inlets.entry(at.partition).or_default().push(Inlet::new(at, offset, between));
        }
        for (number, mut inlets) in inlets {
            self.check_changelog(number)?;
            inlets.sort_unstable_by_key(|inlet| inlet.at);
            let begins: Vec<(InputPartition, i64)> = inlets.iter().map(|inlet| (inlet.at, inlet.base)).collect();
            // Whoever had the partition meanwhile has moved its offsets, or has changed nothing.
            let task = match self.parked.remove(&number).filter(|parked| parked.bases() == begins) {
                Some(parked) => Task { inlets, ..parked },
                None => {
                    let known = self.preloaded.take(number, self.clock.monotonic());
                    let state = self.keeps_state.then(|| TaskState::new(number).with(known));
                    Task { inlets, operators: self.query.operators()?, state }
                }
            };
            self.tasks.insert(number, task);
        }
        if !self.tasks.is_empty() {
            self.preloaded.clear();
        }
        self.parked.clear();
        Ok(())
    }

    /// Whether a topic of the link is one that another part of the query writes.
    fn is_between(&self, at: InputPartition) -> bool {
        let input = self.routes.get(usize::from(at.input)).and_then(|inputs| inputs.first());
        let input = input.and_then(|input| self.config.part.inputs.get(usize::from(*input)));
        matches!(input, Some(Input::Repartition { .. }))
    }

    /// A task must have its partition in the changelog: there is none for partitions that an input got later.
    fn check_changelog(&self, number: i32) -> Result<(), EngineError> {
        let count = self.link.partitions(crate::query::CHANGELOG);
        if self.keeps_state && number >= count {
            return Err(EngineError::Query(format!(
                "an input has a partition {number} by now, but the query keeps its state in {count} partitions, as many as \
                 there were when it was created: create the query anew"
            )));
        }
        Ok(())
    }

    /// Has nothing to do with these partitions any more. What their tasks keep is parked when nothing of it is in doubt.
    fn forget(&mut self, partitions: &[InputPartition], park: bool) {
        self.leave_shared(&partitions.iter().map(|partition| partition.partition).collect::<Vec<_>>());
        for partition in partitions {
            let Some(task) = self.tasks.remove(&partition.partition) else { continue };
            if !task.is_ready() {
                self.link.end_restore(crate::query::CHANGELOG, partition.partition);
            } else if park && task.state.is_some() {
                self.parked.insert(partition.partition, task);
            }
        }
        self.counters.set_partitions(self.tasks.len());
        self.count_state();
        self.tell_times();
    }

    fn leave(&mut self) -> Result<Progress, EngineError> {
        if self.is_open() {
            return self.end_epoch();
        }
        if !self.left {
            if let Some(progress) = self.copy_at_the_end()? {
                return Ok(progress);
            }
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
        let due = if self.behind { due + self.longest.saturating_sub(self.epoch) } else { due };
        self.clock.monotonic() >= due
            || self.counts.records_in >= EPOCH_ROWS_MAX
            || self.query.ledger().is_full()
            || self.held.iter().map(Batch::len).sum::<usize>() >= HELD_ROWS_MAX
            || self.held.iter().map(|b| b.rows.get_array_memory_size()).sum::<usize>() >= HELD_BYTES_MAX
    }
}

/// What a part promises. One that keeps state, or sends rows to another part, cannot process what is committed already and
/// lose nothing of its own: instead of at most once it promises exactly once. So does one that numbers changes, or goes by
/// such numbers, instead of at least once: what is told twice would be counted twice.
pub fn guarantee(asked: Guarantee, part: &SubTopology) -> Guarantee {
    let plain = !part.keeps_state() && part.inputs.len() == 1 && matches!(part.output, Output::Sink(_));
    let whole = part.numbers_changes() || (asked == Guarantee::AtMostOnce && !plain);
    if whole { Guarantee::ExactlyOnce } else { asked }
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
