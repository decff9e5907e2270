//! Queries for one client: SELECTs and PRINTs that run as long as somebody reads their rows.
//!
//! Each has a thread of its own that reads the topic, runs the steps and writes text into a bounded channel; the
//! HTTP side only passes that text on. Neither side ever waits for the other without a bound.

mod accept;
mod block;
mod feed;
mod format;
mod guess;
mod inputs;
mod messages;
mod outlet;
mod print;
mod reader;
mod registered;

pub(crate) use accept::{Endpoint, accepts_json};
pub(crate) use feed::{Feeds, Opener};
pub(crate) use format::{End, RowFormat, RowWriter};
pub(crate) use inputs::Inputs;
pub(crate) use outlet::{Chunk, Outlet, STALL_MAX};
pub(crate) use print::PrintJob;
pub(crate) use reader::{Branch, Job, Known, TopicReader};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::data_dir::random_u64;

/// Queries of a kind that may run at once unless a property says otherwise, as ksqlDB's `ksql.max.push.queries`.
const QUERIES_MAX: usize = 100;

/// How ids of queries for clients begin.
const TRANSIENT: &str = "transient";
/// The same for those that follow a persistent query's results instead of computing their own.
pub(crate) const SCALABLE: &str = "SCALABLE_PUSH_QUERY";

/// The same for those that are answered from the rows of tables.
pub(crate) const PULL: &str = "query";

/// Whether an id is that of a query for a client.
pub(crate) fn is_of_a_client(id: &str) -> bool {
    let begins = |kind: &&str| id.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind));
    [TRANSIENT, SCALABLE]
        .iter()
        .any(|kind| begins(kind) && id.get(kind.len()..).is_some_and(|rest| rest.starts_with('_')))
}

/// The queries for clients that run now.
pub(crate) struct PushQueries {
    /// How many may run at once.
    max: usize,
    running: Mutex<BTreeMap<String, PushQueryInfo>>,
}

/// A running query for a client.
#[derive(Debug, Clone)]
pub(crate) struct PushQueryInfo {
    /// Its statement.
    pub(crate) statement: String,
    /// Set: it is to end.
    cancel: Arc<AtomicBool>,
}

/// A query's place among those that run; dropping it gives the place back.
pub(crate) struct Permit {
    queries: Arc<PushQueries>,
    /// `transient_<SOURCE>_<random>`, `SCALABLE_PUSH_QUERY_<SOURCE>_<random>`
    pub(crate) id: String,
    /// Set: the query is to end.
    pub(crate) cancel: Arc<AtomicBool>,
}

impl Default for PushQueries {
    fn default() -> Self {
        Self::new(QUERIES_MAX)
    }
}

impl PushQueries {
    /// Room for so many.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, running: Mutex::default() }
    }

    /// How many may run at once.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// A place for one more query over `source`, with an id of its own; `None` when all are taken.
    pub(crate) fn enter(self: &Arc<Self>, source: &str, statement: &str) -> Option<Permit> {
        self.enter_as(TRANSIENT, source, statement)
    }

    /// The same, with an id of another kind.
    pub(crate) fn enter_as(self: &Arc<Self>, kind: &str, source: &str, statement: &str) -> Option<Permit> {
        let mut running = self.running.lock();
        if running.len() >= self.max {
            return None;
        }
        let id = format!("{kind}_{source}_{}", random_u64());
        let cancel = Arc::new(AtomicBool::new(false));
        let info = PushQueryInfo { statement: statement.to_owned(), cancel: Arc::clone(&cancel) };
        running.insert(id.clone(), info);
        Some(Permit { queries: Arc::clone(self), id, cancel })
    }

    /// Whether a query of that id runs.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.running.lock().keys().any(|known| known.eq_ignore_ascii_case(id))
    }

    /// Asks a query to end; false when there is none of that id, in any case of letters.
    pub(crate) fn close(&self, id: &str) -> bool {
        let running = self.running.lock();
        // Clients write ids into statements without quotes, which folds them.
        let found = running.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
        if let Some((_, info)) = found {
            info.cancel.store(true, Ordering::Relaxed);
        }
        found.is_some()
    }

    /// Asks all queries to end.
    pub(crate) fn close_all(&self) {
        for info in self.running.lock().values() {
            info.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// The queries by id.
    pub(crate) fn list(&self) -> Vec<(String, PushQueryInfo)> {
        self.running.lock().iter().map(|(id, info)| (id.clone(), info.clone())).collect()
    }
}

impl Permit {
    /// Gives the place back.
    fn leave(&self) {
        self.queries.running.lock().remove(&self.id);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_come_back() {
        let queries = Arc::new(PushQueries::default());
        let mut permits: Vec<Permit> = (0..QUERIES_MAX).map(|_| queries.enter("S", "SELECT 1;").unwrap()).collect();
        assert!(queries.enter("S", "SELECT 1;").is_none());
        let gone = permits.pop().unwrap();
        let id = gone.id.clone();
        assert!(id.starts_with("transient_S_") && is_of_a_client(&id) && is_of_a_client(&id.to_uppercase()));
        assert!(!is_of_a_client("CSAS_S_1") && !is_of_a_client("transients"));
        assert!(queries.close(&id.to_uppercase()), "unquoted in a statement");
        assert!(gone.cancel.load(Ordering::Relaxed));
        drop(gone);
        assert!(!queries.close(&id));
        assert!(queries.enter("S", "SELECT 1;").is_some());
        queries.close_all();
        assert!(permits.iter().all(|p| p.cancel.load(Ordering::Relaxed)));
    }
}
