//! One reading of a topic for many queries: fetched once, decoded once, by a thread of its own.
//!
//! Queries over the same source (topic, formats, columns, event time) need the same records. Each keeps its group, its offsets and
//! its transactions; what is shared is the way from the broker to columns. A query's worker *follows* a reading partition by
//! partition and holds its own consumer back meanwhile; it goes back to that at any time: when its epoch is undone, when it is
//! too slow for the others, when the reading fails.
//!
//! * [`Sharing`]: who reads what, one for each process.
//! * `reading`: a source that is read for several: its partitions, their last chunks, who follows.
//! * `thread`: what reads and decodes.
//! * [`Subscription`]: the end of it that a worker has.
//! * `chunk`: decoded records on their way.
//!
//! Decided in `docs/decisions/0021-queries-over-one-topic-read-it-once.md`.

mod chunk;
mod reading;
mod subscription;
#[cfg(test)]
mod tests;
mod thread;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use millstream_plan::topology::SourceNode;
use millstream_schemas::Registry;

use crate::clock::{Clock, SystemClock};
use crate::link::{LinkError, Record, Waker};
pub use chunk::Chunk;
use reading::{Reading, SourceId};
pub use subscription::{Subscription, Taken};
pub use thread::{Reads, Stepped};

/// What a fetch of a [`TopicReader`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Records lent.
    pub records: usize,
    /// There is nothing more for now; the offset that comes next, which may lie behind the last record (markers).
    pub end: Option<i64>,
}

/// Reads partitions of one topic outside of any group: committed records only. Used by one thread at a time.
pub trait TopicReader: Send {
    /// Reads a partition from that offset on, too.
    fn begin(&mut self, partition: i32, from: i64) -> Result<(), LinkError>;

    /// Reads no more of a partition.
    fn end(&mut self, partition: i32);

    /// Lends up to `max` records of a partition that are already here, in offset order. Never waits. Errors: the topic is
    /// gone, or we are not allowed to read it.
    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<Found, LinkError>;

    /// Waits until something comes or somebody wakes it, at most `limit`.
    fn wait(&mut self, limit: Duration);

    /// Ends [`TopicReader::wait`].
    fn waker(&self) -> Waker;
}

/// Opens a reader of a topic; called on the thread that reads.
pub type OpenReader = Box<dyn Fn(&str) -> Result<Box<dyn TopicReader>, LinkError> + Send + Sync>;

/// Gives a reading a thread. Error: there is none.
pub type Spawn = Box<dyn Fn(Reads) -> std::io::Result<()> + Send + Sync>;

/// Decoded bytes of a partition that wait for the slowest of those who follow it; where there are many partitions fewer.
const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Time since some instant.
pub type Now = Box<dyn Fn() -> Duration + Send + Sync>;

/// What all readings of a process have in common.
struct Common {
    open: OpenReader,
    spawn: Spawn,
    now: Now,
    /// Decoded bytes of a partition that wait for the slowest.
    waiting_bytes: usize,
}

/// All readings of a process.
struct Readings {
    common: Arc<Common>,
    /// Those that somebody may follow.
    all: Mutex<Vec<Weak<Reading>>>,
}

/// Whether and where queries share what they read; cheap to clone.
#[derive(Clone, Default)]
pub struct Sharing(Option<Arc<Readings>>);

impl fmt::Debug for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "shared readings" } else { "no shared readings" })
    }
}

impl Sharing {
    /// Queries share readings, each on a thread of its own.
    pub fn new(open: OpenReader) -> Self {
        let clock = SystemClock::new();
        Self::with(open, Box::new(thread::spawn), Box::new(move || clock.monotonic()), WAITING_BYTES_MAX)
    }

    /// The same with other threads, another time, and so many decoded bytes of a partition that wait for the slowest who
    /// follow it: for tests and simulations.
    pub fn with(open: OpenReader, spawn: Spawn, now: Now, waiting_bytes: usize) -> Self {
        let common = Arc::new(Common { open, spawn, now, waiting_bytes });
        Self(Some(Arc::new(Readings { common, all: Mutex::default() })))
    }

    /// Takes part in the reading of a source; `wake` ends the wait of the worker. `None`: nothing is shared here.
    pub fn subscribe(&self, source: &SourceNode, registry: &Registry, wake: Waker) -> Option<Subscription> {
        let readings = self.0.as_ref()?;
        let id = SourceId::of(source);
        let mut all = readings.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|reading| reading.strong_count() > 0);
        let known = all.iter().filter_map(Weak::upgrade).find(|reading| reading.id == id);
        let reading = known.unwrap_or_else(|| {
            let reading = Arc::new(Reading::new(id, source, registry, &readings.common));
            all.push(Arc::downgrade(&reading));
            reading
        });
        Some(Subscription::new(reading, source, wake))
    }
}
