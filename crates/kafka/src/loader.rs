//! Many records to one topic without a query behind them: what `millstream topic produce` and `datagen` need.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::link::{Header, Outgoing};
use millstream_types::partition_for_key;
use rdkafka::types::RDKafkaErrorCode as Code;

use crate::batch::TopicProducer;
use crate::client::{Producer, partition_count};
use crate::config::KafkaConfig;
use crate::deadline::Deadline;
use crate::errors::{KafkaError, from_code};
use rdkafka::producer::Producer as _;

/// Longest wait for room in the client's queue.
const ROOM_MAX: Duration = Duration::from_secs(30);
/// Longest wait for the last acknowledgements.
const FLUSH_MAX: Duration = Duration::from_secs(35);

/// A record to load.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Where to; `None`: where the key says, as in Kafka's Java clients, or the partitions in turn without one.
    pub partition: Option<i32>,
    /// Timestamp in ms since the epoch.
    pub timestamp: i64,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order.
    pub headers: &'a [Header<'a>],
}

/// Loads records into a topic, idempotently and in order. Used by one thread at a time; calls block.
#[derive(Debug)]
pub struct Loader {
    topic: TopicProducer,
    producer: Arc<Producer>,
    partitions: i32,
    /// The partition of the next record that has no key.
    turn: i32,
}

impl Loader {
    /// A loader of an existing topic. Errors: no such topic, no broker, a property is wrong.
    pub fn open(config: &KafkaConfig, topic: &str) -> Result<Loader, KafkaError> {
        let producer = Arc::new(Producer::idempotent(config)?);
        let partitions = partition_count(producer.inner().client(), topic)?;
        let topic = TopicProducer::open(&producer, topic)?;
        Ok(Loader { topic, producer, partitions, turn: 0 })
    }

    /// How many partitions the topic had when it was opened.
    pub fn partitions(&self) -> i32 {
        self.partitions
    }

    /// Hands one record over; its bytes are copied. Waits for room. Errors: it is refused, there is no such partition,
    /// or records before it were not delivered.
    pub fn send(&mut self, load: &Load<'_>) -> Result<(), KafkaError> {
        let partition = self.partition(load)?;
        let Load { timestamp, key, value, headers, .. } = *load;
        let record = Outgoing { partition, timestamp, key, value, headers };
        let deadline = Deadline::after(ROOM_MAX);
        loop {
            match self.topic.produce(&record) {
                Ok(()) => return self.delivered(),
                Err(Code::QueueFull) if !deadline.passed() => {
                    self.producer.breathe(Duration::from_millis(10));
                    self.delivered()?;
                }
                Err(code) => return Err(from_code(code, self.topic.name())),
            }
        }
    }

    /// Waits until every record is acknowledged. Errors: some are not, and why.
    pub fn flush(&self) -> Result<(), KafkaError> {
        self.producer.flush(FLUSH_MAX)
    }

    fn partition(&mut self, load: &Load<'_>) -> Result<i32, KafkaError> {
        match (load.partition, load.key) {
            (Some(partition), _) if (0..self.partitions).contains(&partition) => Ok(partition),
            (Some(partition), _) => Err(KafkaError::Invalid(format!(
                "topic \"{}\" has no partition {partition}: it has {}",
                self.topic.name(),
                self.partitions
            ))),
            (None, Some(key)) => Ok(partition_for_key(key, self.partitions)),
            (None, None) => {
                let partition = self.turn;
                self.turn = (self.turn + 1) % self.partitions;
                Ok(partition)
            }
        }
    }

    fn delivered(&self) -> Result<(), KafkaError> {
        self.producer.serve();
        match self.producer.undelivered().take() {
            None => Ok(()),
            Some((count, code)) => Err(from_code(code, &format!("{count} records were not delivered"))),
        }
    }
}
