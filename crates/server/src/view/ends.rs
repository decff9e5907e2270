//! Where the topic of a view ends now, asked of Kafka for many at once: whoever asks while a question is on its way, and cannot
//! use its answer, shares the next one with all others who do. Kafka is asked once at a time.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// The questions about one topic.
#[derive(Debug, Default)]
pub(super) struct Ends {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whether a question is on its way.
    asking: bool,
    /// The last answer.
    last: Option<Answer>,
}

/// What Kafka said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// When the question was put: what it says was so then or later.
    pub(super) at: Duration,
    /// Ends of the topic's partitions, or why they are not known.
    pub(super) ends: Result<Arc<[i64]>, String>,
}

impl Ends {
    /// Where the topic ended at `since` or later; `now` tells the time and `put` asks Kafka. A failure counts only if it is
    /// younger than this call. Blocks.
    pub(super) fn since(
        &self,
        since: Duration,
        now: impl Fn() -> Duration,
        put: impl Fn() -> Result<Vec<i64>, String>,
    ) -> Answer {
        let called = now();
        // At the very same time it may have been before.
        let serves = |answer: &&Answer| answer.at > if answer.ends.is_ok() { since } else { called.max(since) };
        let mut state = self.state.lock();
        loop {
            if let Some(answer) = state.last.as_ref().filter(serves) {
                return answer.clone();
            }
            if state.asking {
                self.answered.wait(&mut state);
                continue;
            }
            state.asking = true;
            drop(state);
            // Before the question leaves: what it says was so later.
            let at = now();
            let ends = put().map(Into::into);
            state = self.state.lock();
            state.asking = false;
            let answer = Answer { at, ends };
            state.last = Some(answer.clone());
            self.answered.notify_all();
            return answer;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn an_answer_is_never_older_than_it_may_be() {
        let (ends, end, clock, put) = (Ends::default(), AtomicI64::new(0), AtomicU64::new(1), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let before = end.fetch_add(1, Ordering::SeqCst);
                        let since = ms(clock.fetch_add(1, Ordering::SeqCst));
                        let now = || ms(clock.load(Ordering::SeqCst));
                        let answer = ends.since(since, now, || {
                            put.fetch_add(1, Ordering::SeqCst);
                            let now = end.load(Ordering::SeqCst);
                            std::thread::sleep(Duration::from_micros(200));
                            Ok(vec![now])
                        });
                        assert!(answer.at >= since && answer.ends.unwrap()[0] > before);
                    }
                });
            }
        });
        assert!(put.load(Ordering::SeqCst) < 8 * 200, "nobody shared a question");
    }

    #[test]
    fn an_answer_serves_as_long_as_it_may_and_a_failure_only_those_who_waited() {
        let (ends, clock) = (Ends::default(), AtomicU64::new(10));
        let ask = |since, answer: Result<Vec<i64>, String>| {
            let answer = ends.since(ms(since), || ms(clock.load(Ordering::Relaxed)), || answer.clone());
            (answer.at, answer.ends.map(|ends| ends.to_vec()))
        };
        assert_eq!(ask(0, Err("away".into())), (ms(10), Err("away".into())));
        clock.store(11, Ordering::Relaxed);
        assert_eq!(ask(0, Ok(vec![3])), (ms(11), Ok(vec![3])));
        clock.store(50, Ordering::Relaxed);
        assert_eq!(ask(10, Ok(vec![4])), (ms(11), Ok(vec![3])));
        assert_eq!(ask(11, Ok(vec![4])), (ms(50), Ok(vec![4])));
    }
}
