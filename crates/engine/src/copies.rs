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
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use millstream_state::{CopyHeader, CopyReader, HashSnapshot, HashStore, Image};

/// Work on what a task keeps that is done beside its worker.
pub type Job = Box<dyn FnOnce() + Send>;

/// Where local copies of a worker's tasks are. Calls return at once, but for [`Copies::open`], which opens a file.
pub trait Copies: Send + Sync {
    /// The copy of a task's state, if there is one that may be trusted.
    fn open(&self, task: i32) -> Option<CopyReader>;

    /// Tasks that seem to have a copy: what is worth reading before it is known which of them come here.
    fn tasks(&self) -> Vec<i32> {
        Vec::new()
    }

    /// Has a job about a task done on another thread, soon; or here and now, where runs must repeat. `what` it is, for people.
    fn aside(&self, _what: &'static str, _task: i32, job: Job) {
        job();
    }

    /// Has `end` told where the changelog of a task ends now.
    fn ask_end(&self, task: i32, end: End);

    /// Keeps this snapshot as the copy of a task, in place of the one before; it may take a while.
    fn keep(&self, task: i32, snapshot: HashSnapshot, stamp: i64);

    /// Forgets the copy of a task: it turned out to be worth nothing.
    fn discard(&self, task: i32, cause: &str);

    /// What the state of all tasks may take in memory; beyond it some of them go on on disk.
    fn memory(&self) -> &Arc<Memory>;

    /// Keys of a task from which on its operators take in what they use, when they use it, instead of all there is before the
    /// first record; `None`: as many as make that worth it.
    fn lean_from(&self) -> Option<usize> {
        None
    }

    /// A task begins here: what is known of its state already, as a store whose stamp says up to where.
    fn take(&self, _task: i32) -> Option<HashStore> {
        None
    }

    /// A task is here no more.
    fn release(&self, _task: i32) {}

    /// The image on disk that an earlier run of a task left, if it may be trusted, and the offset of the changelog that it
    /// goes on at.
    fn spilled(&self, task: i32) -> Option<(Image, i64)>;

    /// An empty image on disk for a task, in place of its copy.
    ///
    /// # Errors
    /// The disk cannot be written; in words.
    fn spill(&self, task: i32) -> Result<Image, String>;

    /// What an image on disk of a task says about itself from now on.
    fn header(&self, task: i32, stamp: i64) -> Option<CopyHeader>;

    /// Between two copies of a task at least; `None`: none are made.
    fn interval(&self) -> Option<Duration>;

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

/// A task that is here; released when it goes.
pub struct Here {
    copies: Arc<dyn Copies>,
    task: i32,
}

impl Here {
    /// A task begins here; with what is known of its state already.
    pub fn begin(copies: &Arc<dyn Copies>, task: i32) -> (Self, Option<HashStore>) {
        let known = copies.take(task);
        (Self { copies: Arc::clone(copies), task }, known)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.copies.release(self.task);
    }
}

/// Memory that the states of a process share.
#[derive(Debug)]
pub struct Memory {
    max: usize,
    used: AtomicUsize,
}

impl Memory {
    /// So many bytes.
    pub fn new(max: usize) -> Self {
        Self { max, used: AtomicUsize::new(0) }
    }

    /// What a state takes has changed from so many bytes to so many.
    pub fn account(&self, before: usize, after: usize) {
        if after >= before {
            self.used.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.used.fetch_sub(before - after, Ordering::Relaxed);
        }
    }

    /// Whether they take more than there is.
    pub fn is_exceeded(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.max
    }
}

/// What one state takes of the memory; given back when it goes.
#[derive(Debug, Default)]
pub struct Share {
    of: Option<Arc<Memory>>,
    bytes: usize,
}

impl Share {
    /// Nothing yet of this memory.
    pub fn of(memory: &Arc<Memory>) -> Self {
        Self { of: Some(Arc::clone(memory)), bytes: 0 }
    }

    /// It takes so many bytes now.
    pub fn set(&mut self, bytes: usize) {
        if let Some(memory) = &self.of {
            memory.account(self.bytes, bytes);
            self.bytes = bytes;
        }
    }

    /// So many it takes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether all together take more than there is.
    pub fn is_exceeded(&self) -> bool {
        self.of.as_ref().is_some_and(|memory| memory.is_exceeded())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}
