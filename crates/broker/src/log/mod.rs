//! One partition's log on disk: segments of record batches, their indexes, and what is known of their producers.
//!
//! ```text
//! <folder>/00000000000000000000.log     record batches as they arrived, but for base offset and leader epoch
//!          00000000000000000000.index   where batches begin, see [`index`]
//!          producers.snapshot           everything else, see [`snapshot`]
//! ```
//!
//! A log is opened from its snapshot; what was appended after that is read again ([`recovery`]). Appending never copies
//! records ([`append`]), reading only says where they are ([`read`]).

mod append;
mod cleaning;
pub(crate) mod compaction;
pub(crate) mod config;
mod index;
mod lookup;
mod producers;
mod read;
mod recovery;
mod retention;
mod scan;
mod segment;
mod snapshot;
#[cfg(test)]
mod tests;
mod times;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Fsync;
use crate::error::{BrokerError, Code};

pub(crate) use config::LogConfig;
pub(crate) use producers::{Producer, Producers};
use read::Place;
use segment::Segment;
use snapshot::Snapshot;

/// A snapshot is taken whenever this many bytes were appended: so much is read again after a kill, at most.
const SNAPSHOT_EVERY: u64 = 8 << 20;

/// How the last run of this data folder ended; decides what must be checked when a log is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastRun {
    /// Stopped in order: nothing is checked.
    Clean,
    /// The process died, the machine did not: what was written is there, the last write may be torn.
    Killed,
    /// The machine may have died: everything that was not forced to the disk is checked.
    Lost,
}

/// What appending gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Appended {
    /// Offset of the first record.
    pub(crate) base_offset: i64,
    /// Broker time, ms, when the topic stamps records itself, else -1.
    pub(crate) log_append_time: i64,
    /// Start of the log, for the answer.
    pub(crate) start_offset: i64,
}

/// A run of whole batches in a segment file, to be read without holding the log's lock.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    /// The segment's file; stays readable when the segment is deleted meanwhile.
    pub(crate) file: Arc<File>,
    /// Where the run begins, bytes.
    pub(crate) position: u64,
    /// How long it is, bytes; 0 when there is nothing to read yet.
    pub(crate) length: usize,
    /// Aborted transactions that overlap the run: producer id and first offset. Only for read-committed reads.
    pub(crate) aborted: Vec<(i64, i64)>,
}

/// What is asked of [`Log::slice`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// First offset.
    pub(crate) offset: i64,
    /// Bytes, as a bound.
    pub(crate) max_bytes: usize,
    /// Give the first batch whole even if it is larger than `max_bytes`.
    pub(crate) at_least_one: bool,
    /// Only what is before the last stable offset, with the list of aborted transactions.
    pub(crate) committed_only: bool,
}

/// The log of one partition. Not thread safe: the partition locks it.
#[derive(Debug)]
pub(crate) struct Log {
    folder: PathBuf,
    config: LogConfig,
    fsync: Fsync,
    unpacked_batch_bytes: usize,
    /// Closed segments, oldest first.
    closed: Vec<Segment>,
    /// The segment that is appended to.
    active: Segment,
    start_offset: i64,
    end_offset: i64,
    producers: Producers,
    /// Offset up to which the log is compacted.
    cleaned: i64,
    /// Bytes appended since the last snapshot.
    since_snapshot: u64,
    /// Something is not in the snapshot yet.
    dirty: bool,
    /// A write failed and could not be taken back: nothing may be appended until the log is opened again.
    failed: bool,
    /// Where the last reads ended: the next ones begin there.
    places: VecDeque<Place>,
}

impl Log {
    /// Opens or creates the log in `folder`; checks as much of it as `last_run` makes necessary. `unpacked_batch_bytes`
    /// bounds what a compressed batch may unpack to.
    ///
    /// Errors: `Storage`. Damage is repaired as far as it goes: a torn tail is cut, an index is made anew.
    pub(crate) fn open(
        folder: &Path,
        config: LogConfig,
        fsync: Fsync,
        last_run: LastRun,
        unpacked_batch_bytes: usize,
        now_ms: i64,
    ) -> Result<Self, BrokerError> {
        let recovered = recovery::recover(folder, &config, last_run, now_ms).map_err(BrokerError::storage(folder))?;
        let mut log = Self {
            folder: folder.to_owned(),
            config,
            fsync,
            unpacked_batch_bytes,
            closed: recovered.closed,
            active: recovered.active,
            start_offset: recovered.start_offset,
            end_offset: recovered.end_offset,
            producers: recovered.producers,
            cleaned: recovered.cleaned,
            since_snapshot: 0,
            dirty: recovered.repaired,
            failed: false,
            places: VecDeque::new(),
        };
        if recovered.repaired {
            log.snapshot().map_err(BrokerError::storage(folder))?;
        }
        Ok(log)
    }

    /// Offset of the first record that can be read.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// Offset of the next record.
    pub(crate) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Offset before which no transaction is open.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        self.producers.first_open().map_or(self.end_offset, |open| open.first_offset.max(self.start_offset))
    }

    /// Bytes of records on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments().map(|segment| segment.bytes).sum()
    }

    /// Producers with sequence numbers: id and state, for DescribeProducers.
    pub(crate) fn producers(&self) -> impl ExactSizeIterator<Item = (i64, &Producer)> {
        self.producers.iter()
    }

    /// Whether it must be opened again before it can be appended to.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Its settings.
    pub(crate) fn config(&self) -> &LogConfig {
        &self.config
    }

    /// Other settings, from now on.
    pub(crate) fn configure(&mut self, config: LogConfig) {
        self.config = config;
    }

    /// Makes everything durable, so that opening it again reads nothing twice. Errors: `Storage`.
    pub(crate) fn close(mut self) -> Result<(), BrokerError> {
        if self.failed || !self.dirty {
            return Ok(());
        }
        let snapshot = self.snapshot();
        snapshot.map_err(BrokerError::storage(&self.folder))
    }

    /// Lets every write fail from now on.
    #[cfg(test)]
    pub(crate) fn break_writing(&mut self) {
        self.active.make_read_only();
    }

    /// Takes a snapshot: index first, as the snapshot counts its entries.
    fn snapshot(&mut self) -> io::Result<()> {
        self.active.index.flush()?;
        let sync = self.fsync == Fsync::Always;
        if sync {
            self.active.index.sync()?;
        }
        let unsynced = self.segments().find(|segment| !segment.synced).map_or(self.active.base, |s| s.base);
        let snapshot = Snapshot {
            start_offset: self.start_offset,
            end_offset: self.end_offset,
            active: self.active.base,
            position: self.active.bytes,
            largest_timestamp: self.active.largest_timestamp,
            first_timestamp: self.active.first_timestamp,
            index_entries: self.active.index.len(),
            unsynced,
            cleaned: self.cleaned,
            producers: std::mem::take(&mut self.producers),
        };
        let written = snapshot.write(&self.folder, sync);
        self.producers = snapshot.producers;
        written?;
        self.since_snapshot = 0;
        self.dirty = false;
        Ok(())
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.closed.iter().chain(std::iter::once(&self.active))
    }

    /// The segment at a place in the list; the last is the active one.
    fn segment(&mut self, at: usize) -> Option<&mut Segment> {
        if at == self.closed.len() { Some(&mut self.active) } else { self.closed.get_mut(at) }
    }

    /// Place in the list of the last segment that begins at `offset` or before.
    fn segment_with(&self, offset: i64) -> usize {
        if self.active.base <= offset {
            return self.closed.len();
        }
        self.closed.partition_point(|segment| segment.base <= offset).saturating_sub(1)
    }

    /// For `map_err`: what a client is told when the disk fails.
    fn storage_error(folder: &Path) -> impl FnOnce(io::Error) -> Code + '_ {
        move |e| {
            tracing::error!("{}: {e}", folder.display());
            Code::KafkaStorageError
        }
    }
}
