//! How far queries are behind what they read, by what their groups have committed: the same as Kafka's own tools say.
//! Kafka is asked at most every few seconds, however often somebody looks.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::clock::{Clock as _, SystemClock};
use parking_lot::Mutex;

use crate::kafka::{KafkaTopics, Progress};
use crate::state::CatalogInput;

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(5);

/// Query, topic, and how many records the query's group has still to read of it.
pub(crate) type Lags = Vec<(String, String, i64)>;

/// The last answer.
pub(crate) struct Lag {
    clock: SystemClock,
    last: Mutex<Option<(Duration, Arc<Lags>)>>,
}

impl Lag {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self { clock: SystemClock::new(), last: Mutex::default() }
    }

    /// The lags, at most some seconds old, of what `inputs` says that queries read. Waits for Kafka, one caller at a time.
    /// A topic about which Kafka does not answer is left out.
    pub(crate) fn read(&self, topics: &KafkaTopics, inputs: impl FnOnce() -> Vec<(String, CatalogInput)>) -> Arc<Lags> {
        let mut last = self.last.lock();
        let now = self.clock.monotonic();
        if let Some((_, lags)) = last.as_ref().filter(|(at, _)| now.saturating_sub(*at) < FRESH) {
            return Arc::clone(lags);
        }
        let mut lags = Lags::new();
        for (query, CatalogInput { group, topic, .. }) in inputs() {
            match topics.progress(&group, &topic) {
                Ok(progress) => lags.push((query, topic, progress.iter().map(behind).sum())),
                Err(error) => tracing::debug!(topic, group, error, "a lag is not known"),
            }
        }
        let lags = Arc::new(lags);
        *last = Some((now, Arc::clone(&lags)));
        lags
    }
}

/// Records left of a partition; all that it has where the group has committed nothing.
fn behind(progress: &Progress) -> i64 {
    (progress.end - progress.committed.unwrap_or(progress.start).max(progress.start)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_not_waited_for() {
        let behind = |start, end, committed| behind(&Progress { start, end, committed });
        assert_eq!(behind(0, 10, Some(4)), 6);
        assert_eq!(behind(6, 10, Some(4)), 4, "records 4 and 5 are deleted");
        assert_eq!(behind(6, 10, None), 4);
        assert_eq!(behind(0, 10, Some(11)), 0, "behind a marker");
    }
}
