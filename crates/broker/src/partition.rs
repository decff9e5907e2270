//! A partition: its log behind a lock, opened when first used, and those who wait for its next records.

#[cfg(test)]
mod tests;
mod waiter;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::config::Fsync;
use crate::error::{BrokerError, Code};
use crate::log::{Appended, LastRun, Log, LogConfig};

pub(crate) use waiter::Waiter;

/// How long after the first upkeep retention is looked at for the first time, at most, ms; as Apache Kafka.
const RETENTION_DELAY_MS: i64 = 30_000;
/// After a compaction that failed, the next is tried this much later, ms.
const COMPACTION_RETRY_MS: i64 = 10 * 60 * 1000;

/// What the logs of a broker have in common.
#[derive(Debug, Clone)]
pub(crate) struct LogSettings {
    /// When written bytes are forced to the disk.
    pub(crate) fsync: Fsync,
    /// How the last run of the broker ended.
    pub(crate) last_run: LastRun,
    /// Bytes that a batch may unpack to.
    pub(crate) unpacked_batch_bytes: usize,
    /// Keys that compaction remembers at a time.
    pub(crate) compaction_keys: usize,
    /// How often retention is looked at, ms.
    pub(crate) retention_check_ms: i64,
    /// Time.
    pub(crate) clock: Clock,
}

/// A partition. Its log is opened by the first who needs it.
#[derive(Debug)]
pub(crate) struct Partition {
    topic: Arc<str>,
    index: i32,
    folder: PathBuf,
    settings: Arc<LogSettings>,
    inner: Mutex<Inner>,
    waiters: Mutex<Vec<Weak<Waiter>>>,
    /// The log is being closed or deleted: compaction, which runs without the lock, ends early.
    ending: AtomicBool,
}

#[derive(Debug)]
struct Inner {
    slot: Slot,
    config: LogConfig,
    /// What must be checked when the log is opened: the last run's end at first, then how this one left it.
    last_run: LastRun,
    /// When retention is looked at the next time, ms; `None`: not decided yet.
    retention_due_ms: Option<i64>,
    /// No compaction before this, ms: the last one failed.
    compact_from_ms: i64,
}

#[derive(Debug)]
enum Slot {
    /// Not opened, or closed in order.
    Closed,
    Open(Box<Log>),
    /// It could not be opened; upkeep lets it be tried again.
    Failed,
    Deleted,
}

impl Partition {
    /// Partition `index` of `topic`, with its log in `folder`, which is made when it is first used.
    pub(crate) fn new(
        topic: Arc<str>,
        index: i32,
        folder: PathBuf,
        config: LogConfig,
        settings: Arc<LogSettings>,
    ) -> Self {
        let last_run = settings.last_run;
        let inner = Inner { slot: Slot::Closed, config, last_run, retention_due_ms: None, compact_from_ms: i64::MIN };
        Self {
            topic,
            index,
            folder,
            settings,
            inner: Mutex::new(inner),
            waiters: Mutex::new(Vec::new()),
            ending: AtomicBool::new(false),
        }
    }

    /// Where its log is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does something with the log, under its lock: nothing slow.
    ///
    /// Errors: `KafkaStorageError` when the log cannot be opened; `UnknownTopicOrPartition` when it is deleted.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Log) -> R) -> Result<R, Code> {
        let mut inner = self.inner.lock();
        self.open(&mut inner).map(f)
    }

    /// [`Log::append`]; wakes those who wait. Errors: as there, and as [`Self::with`].
    pub(crate) fn append(&self, records: &[u8], batches: &[Range<usize>], now_ms: i64) -> Result<Appended, Code> {
        let appended = self.with(|log| log.append(records, batches, now_ms))??;
        self.wake();
        Ok(appended)
    }

    /// [`Log::append_marker`]; wakes those who wait. Errors: as there, and as [`Self::with`].
    pub(crate) fn append_marker(
        &self,
        producer_id: i64,
        epoch: i16,
        commit: bool,
        coordinator_epoch: i32,
        now_ms: i64,
    ) -> Result<i64, Code> {
        let append = |log: &mut Log| log.append_marker(producer_id, epoch, commit, coordinator_epoch, now_ms);
        let offset = self.with(append)??;
        self.wake();
        Ok(offset)
    }

    /// Has `waiter` woken whenever there is something new, until it is dropped. To miss nothing: watch first, then
    /// look, then wait.
    pub(crate) fn watch(&self, waiter: &Arc<Waiter>) {
        let mut waiters = self.waiters.lock();
        waiters.retain(|waiter| waiter.strong_count() > 0);
        waiters.push(Arc::downgrade(waiter));
    }

    /// Other settings, from now on.
    pub(crate) fn configure(&self, config: LogConfig) {
        let mut inner = self.inner.lock();
        if let Slot::Open(log) = &mut inner.slot {
            log.configure(config.clone());
        }
        inner.config = config;
    }

    /// Closes the log in order. Errors: `Storage`; it is read again when it is opened the next time.
    pub(crate) fn close(&self) -> Result<(), BrokerError> {
        self.interrupt();
        let closed = self.close_log(&mut self.inner.lock());
        self.wake();
        closed
    }

    /// Ends a round of compaction that is under way, and lets none begin until the log is opened again: the broker is
    /// about to stop. What the round has done is done again later.
    pub(crate) fn interrupt(&self) {
        self.ending.store(true, Ordering::Release);
    }

    /// Deletes the log with its folder, for ever. Errors: `Storage`: some of its files are still there.
    pub(crate) fn delete(&self) -> Result<(), BrokerError> {
        self.interrupt();
        let mut inner = self.inner.lock();
        inner.slot = Slot::Deleted;
        let removed = match std::fs::remove_dir_all(&self.folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(BrokerError::storage(&self.folder)(e)),
            _ => Ok(()),
        };
        drop(inner);
        self.wake();
        removed
    }

    /// Retention, compaction and whatever else is due. What fails is logged and tried again by the next upkeep.
    pub(crate) fn upkeep(&self, now_ms: i64) {
        if let Err(e) = self.try_upkeep(now_ms) {
            tracing::error!("upkeep of {}-{}: {e}", self.topic, self.index);
        }
    }

    fn try_upkeep(&self, now_ms: i64) -> Result<(), BrokerError> {
        let mut inner = self.inner.lock();
        let every = self.settings.retention_check_ms;
        let first = now_ms.saturating_add(every.min(RETENTION_DELAY_MS));
        let due = now_ms >= *inner.retention_due_ms.get_or_insert(first);
        let idle = match &inner.slot {
            Slot::Deleted => return Ok(()),
            Slot::Failed => {
                inner.slot = Slot::Closed;
                return Ok(());
            }
            Slot::Open(log) if log.has_failed() => {
                // Whatever the failed write left is cut off when the log is opened again.
                inner.slot = Slot::Closed;
                return Ok(());
            }
            Slot::Open(_) => false,
            // A log that nobody uses is opened for its retention only.
            Slot::Closed if !due || !self.folder.exists() => return Ok(()),
            Slot::Closed => true,
        };
        if due {
            inner.retention_due_ms = Some(now_ms.saturating_add(every));
        }
        let Ok(log) = self.open(&mut inner) else { return Ok(()) };
        if due {
            log.upkeep(now_ms)?;
        }
        let unsynced = log.unsynced().map_err(BrokerError::storage(&self.folder))?;
        MutexGuard::unlocked(&mut inner, || {
            unsynced.iter().try_for_each(|(_, file)| file.sync_data()).map_err(BrokerError::storage(&self.folder))
        })?;
        if let Slot::Open(log) = &mut inner.slot {
            log.synced(unsynced.iter().map(|(base, _)| *base));
        }
        self.compact(&mut inner, now_ms);
        if idle { self.close_log(&mut inner) } else { Ok(()) }
    }

    /// A round of compaction, if one is due. Most of it runs without the log's lock.
    fn compact(&self, inner: &mut MutexGuard<'_, Inner>, now_ms: i64) {
        if now_ms < inner.compact_from_ms || self.ending.load(Ordering::Acquire) {
            return;
        }
        let Slot::Open(log) = &mut inner.slot else { return };
        let Some(round) = log.compaction_plan(now_ms) else { return };
        let stop = || self.ending.load(Ordering::Acquire);
        let run = MutexGuard::unlocked(inner, || round.run(self.settings.compaction_keys, &stop));
        let done = match (run, &mut inner.slot) {
            (Ok(Some(output)), Slot::Open(log)) => {
                log.swap_in(&output, now_ms).map_err(BrokerError::storage(&self.folder))
            }
            // Stopped, closed or deleted meanwhile; what was written is removed when the log is opened again.
            (Ok(_), _) | (Err(_), Slot::Deleted) => Ok(()),
            // DeleteRecords may take away what is being read; what is left is compacted the next time.
            (Err(BrokerError::Storage { source, .. }), _) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
            (Err(e), _) => Err(e),
        };
        if let Err(e) = done {
            tracing::error!("{}-{} is not compacted: {e}", self.topic, self.index);
            inner.compact_from_ms = now_ms.saturating_add(COMPACTION_RETRY_MS);
        }
    }

    fn open<'a>(&self, inner: &'a mut Inner) -> Result<&'a mut Log, Code> {
        if matches!(inner.slot, Slot::Closed) {
            let LogSettings { fsync, unpacked_batch_bytes, clock, .. } = &*self.settings;
            let (config, now_ms) = (inner.config.clone(), clock.now_ms());
            let log = Log::open(&self.folder, config, *fsync, inner.last_run, *unpacked_batch_bytes, now_ms);
            inner.slot = match log {
                Ok(log) => {
                    // From now on only this process can have left it unfinished.
                    inner.last_run = LastRun::Killed;
                    self.ending.store(false, Ordering::Release);
                    Slot::Open(Box::new(log))
                }
                Err(e) => {
                    tracing::error!("{}-{} cannot be opened: {e}", self.topic, self.index);
                    Slot::Failed
                }
            };
        }
        match &mut inner.slot {
            Slot::Open(log) => Ok(log),
            Slot::Deleted => Err(Code::UnknownTopicOrPartition),
            Slot::Closed | Slot::Failed => Err(Code::KafkaStorageError),
        }
    }

    fn close_log(&self, inner: &mut Inner) -> Result<(), BrokerError> {
        if !matches!(inner.slot, Slot::Open(_)) {
            return Ok(());
        }
        match std::mem::replace(&mut inner.slot, Slot::Closed) {
            Slot::Open(log) => log.close(),
            _ => Ok(()),
        }
    }

    fn wake(&self) {
        self.waiters.lock().retain(|waiter| match waiter.upgrade() {
            Some(waiter) => {
                waiter.wake();
                true
            }
            None => false,
        });
    }
}
