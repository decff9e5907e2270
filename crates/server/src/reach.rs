//! What a server needs of Kafka before anything else, asked for until the brokers answer: one that starts before them, or while
//! they restart, waits for them. What waiting would not mend (a wrong password, somebody else's command topic) ends the start at
//! once.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_kafka::{KafkaConfig, Writer};

use crate::StartError;
use crate::kafka::{KafkaCommandStore, KafkaTopics};
use crate::names::Names;
use crate::topics::{NewTopic, TopicShape};

/// How long a server waits for Kafka, ms; 0: it asks once.
pub(crate) const WAIT: &str = "millstream.start.wait.ms";
/// Pauses between two attempts: doubled from the first to the last. An attempt takes up to 10 s itself while nobody answers.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Whom to ask.
#[derive(Clone)]
pub(crate) struct Asker {
    /// How to reach the brokers.
    pub(crate) kafka: KafkaConfig,
    /// The server's names.
    pub(crate) names: Names,
    /// Replicas of topics that are missing; `None`: the brokers' default.
    pub(crate) replicas: Option<i16>,
}

/// What a server begins with.
pub(crate) struct Reached {
    /// The connection for questions.
    pub(crate) topics: KafkaTopics,
    /// The cluster's own id.
    pub(crate) cluster_id: String,
    /// The command topic, read to its end.
    pub(crate) store: KafkaCommandStore,
    /// Where single records are written.
    pub(crate) writer: Writer,
}

impl Asker {
    /// Asks until there is an answer, `patience` at most.
    ///
    /// Errors: there was none, or one that will stay.
    pub(crate) async fn reach(self, patience: Duration) -> Result<Reached, StartError> {
        patiently(patience, Arc::new(move || self.ask())).await
    }

    /// One attempt. Blocks.
    fn ask(&self) -> Result<Reached, StartError> {
        let topics = KafkaTopics::connect(&self.kafka)?;
        let cluster_id = topics.cluster_id().map_err(StartError::Away)?;
        // First of all that could write: what turns out to be somebody else's has not been touched.
        let store = KafkaCommandStore::open(&self.kafka, &topics, &self.names, self.replicas)?;
        let shape = TopicShape { partitions: 1, replicas: self.replicas };
        let config = vec![("cleanup.policy".to_owned(), "delete".to_owned())];
        let ledger = NewTopic { name: self.names.ledger_topic(), shape, config };
        if topics.ensure(&ledger)? {
            tracing::info!(topic = ledger.name, "error ledger created");
        }
        let writer = Writer::open(&self.kafka)?;
        Ok(Reached { topics, cluster_id, store, writer })
    }
}

/// Asks again after longer and longer pauses as long as nobody answers. Dropped, it asks no more.
async fn patiently<T: Send + 'static>(
    patience: Duration,
    ask: Arc<dyn Fn() -> Result<T, StartError> + Send + Sync>,
) -> Result<T, StartError> {
    let (clock, mut pause) = (SystemClock::new(), PAUSE_MIN);
    loop {
        let asking = Arc::clone(&ask);
        let asked = tokio::task::spawn_blocking(move || asking()).await;
        let cause = match asked.map_err(|e| StartError::Config(format!("start-up has failed: {e}")))? {
            Err(StartError::Away(cause)) => cause,
            done => return done,
        };
        let left = patience.saturating_sub(clock.monotonic());
        if left.is_zero() {
            let waited = patience.as_secs();
            let hint = format!("{cause}\nhint: it was waited for {waited} s; {WAIT} says how long");
            return Err(StartError::Kafka(if patience.is_zero() { cause } else { hint }));
        }
        let cause = cause.lines().next().unwrap_or_default();
        tracing::warn!(cause, left_s = left.as_secs(), "Kafka does not answer yet: the server waits for it");
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    type Ask = Arc<dyn Fn() -> Result<usize, StartError> + Send + Sync>;

    /// Answers like this as many times, then with how often it was asked.
    fn answering(times: usize, error: fn() -> StartError) -> (Arc<AtomicUsize>, Ask) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let ask = move || match counter.fetch_add(1, Ordering::Relaxed) + 1 {
            count if count > times => Ok(count),
            _ => Err(error()),
        };
        (asked, Arc::new(ask))
    }

    fn away() -> StartError {
        StartError::Away("nobody\nhint: start it".into())
    }

    #[tokio::test]
    async fn brokers_that_come_later_are_waited_for() {
        let (_, ask) = answering(2, away);
        assert_eq!(patiently(Duration::from_secs(60), ask).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_stays_as_it_is_is_not_waited_for() {
        let (asked, ask) = answering(9, || StartError::Kafka("wrong password".into()));
        let refused = patiently(Duration::from_secs(60), ask).await.unwrap_err();
        assert_eq!((refused.to_string().as_str(), asked.load(Ordering::Relaxed)), ("kafka: wrong password", 1));
    }

    #[tokio::test]
    async fn patience_ends() {
        let (asked, ask) = answering(usize::MAX, away);
        let refused = patiently(Duration::from_millis(400), ask).await.unwrap_err();
        assert!(
            matches!(&refused, StartError::Kafka(why) if why.contains(WAIT) && why.starts_with("nobody")),
            "{refused}"
        );
        assert!(asked.load(Ordering::Relaxed) > 1);
        let (asked, ask) = answering(usize::MAX, away);
        let refused = patiently(Duration::ZERO, ask).await.unwrap_err();
        assert_eq!(refused.to_string(), "kafka: nobody\nhint: start it");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
