//! Where views find the topics of their tables, and the tables.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};
use millstream_engine::link::Record;
use millstream_kafka::{KafkaConfig, StartAt, Tail};
use millstream_plan::Source;

use super::KafkaTopics;
use crate::runner::Published;
use crate::view::{TableReader, ViewHost};

/// Opens topics, and knows where they end, the catalog and the time.
pub(crate) struct KafkaViewHost {
    kafka: KafkaConfig,
    topics: KafkaTopics,
    clock: SystemClock,
    published: Arc<Published>,
}

impl KafkaViewHost {
    /// A host over that cluster and catalog.
    pub(crate) fn new(kafka: &KafkaConfig, topics: &KafkaTopics, published: &Arc<Published>) -> Self {
        let (kafka, topics) = (kafka.clone(), topics.clone());
        Self { kafka, topics, clock: SystemClock::new(), published: Arc::clone(published) }
    }
}

impl ViewHost for KafkaViewHost {
    fn open(&self, topic: &str) -> Result<Box<dyn TableReader>, String> {
        let tail = Tail::open(&self.kafka, topic, StartAt::Earliest).map_err(|e| e.to_string())?;
        Ok(Box::new(KafkaTableReader { tail }))
    }

    fn ends(&self, topic: &str) -> Result<Vec<i64>, String> {
        self.topics.ends(topic)
    }

    fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    fn is_current(&self, source: &Arc<Source>) -> bool {
        let view = self.published.view();
        view.state.catalog.get(&source.name).is_some_and(|current| Arc::ptr_eq(current, source))
    }
}

/// All partitions of a topic, without a group.
struct KafkaTableReader {
    tail: Tail,
}

impl TableReader for KafkaTableReader {
    fn fetch(&mut self, max: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
        self.tail.fetch(max, wait, each).map(drop).map_err(|e| e.to_string())
    }

    fn positions(&self) -> Vec<i64> {
        self.tail.positions().collect()
    }
}
