//! Partitions that come and go, each read from an offset on and then followed: what several queries read together.

use super::{PARTITIONS, Part, Tail};
use crate::ahead::Ahead;
use crate::batch::PartitionQueue;
use crate::client::partition_count;
use crate::config::KafkaConfig;
use crate::errors::{KafkaError, from_rdkafka};
use crate::offsets::list;
use millstream_engine::link::{LinkError, Record, Waker};
use millstream_engine::sharing::{Found, TopicReader};
use rdkafka::consumer::Consumer;
use rdkafka::topic_partition_list::Offset;
use std::sync::Arc;
use std::time::Duration;

/// The engine's [`TopicReader`] over librdkafka.
#[derive(Debug)]
pub struct SharedTopic {
    tail: Tail,
}

impl SharedTopic {
    /// Connects; reads nothing yet. Errors: the topic is missing, or no broker answers.
    pub fn connect(config: &KafkaConfig, topic: &str) -> Result<SharedTopic, KafkaError> {
        // How many partitions come to this process is not known; a consumer is not told later how much it may hold.
        let ahead = Ahead::new();
        let tail = Tail::connect(topic, config.reader(ahead.limits(PARTITIONS)), ahead)?;
        // Warms the client's own metadata: the first fetch would wait half a second for it.
        partition_count(tail.consumer.client(), topic)?;
        Ok(SharedTopic { tail })
    }

    fn start(&mut self, partition: i32, from: i64) -> Result<(), KafkaError> {
        let Tail { topic, parts, wake, consumer, .. } = &mut self.tail;
        let queue = PartitionQueue::open(consumer, topic, partition, wake)?;
        let added = list([(topic.as_str(), partition, Offset::Offset(from))])?;
        consumer.incremental_assign(&added).map_err(|e| from_rdkafka(&e, topic))?;
        parts.push(Part { partition, queue, next: from, behind_record: false, end: i64::MAX });
        Ok(())
    }
}

impl TopicReader for SharedTopic {
    fn begin(&mut self, partition: i32, from: i64) -> Result<(), LinkError> {
        Ok(self.start(partition, from)?)
    }

    fn end(&mut self, partition: i32) {
        let Tail { topic, parts, consumer, .. } = &mut self.tail;
        parts.retain(|part| part.partition != partition);
        if let Ok(gone) = list([(topic.as_str(), partition, Offset::Invalid)])
            && let Err(error) = consumer.incremental_unassign(&gone)
        {
            tracing::debug!(%error, topic, partition, "end of a shared partition");
        }
    }

    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<Found, LinkError> {
        self.tail.serve()?;
        let Tail { parts, scratch, .. } = &mut self.tail;
        let Some(part) = parts.iter_mut().find(|part| part.partition == partition) else { return Ok(Found::default()) };
        let taken = part.take(max, scratch, each);
        if let Some(code) = taken.error.filter(|_| taken.records == 0) {
            self.tail.judge(code)?;
        }
        self.tail.look_after(taken.records);
        Ok(Found { records: taken.records, end: taken.end })
    }

    fn wait(&mut self, limit: Duration) {
        self.tail.wake.wait(limit);
    }

    fn waker(&self) -> Waker {
        let wake = Arc::clone(&self.tail.wake);
        Arc::new(move || wake.wake())
    }
}
