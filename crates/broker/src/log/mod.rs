//! One partition's log on disk.

pub(crate) mod compaction;
pub(crate) mod config;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::config::Fsync;
use crate::error::{BrokerError, Code};

pub(crate) use config::LogConfig;

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
