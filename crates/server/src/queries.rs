//! The persistent queries that run in this process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_engine::copies::LocalCopies;
use millstream_engine::counters::Totals;
use millstream_engine::runtime::{Failure, OpenLink, Runtime, State, Status};
use millstream_engine::sharing::Sharing;
use millstream_engine::watermark::TaskTimes;
use millstream_engine::worker::WorkerConfig;
use millstream_plan::topology::{Input, Output, SubTopology};
use millstream_schemas::Registry;
use parking_lot::Mutex;

use crate::copies::LocalState;
use crate::properties::of_clients;
use crate::runner::Deployment;
use crate::state::PersistentQuery;

/// Between two times that read rows between parts are deleted: so many ticks. As `repartition.purge.interval.ms` of Kafka
/// Streams, 30 s.
const PURGE_TICKS: u32 = 60;
const TICK: Duration = Duration::from_millis(500);
/// How long a server that stops goes on writing local copies.
const FLUSH_MAX: Duration = Duration::from_secs(10);
/// More parts than any query has.
const PARTS_MAX: u16 = 64;

/// What queries need of Kafka.
pub(crate) trait QueryHost: Send + Sync {
    /// How a worker opens its link.
    fn link(&self, query: &PersistentQuery, parts: &Arc<Vec<SubTopology>>, worker: Worker) -> OpenLink;
    /// The topic in which a part of a query keeps its state, if it keeps any.
    fn changelog(&self, query_id: &str, part: u16) -> String;
    /// Deletes what part `to` has read and committed of what part `from` sends it.
    fn purge(&self, query_id: &str, from: u16, to: u16) -> Result<(), String>;
    /// Deletes the consumer groups and the internal topics of a query that will not come back; `parts`: how many parts it
    /// is known to have had. Errors: a group still has members, or Kafka failed.
    fn forget(&self, query_id: &str, parts: usize) -> Result<(), String>;
}

/// One of the workers of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worker {
    /// The number of the part that it runs.
    pub(crate) part: u16,
    /// Which of the part's workers in this server.
    pub(crate) thread: u16,
    /// The query was created just now, and what "latest" means to it is decided now.
    pub(crate) fresh: bool,
}

/// Queries by id, started and stopped by the command runner.
pub(crate) struct Queries {
    host: Arc<dyn QueryHost>,
    /// Where the schemas of records stand.
    registry: Registry,
    /// Where what queries keep is copied to, if it is.
    copies: Option<LocalState>,
    /// Where their topics are read for all of them.
    sharing: Sharing,
    running: Mutex<BTreeMap<String, Slot>>,
    /// How many parts queries have that ran here and were not forgotten.
    parts: Mutex<BTreeMap<String, usize>>,
}

enum Slot {
    /// The runtimes of each part, and which part sends rows to which.
    Running(Vec<PartRuntime>, Vec<(u16, u16)>),
    /// The operating system gave no thread.
    Refused(String),
}

/// A part of a query that runs, or its share of one of several threads.
struct PartRuntime {
    number: u16,
    runtime: Runtime,
    /// It reads topics of the catalog.
    reads: bool,
    /// It writes the query's result.
    writes: bool,
}

impl Queries {
    /// No queries yet.
    pub(crate) fn new(host: Arc<dyn QueryHost>, registry: Registry) -> Self {
        let (running, parts) = (Mutex::default(), Mutex::default());
        Self { host, registry, copies: None, sharing: Sharing::default(), running, parts }
    }

    /// The same, whose queries' state is copied there.
    pub(crate) fn with_copies(self, copies: Option<LocalState>) -> Self {
        Self { copies, ..self }
    }

    /// The same, which read topics together there.
    pub(crate) fn with_sharing(self, sharing: Sharing) -> Self {
        Self { sharing, ..self }
    }

    /// Where a query reads its topics: by itself where it has properties of its own for that, or several threads, each of which is
    /// to read and decode its part.
    fn sharing_of(&self, query: &PersistentQuery) -> Sharing {
        let alone = of_clients(&query.overrides).next().is_some() || threads(query) > 1;
        if alone { Sharing::default() } else { self.sharing.clone() }
    }

    /// How a query is; `None`: it does not run here.
    pub(crate) fn status(&self, id: &str) -> Option<Status> {
        self.running.lock().get(id).map(Slot::status)
    }

    /// Why a query stopped lately, oldest first.
    pub(crate) fn failures(&self, id: &str) -> Vec<Failure> {
        let running = self.running.lock();
        let Some(Slot::Running(parts, _)) = running.get(id) else { return Vec::new() };
        let mut failures: Vec<Failure> = parts.iter().flat_map(|part| part.runtime.failures()).collect();
        failures.sort_by_key(|failure| failure.time_ms);
        failures
    }

    /// Of each partition whose state a part of a query is only restoring here, which offset of the changelog comes next.
    pub(crate) fn positions(&self, id: &str, part: u16) -> BTreeMap<i32, i64> {
        match self.running.lock().get(id) {
            Some(Slot::Running(parts, _)) => {
                let of_part = parts.iter().filter(|running| running.number == part);
                of_part.flat_map(|running| running.runtime.positions()).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// Of each task of a part that is followed here, which offset of its changelog comes next.
    pub(crate) fn standbys(&self, id: &str, part: u16) -> BTreeMap<i32, i64> {
        self.copies.as_ref().map(|copies| copies.standbys(&self.host.changelog(id, part))).unwrap_or_default()
    }

    /// How far event time has come in the tasks of each part of a query, by the part's number.
    pub(crate) fn times(&self, id: &str) -> Vec<(u16, Vec<TaskTimes>)> {
        let mut times: BTreeMap<u16, Vec<TaskTimes>> = BTreeMap::new();
        if let Some(Slot::Running(parts, _)) = self.running.lock().get(id) {
            parts.iter().for_each(|part| times.entry(part.number).or_default().extend(part.runtime.times()));
        }
        // Several threads have them in no order.
        times.values_mut().for_each(|tasks| tasks.sort_by_key(|task| task.partition));
        times.into_iter().collect()
    }

    /// How all queries are, by id.
    pub(crate) fn statuses(&self) -> Vec<(String, Status)> {
        self.running.lock().iter().map(|(id, slot)| (id.clone(), slot.status())).collect()
    }

    /// Goes on deleting what has been read of the topics between parts, until nobody has these queries any more.
    pub(crate) fn keep_tidy(self: &Arc<Self>) -> std::io::Result<()> {
        let queries = Arc::downgrade(self);
        let tidy = move || {
            let mut ticks: u32 = 0;
            loop {
                std::thread::sleep(TICK);
                ticks = (ticks + 1) % PURGE_TICKS;
                match queries.upgrade() {
                    None => return,
                    Some(queries) if ticks == 0 => queries.purge(),
                    Some(_) => {}
                }
            }
        };
        std::thread::Builder::new().name("purge".into()).spawn(tidy).map(drop)
    }

    fn purge(&self) {
        let running = self.running.lock();
        let ways = |(id, slot): (&String, &Slot)| match slot {
            Slot::Running(_, ways) => ways.iter().map(|(from, to)| (id.clone(), *from, *to)).collect::<Vec<_>>(),
            Slot::Refused(_) => Vec::new(),
        };
        let all: Vec<(String, u16, u16)> = running.iter().flat_map(ways).collect();
        drop(running);
        for (id, from, to) in all {
            // A part that has not begun, a broker that is away: the next time does it.
            if let Err(error) = self.host.purge(&id, from, to) {
                tracing::debug!(query = id, from, to, error, "read rows between parts stay for now");
            }
        }
    }

    /// Stops all queries, together; each ends its epoch and leaves its groups.
    pub(crate) fn stop_all(&self) {
        let slots = std::mem::take(&mut *self.running.lock());
        slots.values().for_each(Slot::request_stop);
        slots.into_values().for_each(Slot::stop);
        if let Some(copies) = &self.copies {
            copies.flush(FLUSH_MAX);
        }
    }

    fn copies_of(&self, query_id: &str, part: &SubTopology) -> LocalCopies {
        match &self.copies {
            Some(copies) if part.keeps_state() => copies.of(self.host.changelog(query_id, part.number)),
            _ => LocalCopies::default(),
        }
    }

    /// Deletes local copies of what belongs to none of these queries.
    pub(crate) fn forget_copies_but(&self, ids: &[String]) {
        let Some(copies) = &self.copies else { return };
        let of = |id: &String| (0..PARTS_MAX).map(|part| self.host.changelog(id, part)).collect::<Vec<_>>();
        copies.forget_but(&ids.iter().flat_map(of).collect::<Vec<_>>());
    }

    fn run(&self, query: &PersistentQuery, fresh: bool) -> Slot {
        let parts = Arc::new(query.parts());
        self.parts.lock().insert(query.id.clone(), parts.len());
        let mut running = Vec::with_capacity(parts.len());
        let threads = threads(query);
        for (part, thread) in parts.iter().flat_map(|part| (0..threads).map(move |thread| (part, thread))) {
            let config = WorkerConfig {
                query_id: query.id.clone(),
                part: part.clone(),
                guarantee: query.settings.guarantee,
                epoch: query.settings.epoch,
                merges: query.settings.merges,
                on_error: query.on_error.clone(),
                registry: self.registry.clone(),
                copies: self.copies_of(&query.id, part),
                sharing: self.sharing_of(query),
            };
            let reads = part.inputs.iter().any(|input| matches!(input, Input::Source(_)));
            let writes = matches!(part.output, Output::Sink(_));
            let worker = Worker { part: part.number, thread, fresh };
            match Runtime::start(config, self.host.link(query, &parts, worker)) {
                Ok(runtime) => running.push(PartRuntime { number: part.number, runtime, reads, writes }),
                Err(e) => return Slot::Refused(e.to_string()),
            }
        }
        let sent = |input: &Input| match input {
            Input::Repartition { from, .. } => Some(*from),
            Input::Source(_) => None,
        };
        let ways = parts.iter().flat_map(|to| to.inputs.iter().filter_map(move |i| Some((sent(i)?, to.number))));
        Slot::Running(running, ways.collect())
    }
}

/// How many workers each part of a query has here.
fn threads(query: &PersistentQuery) -> u16 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    query.settings.threads.min(u16::try_from(processors).unwrap_or(u16::MAX)).max(1)
}

impl Slot {
    fn status(&self) -> Status {
        let parts = match self {
            Self::Refused(cause) => return Status { state: State::Failed(cause.clone()), totals: Totals::default() },
            Self::Running(parts, _) => parts,
        };
        let mut totals = Totals::default();
        let mut state = State::Stopped;
        for part in parts {
            let own = part.runtime.status();
            totals += Totals {
                records_in: if part.reads { own.totals.records_in } else { 0 },
                records_out: if part.writes { own.totals.records_out } else { 0 },
                ..own.totals
            };
            if gravity(&own.state) > gravity(&state) {
                state = own.state;
            }
        }
        Status { state, totals }
    }

    fn request_stop(&self) {
        if let Self::Running(parts, _) = self {
            parts.iter().for_each(|part| part.runtime.request_stop());
        }
    }

    fn stop(self) {
        self.request_stop();
        if let Self::Running(parts, _) = self {
            parts.into_iter().for_each(|part| part.runtime.stop());
        }
    }
}

/// A query is as its worst part is.
fn gravity(state: &State) -> u8 {
    match state {
        State::Stopped => 0,
        State::Running => 1,
        State::Starting(_) => 2,
        State::Waiting(_) => 3,
        State::Failed(_) => 4,
    }
}

impl Deployment for Arc<Queries> {
    fn start(&self, query: &Arc<PersistentQuery>, fresh: bool) {
        let slot = self.run(query, fresh);
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
            let parts = self.parts.lock().remove(id).unwrap_or(1);
            if let Some(copies) = &self.copies {
                let numbers = 0..u16::try_from(parts).unwrap_or(u16::MAX);
                numbers.for_each(|part| copies.forget(&self.host.changelog(id, part)));
            }
            let (host, query_id) = (Arc::clone(&self.host), id.to_owned());
            let spawned = std::thread::Builder::new()
                .name("forget-query".into())
                .spawn(move || forget_query(&*host, &query_id, parts));
            if let Err(e) = spawned {
                tracing::warn!(query = id, error = %e, "groups and topics of a terminated query stay");
            }
        }
    }
}

/// Deletes groups and topics, again and again while members on other servers have yet to leave them.
fn forget_query(host: &dyn QueryHost, query_id: &str, parts: usize) {
    const ATTEMPTS: u32 = 20;
    const PAUSE: Duration = Duration::from_secs(1);
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        match host.forget(query_id, parts) {
            Ok(()) => return,
            Err(e) => last = e,
        }
        std::thread::sleep(PAUSE);
    }
    tracing::warn!(query = query_id, error = last, "groups and topics of a terminated query stay");
}
