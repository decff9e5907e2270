//! How far a view is, and as of when it is fresh, shared between the thread that follows the topic and those that ask.
//!
//! A view is fresh as of the time at which a question about the end of its topic was put, once it has read everything before
//! that end. Where the topic was read up to says no such thing by itself: there may be more in Kafka.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::store::{RowsReader, Snapshot};

/// Where a view is.
enum State {
    /// The topic is being opened.
    Opening,
    /// It follows the topic.
    Following {
        reader: RowsReader,
        /// For each partition the offset that comes next.
        positions: Vec<i64>,
    },
    /// The topic cannot be read; it is tried again.
    Failed(String),
    /// The table is larger than a view may be.
    Full { bytes: usize },
    /// Nobody follows the topic any more.
    Ended,
}

/// Why a view cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotReady {
    /// Kafka does not say where the topic ends.
    Unknown(String),
    /// The topic could not be read.
    Failed(String),
    /// It is larger than allowed.
    Full {
        /// What it took when that was found.
        bytes: usize,
    },
    /// It did not get there in time.
    Behind {
        /// Offsets that are still to be read.
        left: u64,
    },
    /// The table is gone, or its topic has more partitions now: ask the view that has taken its place.
    Ended,
}

/// Answers about ends that the view has not passed yet; of more than these the last but one is forgotten.
const AHEAD_MAX: usize = 64;

/// What the follower tells and the askers wait for.
pub(super) struct Progress {
    shared: Mutex<Shared>,
    changed: Condvar,
    stop: AtomicBool,
}

struct Shared {
    state: State,
    /// As of when the view is fresh: everything committed before then can be seen.
    fresh: Option<Duration>,
    /// Ends that were told and are not passed yet, with when they were asked for, oldest first.
    ahead: VecDeque<(Duration, Arc<[i64]>)>,
}

impl Shared {
    /// Notes which ends have been passed.
    fn pass(&mut self) {
        let State::Following { positions, .. } = &self.state else { return };
        while let Some((at, _)) = self.ahead.front().filter(|(_, ends)| has_passed(positions, ends)) {
            self.fresh = self.fresh.max(Some(*at));
            self.ahead.pop_front();
        }
    }
}

/// Whether everything before these ends has been read.
fn has_passed(positions: &[i64], ends: &[i64]) -> bool {
    positions.len() >= ends.len() && left(positions, ends) == 0
}

impl Progress {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        let shared = Shared { state: State::Opening, fresh: None, ahead: VecDeque::new() };
        Self { shared: Mutex::new(shared), changed: Condvar::new(), stop: AtomicBool::new(false) }
    }

    /// Asks the follower to end.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the follower is to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// For anything but following: nothing can be seen then.
    fn set(&self, state: State) {
        let mut shared = self.shared.lock();
        (shared.state, shared.fresh) = (state, None);
        drop(shared);
        self.changed.notify_all();
    }

    /// The topic cannot be read now.
    pub(super) fn failed(&self, cause: String) {
        self.set(State::Failed(cause));
    }

    /// The table is too large.
    pub(super) fn full(&self, bytes: usize) {
        self.set(State::Full { bytes });
    }

    /// The follower has ended; what it held is freed when nobody asks any more.
    pub(super) fn ended(&self) {
        self.set(State::Ended);
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.shared.lock().state, State::Ended)
    }

    /// Everything before these offsets can be seen through `reader`.
    pub(super) fn advanced(&self, reader: &RowsReader, next: impl Iterator<Item = i64>) {
        let mut shared = self.shared.lock();
        match &mut shared.state {
            State::Following { positions, .. } => {
                positions.clear();
                positions.extend(next);
            }
            other => *other = State::Following { reader: reader.clone(), positions: next.collect() },
        }
        shared.pass();
        drop(shared);
        self.changed.notify_all();
    }

    /// The topic ended there when it was asked about it at that time, or later.
    pub(super) fn answered(&self, at: Duration, ends: &Arc<[i64]>) {
        let mut shared = self.shared.lock();
        if shared.ahead.back().is_some_and(|(known, _)| *known >= at) {
            return;
        }
        if shared.ahead.len() >= AHEAD_MAX {
            shared.ahead.pop_back();
        }
        shared.ahead.push_back((at, Arc::clone(ends)));
        shared.pass();
    }

    /// What is seen, and how many partitions it is of, if everything is that was committed before that time. Does not wait.
    pub(super) fn fresh(&self, since: Duration) -> Option<(Snapshot, usize)> {
        let shared = self.shared.lock();
        match &shared.state {
            State::Following { reader, positions } if shared.fresh >= Some(since) => {
                Some((reader.snapshot(), positions.len()))
            }
            _ => None,
        }
    }

    /// Waits until everything before these offsets can be seen, `patience` at most; gives what is seen then, and how many
    /// partitions it is of.
    pub(super) fn wait(&self, ends: &[i64], patience: Duration) -> Result<(Snapshot, usize), NotReady> {
        let mut shared = self.shared.lock();
        let waiting = |shared: &mut Shared| match &shared.state {
            State::Opening => true,
            State::Following { positions, .. } => positions.len() >= ends.len() && left(positions, ends) > 0,
            // It is tried again, and may succeed in time.
            State::Failed(_) => true,
            State::Full { .. } | State::Ended => false,
        };
        let timed_out = self.changed.wait_while_for(&mut shared, waiting, patience).timed_out();
        match &shared.state {
            State::Following { positions, .. } if positions.len() < ends.len() => Err(NotReady::Ended),
            State::Following { positions, .. } if timed_out && left(positions, ends) > 0 => {
                Err(NotReady::Behind { left: left(positions, ends) })
            }
            State::Following { reader, positions } => Ok((reader.snapshot(), positions.len())),
            State::Opening => Err(NotReady::Behind { left: u64::try_from(ends.iter().sum::<i64>()).unwrap_or(0) }),
            State::Failed(cause) => Err(NotReady::Failed(cause.clone())),
            State::Full { bytes } => Err(NotReady::Full { bytes: *bytes }),
            State::Ended => Err(NotReady::Ended),
        }
    }
}

/// Offsets between where a view is and where it is to be.
fn left(positions: &[i64], ends: &[i64]) -> u64 {
    let each = ends.iter().zip(positions).map(|(end, next)| u64::try_from(end.saturating_sub(*next)).unwrap_or(0));
    each.sum()
}
