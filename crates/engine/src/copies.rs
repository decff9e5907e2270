//! The seam to local copies: what tasks keep, written aside now and then, so that a restart reads the end of the changelog only.
//!
//! A copy is worth what its stamp is: an offset of the changelog such that every committed record before it is in the copy.
//! Records are full values, so one that is read twice does no harm: the stamp may be too low, never too high. It is found so:
//!
//! 1. Somebody else than the worker is asked where the changelog ends ([`Copies::ask_end`]): the data plane waits for nothing.
//! 2. The next epoch that *begins to end* after the answer, and is committed, makes the copy: its snapshot holds all records
//!    before the answer that this worker wrote. That the commit was accepted says that nobody else had the task meanwhile; a
//!    worker that was frozen and replaced is refused there, and makes no copy of what it no longer knows.
//!
//! The changelog stays the truth: a copy that is missing, damaged, old or of something else is not used.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use millstream_state::{CopyReader, HashSnapshot};

/// Where local copies of a worker's tasks are. Calls return at once, but for [`Copies::open`], which opens a file.
pub trait Copies: Send + Sync {
    /// The copy of a task's state, if there is one that may be trusted.
    fn open(&self, task: i32) -> Option<CopyReader>;

    /// Has `end` told where the changelog of a task ends now.
    fn ask_end(&self, task: i32, end: End);

    /// Keeps this snapshot as the copy of a task, in place of the one before; it may take a while.
    fn keep(&self, task: i32, snapshot: HashSnapshot, stamp: i64);

    /// Forgets the copy of a task: it turned out to be worth nothing.
    fn discard(&self, task: i32, cause: &str);

    /// Between two copies of a task at least.
    fn interval(&self) -> Duration;

    /// Bytes that a task has changed since its last copy, below which another one is not worth the trouble.
    fn changed_bytes_min(&self) -> usize;
}

/// An answer to [`Copies::ask_end`] that may come later.
#[derive(Debug, Clone)]
pub struct End(Arc<AtomicI64>);

/// No answer yet; there will be none.
const UNKNOWN: i64 = -1;
const FAILED: i64 = -2;

impl Default for End {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNKNOWN)))
    }
}

impl End {
    /// The changelog ended there at some time after it was asked about.
    pub fn tell(&self, end: i64) {
        self.0.store(end.max(0), Ordering::Release);
    }

    /// It cannot be told; whoever wants to know may ask again.
    pub fn fail(&self) {
        self.0.store(FAILED, Ordering::Release);
    }

    /// What was told.
    pub fn told(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Acquire)).filter(|end| *end >= 0)
    }

    /// Whether there is no answer yet and may be one.
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire) == UNKNOWN
    }
}

/// Local copies, or none.
#[derive(Clone, Default)]
pub struct LocalCopies(pub Option<Arc<dyn Copies>>);

impl fmt::Debug for LocalCopies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "local copies" } else { "no local copies" })
    }
}
