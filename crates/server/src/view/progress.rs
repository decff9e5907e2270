//! How far a view is, shared between the thread that follows the topic and those that ask.

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

/// What the follower tells and the askers wait for.
pub(super) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
    stop: AtomicBool,
}

impl Progress {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State::Opening), changed: Condvar::new(), stop: AtomicBool::new(false) }
    }

    /// Asks the follower to end.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the follower is to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn set(&self, state: State) {
        *self.state.lock() = state;
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
        matches!(*self.state.lock(), State::Ended)
    }

    /// Everything before these offsets can be seen through `reader`.
    pub(super) fn advanced(&self, reader: &RowsReader, next: impl Iterator<Item = i64>) {
        let mut state = self.state.lock();
        match &mut *state {
            State::Following { positions, .. } => {
                positions.clear();
                positions.extend(next);
            }
            other => *other = State::Following { reader: reader.clone(), positions: next.collect() },
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until everything before these offsets can be seen, `patience` at most; gives what is seen then, and how many
    /// partitions it is of.
    pub(super) fn wait(&self, ends: &[i64], patience: Duration) -> Result<(Snapshot, usize), NotReady> {
        let mut state = self.state.lock();
        let waiting = |state: &mut State| match state {
            State::Opening => true,
            State::Following { positions, .. } => positions.len() >= ends.len() && left(positions, ends) > 0,
            // It is tried again, and may succeed in time.
            State::Failed(_) => true,
            State::Full { .. } | State::Ended => false,
        };
        let timed_out = self.changed.wait_while_for(&mut state, waiting, patience).timed_out();
        match &*state {
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
