//! A topic between two parts of a query: that it is at its end says little while the part that writes it is still reading.
//!
//! Parts of a query run by themselves and commit by themselves. A step that merges two such topics by event time would take
//! one of them for empty as soon as the part before it is slower, or has only just begun, and run through the other one to its end: rows
//! that come later are late then, and have no partners. While the rows at hand are of the past, so that nobody waits for
//! them by the moment, an empty topic of this kind is therefore waited for a little. (Kafka Streams has `max.task.idle.ms` for
//! that, of which it makes no use unless told to.)

use std::time::Duration;

/// How long after the last record of the topic.
const QUIET: Duration = Duration::from_secs(1);
/// How long after the task began, where none came yet.
const BEGIN: Duration = Duration::from_secs(3);
/// Rows so much older than now, ms, are of the past.
const PAST_MS: i64 = 10_000;

/// What is known of such a topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Between {
    /// When the task began.
    began: Duration,
    /// When the last record came.
    heard: Option<Duration>,
}

impl Between {
    /// The task begins now.
    pub(super) fn new(now: Duration) -> Self {
        Self { began: now, heard: None }
    }

    /// A record has come.
    pub(super) fn hear(&mut self, now: Duration) {
        self.heard = Some(now);
    }

    /// Whether more may come soon.
    fn is_awaited(self, now: Duration) -> bool {
        now < self.heard.map_or(self.began + BEGIN, |heard| heard + QUIET)
    }
}

/// The time of a look at a task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// Monotonic.
    pub(super) since: Duration,
    /// By the wall clock, ms.
    pub(super) ms: i64,
}

impl Now {
    /// Whether rows of that time must wait for an empty topic.
    pub(super) fn holds(self, between: Option<Between>, row_ms: i64) -> bool {
        row_ms < self.ms.saturating_sub(PAST_MS) && between.is_some_and(|between| between.is_awaited(self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_past_wait_for_a_topic_that_may_go_on() {
        let s = Duration::from_secs;
        let mut between = Between::new(s(10));
        let holds = |between, seconds, row_ms| Now { since: s(seconds), ms: 100_000 }.holds(Some(between), row_ms);
        assert!(holds(between, 12, 80_000), "nothing came yet");
        assert!(!holds(between, 12, 95_000), "somebody waits for this one");
        assert!(!holds(between, 13, 80_000));
        between.hear(s(20));
        assert!(holds(between, 20, 80_000) && !holds(between, 21, 80_000));
        assert!(!Now { since: s(0), ms: 100_000 }.holds(None, 0), "a topic of the catalog says when it ends");
    }
}
