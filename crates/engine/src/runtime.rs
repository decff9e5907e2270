//! A worker's thread: opens the link, steps the worker, and says how it is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::counters::{Counters, Totals};
use crate::link::{Link, LinkError};
use crate::watermark::TaskTimes;
use crate::worker::{Progress, Stop, Worker, WorkerConfig};

/// Longest wait of an idle worker for the group; it bounds how fast a stop is noticed.
const IDLE_WAIT: Duration = Duration::from_millis(100);
/// Pauses after something that Kafka could not do: doubled from the first to the last.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Pauses before a query that has failed is tried again, as ksqlDB's `ksql.query.retry.backoff.*`: what stopped it may have
/// been mended (a topic that is back, a right that was given, an identity that is free again).
const RETRY_MIN: Duration = Duration::from_secs(15);
const RETRY_MAX: Duration = Duration::from_secs(15 * 60);
/// When a query takes its name back in the product.
const NAME: NameRule = NameRule {
    kept_min: Duration::from_secs(60),
    hasty: &[Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)],
};
/// Failures of a query that are remembered, as ksqlDB's `ksql.query.error.max.queue.size`.
const FAILURES_MAX: usize = 10;
/// How long a worker that was asked to stop may take to end its epoch and leave.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Opens a worker's link; called on its thread, and again after a failure.
pub type OpenLink = Box<dyn FnMut() -> Result<Box<dyn Link>, LinkError> + Send>;

/// How a runtime is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is connecting; the last thing that went wrong, if any.
    Starting(Option<String>),
    /// Records flow.
    Running,
    /// Kafka cannot do what is asked at the moment; it is asked again.
    Waiting(String),
    /// It has stopped alone, with this cause, and is tried again after a while.
    Failed(String),
    /// It was stopped.
    Stopped,
}

/// How a runtime is and what it has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its state.
    pub state: State,
    /// Its totals.
    pub totals: Totals,
}

/// A time at which a query stopped alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Wall clock, ms.
    pub time_ms: i64,
    /// Why.
    pub cause: String,
}

/// When a query takes its name back from whoever has it now. That may be nobody: a member whose group's coordinator died, or whose
/// broker was too busy to hear of it in time, takes its own name from itself. If it is another process, the two of them must not
/// go on like that: whoever has come last lets go, and is tried again as after any other failure.
#[derive(Debug, Clone, Copy)]
struct NameRule {
    /// One that it has had for so long it takes back at once.
    kept_min: Duration,
    /// One that it has had for less it takes back after these pauses, until it has none left or has kept its name for long enough.
    hasty: &'static [Duration],
}

struct Shared {
    state: Mutex<State>,
    /// The last [`FAILURES_MAX`], oldest first.
    failures: Mutex<VecDeque<Failure>>,
    counters: Arc<Counters>,
    stop: AtomicBool,
}

impl Shared {
    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn remember(&self, failure: Failure) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= FAILURES_MAX {
            failures.pop_front();
        }
        failures.push_back(failure);
    }
}

/// A running query of this process.
pub struct Runtime {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    /// Starts a worker on a thread of its own. Returns at once; [`Runtime::status`] tells how it goes.
    /// Error: the operating system gives no thread.
    pub fn start(config: WorkerConfig, open: OpenLink) -> std::io::Result<Self> {
        Self::start_with(config, open, NAME)
    }

    /// The same, which takes its name back by this rule.
    fn start_with(config: WorkerConfig, open: OpenLink, name: NameRule) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Starting(None)),
            failures: Mutex::default(),
            counters: Arc::new(Counters::default()),
            stop: AtomicBool::new(false),
        });
        let mine = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(format!("query-{}", config.query_id)).spawn(move || {
            run_until_stopped(&config, open, name, &mine);
            mine.set(State::Stopped);
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// How it is now.
    pub fn status(&self) -> Status {
        let ended = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if ended && !matches!(state, State::Failed(_) | State::Stopped) {
            state = State::Failed("the worker's thread has ended unexpectedly".into());
        }
        Status { state, totals: self.shared.counters.read() }
    }

    /// Of each partition whose state is being restored, which offset of the changelog comes next.
    pub fn positions(&self) -> BTreeMap<i32, i64> {
        self.shared.counters.positions()
    }

    /// How far event time has come in each of its tasks.
    pub fn times(&self) -> Vec<TaskTimes> {
        self.shared.counters.times()
    }

    /// Its last failures, oldest first.
    pub fn failures(&self) -> Vec<Failure> {
        self.shared.failures.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Asks the worker to end its epoch and leave; does not wait.
    pub fn request_stop(&self) {
        self.shared.stop.store(true, Relaxed);
    }

    /// Asks the worker to stop and waits until it has, ten seconds and a link's timeout at most.
    pub fn stop(mut self) {
        self.request_stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a worker's thread had panicked");
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.request_stop();
    }
}

/// Runs the query, again and again after longer and longer pauses when it fails, until it is stopped.
fn run_until_stopped(config: &WorkerConfig, mut open: OpenLink, name: NameRule, shared: &Shared) {
    let clock = SystemClock::new();
    let mut pause = RETRY_MIN;
    loop {
        let began = clock.monotonic();
        let State::Failed(cause) = run(config, &mut open, name, clock, shared) else { return };
        // A query that went well for long enough starts over with the shortest pause.
        if clock.monotonic().saturating_sub(began) > RETRY_MAX {
            pause = RETRY_MIN;
        }
        tracing::error!(query = config.query_id, cause, retry_s = pause.as_secs(), "query has stopped");
        shared.remember(Failure { time_ms: clock.now_ms(), cause: cause.clone() });
        shared.set(State::Failed(cause));
        if !rest(pause, clock, shared) {
            return;
        }
        pause = (pause * 2).min(RETRY_MAX);
    }
}

/// Pauses; whether that was not cut short by a stop.
fn rest(pause: Duration, clock: SystemClock, shared: &Shared) -> bool {
    let again = clock.monotonic() + pause;
    while clock.monotonic() < again {
        if shared.stop.load(Relaxed) {
            return false;
        }
        std::thread::sleep(PAUSE_MIN.min(pause));
    }
    true
}

/// Runs the query once, until it is stopped or fails.
fn run(config: &WorkerConfig, open: &mut OpenLink, name: NameRule, clock: SystemClock, shared: &Shared) -> State {
    let link = match connect(open, shared) {
        Ok(link) => link,
        Err(end) => return end,
    };
    let counters = Arc::clone(&shared.counters);
    let mut worker = match Worker::new(config.clone(), link, Box::new(clock), counters) {
        Ok(worker) => worker,
        Err(e) => return State::Failed(e.to_string()),
    };
    let mut hasty = name.hasty.iter();
    loop {
        let opened = clock.monotonic();
        shared.set(State::Running);
        let (cause, by_another) = match drive(&mut worker, &clock, shared) {
            End::With(state) => return state,
            End::Replaced(cause) => (cause, true),
            End::Expired(cause) => (cause, false),
        };
        if shared.stop.load(Relaxed) {
            worker.abandon();
            return State::Stopped;
        }
        let pause = if by_another && clock.monotonic().saturating_sub(opened) < name.kept_min {
            let Some(pause) = hasty.next() else {
                worker.abandon();
                return State::Failed(cause);
            };
            *pause
        } else {
            hasty = name.hasty.iter();
            Duration::ZERO
        };
        tracing::warn!(query = config.query_id, cause, ?pause, "query joins its group anew, epoch is undone");
        shared.set(State::Waiting(cause));
        if !rest(pause, clock, shared) {
            worker.abandon();
            return State::Stopped;
        }
        let relinked = connect(open, shared)
            .and_then(|link| worker.relink(link).map_err(|error| State::Failed(error.to_string())));
        if let Err(end) = relinked {
            worker.abandon();
            return end;
        }
    }
}

fn connect(open: &mut OpenLink, shared: &Shared) -> Result<Box<dyn Link>, State> {
    let mut pause = PAUSE_MIN;
    loop {
        if shared.stop.load(Relaxed) {
            return Err(State::Stopped);
        }
        match open() {
            Ok(link) => return Ok(link),
            Err(LinkError::Fatal(cause)) => return Err(State::Failed(cause)),
            Err(e) => shared.set(State::Starting(Some(e.to_string()))),
        }
        pause = sleep(pause, shared);
    }
}

/// Why a worker is driven no further.
enum End {
    /// It is done, or has failed.
    With(State),
    /// Another member has its name.
    Replaced(String),
    /// The group has heard too little of it.
    Expired(String),
}

fn drive(worker: &mut Worker, clock: &dyn Clock, shared: &Shared) -> End {
    let mut pause = PAUSE_MIN;
    let mut waiting = false;
    let mut stop_by = None;
    loop {
        if shared.stop.load(Relaxed) {
            worker.stop();
            let by = *stop_by.get_or_insert_with(|| clock.monotonic() + STOP_MAX);
            if clock.monotonic() > by {
                return End::With(State::Stopped);
            }
        }
        match worker.step(IDLE_WAIT) {
            Ok(Progress::Left) => return End::With(State::Stopped),
            Ok(Progress::Waiting) => {
                waiting = true;
                shared.set(State::Waiting(worker.trouble().unwrap_or_default().to_owned()));
                pause = sleep(pause, shared);
            }
            Ok(Progress::Busy | Progress::Idle) => {
                pause = PAUSE_MIN;
                if std::mem::take(&mut waiting) {
                    shared.set(State::Running);
                }
            }
            Err(Stop::Failed(cause)) => {
                worker.abandon();
                return End::With(State::Failed(cause));
            }
            Err(Stop::Replaced(cause)) => return End::Replaced(cause),
            Err(Stop::Expired(cause)) => return End::Expired(cause),
            Err(Stop::Crash) => return End::With(State::Failed("simulated crash".into())),
        }
    }
}

/// Pauses and returns the next pause; a stop that was asked for shortens nothing but the first.
fn sleep(pause: Duration, shared: &Shared) -> Duration {
    std::thread::sleep(if shared.stop.load(Relaxed) { PAUSE_MIN } else { pause });
    (pause * 2).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests;
