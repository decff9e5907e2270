//! The persistent queries that run in this process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::runtime::{Failure, OpenLink, Runtime, State, Status};
use millstream_engine::worker::WorkerConfig;
use parking_lot::Mutex;

use crate::runner::Deployment;
use crate::state::PersistentQuery;

/// How long an epoch collects records before it ends.
const EPOCH: Duration = Duration::from_millis(100);

/// What queries need of Kafka.
pub(crate) trait QueryHost: Send + Sync {
    /// How a worker of the query opens its link. `fresh`: the query was created just now, and what "latest" means to it
    /// is decided now.
    fn link(&self, query: &PersistentQuery, fresh: bool) -> OpenLink;
    /// Deletes the consumer group of a query that will not come back. Errors: it still has members, or Kafka failed.
    fn delete_group(&self, query_id: &str) -> Result<(), String>;
}

/// Queries by id, started and stopped by the command runner.
pub(crate) struct Queries {
    host: Arc<dyn QueryHost>,
    running: Mutex<BTreeMap<String, Slot>>,
}

enum Slot {
    Running(Runtime),
    /// The operating system gave no thread.
    Refused(String),
}

impl Queries {
    /// No queries yet.
    pub(crate) fn new(host: Arc<dyn QueryHost>) -> Self {
        Self { host, running: Mutex::new(BTreeMap::new()) }
    }

    /// How a query is; `None`: it does not run here.
    pub(crate) fn status(&self, id: &str) -> Option<Status> {
        self.running.lock().get(id).map(Slot::status)
    }

    /// Why a query stopped lately, oldest first.
    pub(crate) fn failures(&self, id: &str) -> Vec<Failure> {
        match self.running.lock().get(id) {
            Some(Slot::Running(runtime)) => runtime.failures(),
            Some(Slot::Refused(_)) | None => Vec::new(),
        }
    }

    /// How all queries are, by id.
    pub(crate) fn statuses(&self) -> Vec<(String, Status)> {
        self.running.lock().iter().map(|(id, slot)| (id.clone(), slot.status())).collect()
    }

    /// Stops all queries, together; each ends its epoch and leaves its group.
    pub(crate) fn stop_all(&self) {
        let slots = std::mem::take(&mut *self.running.lock());
        for slot in slots.values() {
            if let Slot::Running(runtime) = slot {
                runtime.request_stop();
            }
        }
        for slot in slots.into_values() {
            slot.stop();
        }
    }
}

impl Slot {
    fn status(&self) -> Status {
        match self {
            Self::Running(runtime) => runtime.status(),
            Self::Refused(cause) => Status { state: State::Failed(cause.clone()), totals: Default::default() },
        }
    }

    fn stop(self) {
        if let Self::Running(runtime) = self {
            runtime.stop();
        }
    }
}

impl Deployment for Arc<Queries> {
    fn start(&self, query: &Arc<PersistentQuery>, fresh: bool) {
        let config = WorkerConfig {
            query_id: query.id.clone(),
            stage: query.stage.clone(),
            guarantee: query.settings.guarantee,
            epoch: EPOCH,
        };
        let slot = match Runtime::start(config, self.host.link(query, fresh)) {
            Ok(runtime) => Slot::Running(runtime),
            Err(e) => Slot::Refused(e.to_string()),
        };
        tracing::info!(query = query.id, guarantee = query.settings.guarantee.name(), "query started");
        let before = self.running.lock().insert(query.id.clone(), slot);
        if let Some(before) = before {
            before.stop();
        }
    }

    fn stop(&self, id: &str, forget: bool) {
        // Taken out first: nobody waits for the lock while the query ends its epoch.
        let slot = self.running.lock().remove(id);
        if let Some(slot) = slot {
            slot.stop();
            tracing::info!(query = id, "query stopped");
        }
        if forget {
            let (host, query_id) = (Arc::clone(&self.host), id.to_owned());
            let spawned =
                std::thread::Builder::new().name("forget-group".into()).spawn(move || forget_group(&*host, &query_id));
            if let Err(e) = spawned {
                tracing::warn!(query = id, error = %e, "the consumer group of a terminated query stays");
            }
        }
    }
}

/// Deletes a group, again and again while members on other servers have yet to leave it.
fn forget_group(host: &dyn QueryHost, query_id: &str) {
    const ATTEMPTS: u32 = 20;
    const PAUSE: Duration = Duration::from_secs(1);
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        match host.delete_group(query_id) {
            Ok(()) => return,
            Err(e) => last = e,
        }
        std::thread::sleep(PAUSE);
    }
    tracing::warn!(query = query_id, error = last, "the consumer group of a terminated query stays");
}
