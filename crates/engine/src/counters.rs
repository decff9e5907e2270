//! What a worker counts, readable from other threads while it runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::watermark::TaskTimes;

/// Totals of one worker since it started. Records and errors count when their epoch is committed, so that an epoch that
/// was undone and done again counts once.
#[derive(Debug, Default)]
pub struct Counters {
    records_in: AtomicU64,
    records_out: AtomicU64,
    errors: AtomicU64,
    late: AtomicU64,
    epochs_committed: AtomicU64,
    epochs_undone: AtomicU64,
    rebalances: AtomicU64,
    partitions: AtomicU64,
    state_keys: AtomicU64,
    state_bytes: AtomicU64,
    restoring: AtomicU64,
    restored: AtomicU64,
    epoch_micros: AtomicU64,
    time_ms: AtomicI64,
    /// How far each state that is being restored has come.
    positions: Mutex<BTreeMap<i32, i64>>,
    /// How far event time has come in each task.
    times: Mutex<Vec<TaskTimes>>,
}

/// A reading of [`Counters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Input records.
    pub records_in: u64,
    /// Records written to the sink.
    pub records_out: u64,
    /// Entries written to the ledger.
    pub errors: u64,
    /// Rows that came too late for their windows or partners, which are among the errors.
    pub late: u64,
    /// Epochs committed.
    pub epochs_committed: u64,
    /// Epochs undone and done again.
    pub epochs_undone: u64,
    /// Assignments received.
    pub rebalances: u64,
    /// Partitions assigned now.
    pub partitions: u64,
    /// Keys of what the tasks keep.
    pub state_keys: u64,
    /// Memory of it, bytes.
    pub state_bytes: u64,
    /// Partitions whose state is still being read from the changelog.
    pub restoring: u64,
    /// Records of the changelog read so far.
    pub restored: u64,
    /// Time of all committed epochs, from their first record to the end of their commit, µs.
    pub epoch_micros: u64,
    /// Time of the latest record of a committed epoch, ms since the epoch; 0 before the first.
    pub time_ms: i64,
}

impl std::ops::AddAssign for Totals {
    /// Of two workers together.
    fn add_assign(&mut self, other: Self) {
        self.records_in += other.records_in;
        self.records_out += other.records_out;
        self.errors += other.errors;
        self.late += other.late;
        self.epochs_committed += other.epochs_committed;
        self.epochs_undone += other.epochs_undone;
        self.rebalances += other.rebalances;
        self.partitions += other.partitions;
        self.state_keys += other.state_keys;
        self.state_bytes += other.state_bytes;
        self.restoring += other.restoring;
        self.restored += other.restored;
        self.epoch_micros += other.epoch_micros;
        self.time_ms = self.time_ms.max(other.time_ms);
    }
}

/// What one epoch adds when it is committed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EpochCounts {
    /// Time of the latest record.
    pub(crate) time_ms: i64,
    pub(crate) records_in: u64,
    pub(crate) records_out: u64,
    pub(crate) errors: u64,
    pub(crate) late: u64,
}

impl Counters {
    /// The totals now.
    pub fn read(&self) -> Totals {
        Totals {
            records_in: self.records_in.load(Relaxed),
            records_out: self.records_out.load(Relaxed),
            errors: self.errors.load(Relaxed),
            late: self.late.load(Relaxed),
            epochs_committed: self.epochs_committed.load(Relaxed),
            epochs_undone: self.epochs_undone.load(Relaxed),
            rebalances: self.rebalances.load(Relaxed),
            partitions: self.partitions.load(Relaxed),
            state_keys: self.state_keys.load(Relaxed),
            state_bytes: self.state_bytes.load(Relaxed),
            restoring: self.restoring.load(Relaxed),
            restored: self.restored.load(Relaxed),
            epoch_micros: self.epoch_micros.load(Relaxed),
            time_ms: self.time_ms.load(Relaxed),
        }
    }

    pub(crate) fn committed(&self, epoch: EpochCounts, lasted: Duration) {
        self.records_in.fetch_add(epoch.records_in, Relaxed);
        self.records_out.fetch_add(epoch.records_out, Relaxed);
        self.errors.fetch_add(epoch.errors, Relaxed);
        self.late.fetch_add(epoch.late, Relaxed);
        self.epochs_committed.fetch_add(1, Relaxed);
        self.epoch_micros.fetch_add(u64::try_from(lasted.as_micros()).unwrap_or(u64::MAX), Relaxed);
        self.time_ms.fetch_max(epoch.time_ms, Relaxed);
    }

    pub(crate) fn undone(&self) {
        self.epochs_undone.fetch_add(1, Relaxed);
    }

    pub(crate) fn rebalanced(&self) {
        self.rebalances.fetch_add(1, Relaxed);
    }

    pub(crate) fn set_state(&self, keys: usize, bytes: usize, restoring: usize) {
        self.state_keys.store(keys as u64, Relaxed);
        self.state_bytes.store(bytes as u64, Relaxed);
        self.restoring.store(restoring as u64, Relaxed);
    }

    /// Of each partition whose state is being restored, which offset of the changelog comes next. The state of any other
    /// partition has all that its changelog has.
    pub fn positions(&self) -> BTreeMap<i32, i64> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_positions(&self, positions: impl Iterator<Item = (i32, i64)>) {
        *self.positions.lock().unwrap_or_else(PoisonError::into_inner) = positions.collect();
    }

    /// How far event time has come in each task that is here and has its state.
    pub fn times(&self) -> Vec<TaskTimes> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_times(&self, times: Vec<TaskTimes>) {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner) = times;
    }

    pub(crate) fn restored(&self, records: usize) {
        self.restored.fetch_add(records as u64, Relaxed);
    }

    pub(crate) fn set_partitions(&self, n: usize) {
        self.partitions.store(n as u64, Relaxed);
    }
}
