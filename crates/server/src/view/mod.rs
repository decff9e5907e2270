//! Views: the rows of tables in memory, for pull queries.
//!
//! Every server holds, of every table that it has been asked about, what the table's topic says: it follows the topic
//! from its beginning without a group, committed records only. A query says how old what it sees may be. If the view is not
//! that fresh, it asks where the topic ends and waits until the view is there; then it takes a snapshot, which no later record
//! changes. While a view is asked, its [`keeper`] asks Kafka in the place of the queries. Why it is built so, and what it
//! costs: `docs/decisions/0012-pull-queries-read-views-of-table-topics.md`.
//!
//! **A record's way in**: [`follow`] (the thread) → [`writer`] (decode, to see that it can be) → [`store`] (put; it lies
//! there as [`frame`] says) → [`progress`] (told to whoever waits). **A query's way**: [`Views::view`] → [`View::fresh`],
//! else [`View::wait`] → [`pull()`] (candidates, filter, projection) → [`order`] (ORDER BY, OFFSET).
//!
//! Bounds: a view of more than [`BYTES_MAX`] (`millstream.view.max.bytes`) is given up, its memory freed, and queries
//! are told so; records that cannot be read are counted, logged, and passed over.

mod ends;
mod expiry;
mod follow;
mod frame;
mod keeper;
mod lookup;
mod order;
mod progress;
mod pull;
mod ready;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use lookup::KeyLookup;
pub(crate) use order::Ordered;
pub(crate) use progress::NotReady;
pub(crate) use pull::{pull, stream};
pub(crate) use ready::{fresh, ready};
pub(crate) use store::Snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use millstream_engine::link::Record;
use millstream_plan::Source;
use millstream_schemas::Registry;
use parking_lot::Mutex;

use self::follow::Follow;
use self::keeper::Keeper;
use self::progress::Progress;

/// Bytes of a view at most, unless `millstream.view.max.bytes` says otherwise.
pub(crate) const BYTES_MAX: usize = 4 * 1024 * 1024 * 1024;

/// All partitions of a table's topic from their beginning, committed records only.
pub(crate) trait TableReader: Send {
    /// Lends up to `max` records, partition by partition in offset order; waits at most `wait` for the first.
    fn fetch(&mut self, max: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String>;
    /// For each partition the offset that comes next.
    fn positions(&self) -> Vec<i64>;
}

/// What views need of the server around them.
pub(crate) trait ViewHost: Send + Sync {
    /// Opens a topic.
    fn open(&self, topic: &str) -> Result<Box<dyn TableReader>, String>;
    /// For each partition of a topic the offset after the last record that can be seen now. Blocks.
    fn ends(&self, topic: &str) -> Result<Vec<i64>, String>;
    /// Time since some fixed instant; never goes backwards.
    fn now(&self) -> Duration;
    /// Whether the catalog still has this very source: not one of its name that was created or altered later.
    fn is_current(&self, source: &Arc<Source>) -> bool;
}

/// The views of a server, by table.
pub(crate) struct Views {
    host: Arc<dyn ViewHost>,
    bytes_max: usize,
    registry: Registry,
    running: Mutex<BTreeMap<String, Arc<View>>>,
}

/// The rows of one table. Dropped, its thread ends.
pub(crate) struct View {
    source: Arc<Source>,
    progress: Arc<Progress>,
    keeper: Arc<Keeper>,
    /// When this server wrote into the topic last by itself, µs: whoever has written reads it.
    wrote: AtomicU64,
}

impl Views {
    /// No views yet. `bytes_max`: what each may take.
    pub(crate) fn new(host: Arc<dyn ViewHost>, bytes_max: usize, registry: Registry) -> Self {
        Self { host, bytes_max, registry, running: Mutex::default() }
    }

    /// The view of a table, begun if there is none. `retention_ms`: how long the table's windows are kept. Error: the
    /// system gives no thread.
    pub(crate) fn view(&self, source: &Arc<Source>, retention_ms: Option<i64>) -> Result<Arc<View>, String> {
        let mut running = self.running.lock();
        if let Some(view) = running.get(&source.name).filter(|v| v.is_of(source)) {
            return Ok(Arc::clone(view));
        }
        // Of tables that are gone.
        running.retain(|_, view| !view.progress.has_ended());
        let progress = Arc::new(Progress::new());
        let follow = Follow {
            source: Arc::clone(source),
            retention_ms,
            bytes_max: self.bytes_max,
            host: Arc::clone(&self.host),
            registry: self.registry.clone(),
            progress: Arc::clone(&progress),
        };
        let spawned = std::thread::Builder::new().name("view".into()).spawn(move || follow.run());
        spawned.map_err(|e| e.to_string())?;
        let keeper = Arc::new(Keeper::new(&source.topic, Arc::clone(&self.host), Arc::clone(&progress)));
        let view = Arc::new(View { source: Arc::clone(source), progress, keeper, wrote: AtomicU64::new(0) });
        running.insert(source.name.clone(), Arc::clone(&view));
        Ok(view)
    }

    /// The view of a table, if there is one.
    pub(crate) fn known(&self, source: &Arc<Source>) -> Option<Arc<View>> {
        self.running.lock().get(&source.name).filter(|view| view.is_of(source)).map(Arc::clone)
    }

    /// This server has written into a topic, and Kafka has it: who asks from here on sees it.
    pub(crate) fn wrote(&self, topic: &str) {
        for view in self.running.lock().values().filter(|view| view.source.topic == topic) {
            // Rounded up.
            let now = u64::try_from(view.keeper.now().as_micros()).unwrap_or(u64::MAX).saturating_add(1);
            view.wrote.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Ends the view of a table, so that the next question begins one anew.
    pub(crate) fn forget(&self, view: &Arc<View>) {
        let mut running = self.running.lock();
        if running.get(&view.source.name).is_some_and(|running| Arc::ptr_eq(running, view)) {
            running.remove(&view.source.name);
        }
    }

    /// Ends all views.
    pub(crate) fn stop_all(&self) {
        self.running.lock().clear();
    }
}

impl View {
    /// Whether it is the view of this very source, and goes on.
    fn is_of(&self, source: &Arc<Source>) -> bool {
        Arc::ptr_eq(&self.source, source) && !self.progress.has_ended()
    }

    /// The rows, if they are fresh: everything is among them that was committed up to `age` ago, or written by this server
    /// itself; and the number of partitions that they are of. Does not wait.
    pub(crate) fn fresh(&self, age: Duration) -> Option<(Snapshot, usize)> {
        let now = self.keeper.now();
        if age.is_zero() {
            return None;
        }
        self.keeper.keep(now, age);
        self.progress.fresh(self.since(now, age))
    }

    /// The same, waiting for it, at most `patience` once it is known what for.
    pub(crate) fn wait(&self, age: Duration, patience: Duration) -> Result<(Snapshot, usize), NotReady> {
        let ends = self.keeper.ask(self.since(self.keeper.now(), age)).map_err(NotReady::Unknown)?;
        self.progress.wait(&ends, patience)
    }

    /// As of when the view must be fresh.
    fn since(&self, now: Duration, age: Duration) -> Duration {
        now.saturating_sub(age).max(Duration::from_micros(self.wrote.load(Ordering::Relaxed)))
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.progress.stop();
    }
}
