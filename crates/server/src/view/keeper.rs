//! Keeps a view fresh while it is being asked: every so often somebody must ask Kafka where the topic ends, and it should not be
//! those who want rows. One thread a view, however many ask; none when nobody has asked for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::ViewHost;
use super::ends::Ends;
use super::progress::Progress;

/// For how long a view is kept fresh after it was asked.
const ASKED: Duration = Duration::from_secs(10);
/// Questions to Kafka within the time that an answer may be old.
const QUESTIONS: u32 = 5;
/// Shortest and longest time between two questions.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(50));

/// What a view's questions to Kafka go through.
pub(super) struct Keeper {
    topic: String,
    host: Arc<dyn ViewHost>,
    progress: Arc<Progress>,
    ends: Ends,
    /// When the view was asked last.
    asked: AtomicU64,
    /// How old an answer may be to the most demanding of those who asked since the thread began.
    bound: AtomicU64,
    runs: AtomicBool,
}

impl Keeper {
    /// The questions about a topic, whose answers are told to `progress`.
    pub(super) fn new(topic: &str, host: Arc<dyn ViewHost>, progress: Arc<Progress>) -> Self {
        let (topic, ends) = (topic.to_owned(), Ends::default());
        let (asked, bound) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
        Self { topic, host, progress, ends, asked, bound, runs: AtomicBool::new(false) }
    }

    /// The time now.
    pub(super) fn now(&self) -> Duration {
        self.host.now()
    }

    /// Where the topic ended at `since` or later. Blocks. Errors: Kafka does not say.
    pub(super) fn ask(&self, since: Duration) -> Result<Arc<[i64]>, String> {
        let answer = self.ends.since(since, || self.host.now(), || self.host.ends(&self.topic));
        if let Ok(ends) = &answer.ends {
            self.progress.answered(answer.at, ends);
        }
        answer.ends
    }

    /// Somebody wants rows that are no older than `bound`: there will be some for those who come next.
    pub(super) fn keep(self: &Arc<Self>, now: Duration, bound: Duration) {
        self.asked.store(micros(now), Ordering::Relaxed);
        self.bound.fetch_min(micros(bound), Ordering::Relaxed);
        if self.runs.load(Ordering::Relaxed) || self.runs.swap(true, Ordering::AcqRel) {
            return;
        }
        let keeper = Arc::clone(self);
        let spawned = std::thread::Builder::new().name("view-ends".into()).spawn(move || keeper.run());
        if spawned.is_err() {
            // Those who want rows ask themselves.
            self.runs.store(false, Ordering::Release);
        }
    }

    fn run(&self) {
        while !self.progress.is_stopped() && !self.progress.has_ended() {
            let now = self.now();
            if now.saturating_sub(Duration::from_micros(self.asked.load(Ordering::Relaxed))) > ASKED {
                break;
            }
            if let Err(cause) = self.ask(now) {
                tracing::debug!(topic = self.topic, cause, "it is not known where a table's topic ends");
            }
            let bound = Duration::from_micros(self.bound.load(Ordering::Relaxed));
            std::thread::sleep((bound / QUESTIONS).clamp(PAUSE.0, PAUSE.1));
        }
        self.bound.store(u64::MAX, Ordering::Relaxed);
        self.runs.store(false, Ordering::Release);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
