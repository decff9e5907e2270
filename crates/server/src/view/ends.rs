//! Where topics end now, asked of Kafka for many at once: whoever asks while a question is on its way shares the next one with all
//! others who do. Each gets an answer to a question that was put after he asked, and Kafka is asked once at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

/// Ends of a topic's partitions, or why they are not known.
type Answer = Result<Arc<[i64]>, String>;

/// The questions about each topic.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    topics: Mutex<BTreeMap<String, Arc<Questions>>>,
}

#[derive(Debug, Default)]
struct Questions {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Debug)]
struct State {
    /// Questions put so far, and answered so far.
    put: u64,
    done: u64,
    /// The last answer.
    answer: Answer,
}

impl Default for State {
    fn default() -> Self {
        Self { put: 0, done: 0, answer: Ok([].into()) }
    }
}

/// Topics that questions are remembered of; beyond that those that nobody asks about now are forgotten.
const TOPICS_MAX: usize = 1024;

impl Ends {
    /// Where a topic ends at some time after this call; `put` asks Kafka. Blocks.
    ///
    /// # Errors
    /// What `put` says.
    pub(crate) fn of(&self, topic: &str, put: impl Fn() -> Result<Vec<i64>, String>) -> Answer {
        let questions = {
            let mut topics = self.topics.lock();
            if topics.len() >= TOPICS_MAX {
                topics.retain(|_, questions| Arc::strong_count(questions) > 1);
            }
            Arc::clone(topics.entry(topic.to_owned()).or_default())
        };
        let mut state = questions.state.lock();
        // One that is on its way may have been answered before this call.
        let mine = state.put + 1;
        loop {
            if state.done >= mine {
                return state.answer.clone();
            }
            if state.put > state.done {
                questions.answered.wait(&mut state);
                continue;
            }
            state.put += 1;
            drop(state);
            let answer = put().map(Into::into);
            state = questions.state.lock();
            (state.done, state.answer) = (state.put, answer);
            questions.answered.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
    use std::time::Duration;

    #[test]
    fn an_answer_is_never_older_than_its_question() {
        let (ends, clock, put) = (Ends::default(), AtomicI64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let before = clock.fetch_add(1, Ordering::SeqCst);
                        let answer = ends.of("t", || {
                            put.fetch_add(1, Ordering::SeqCst);
                            let now = clock.load(Ordering::SeqCst);
                            std::thread::sleep(Duration::from_micros(200));
                            Ok(vec![now])
                        });
                        assert!(answer.unwrap()[0] > before);
                    }
                });
            }
        });
        assert!(put.load(Ordering::SeqCst) < 8 * 200, "nobody shared a question");
    }

    #[test]
    fn a_failure_is_everybodys_and_not_for_ever() {
        let ends = Ends::default();
        assert_eq!(ends.of("t", || Err("away".into())), Err("away".into()));
        assert_eq!(ends.of("t", || Ok(vec![3])), Ok([3].into()));
    }
}
