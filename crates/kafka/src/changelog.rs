//! Following changelogs without a group: partitions that come and go, each from its beginning and on.

use millstream_engine::link::Record;

use crate::config::KafkaConfig;
use crate::errors::KafkaError;
use crate::tail::WholePartitions;

/// A reader of committed records of some partitions of a topic.
#[derive(Debug)]
pub struct Changelog {
    partitions: WholePartitions,
    count: i32,
}

impl Changelog {
    /// Connects; reads nothing yet.
    ///
    /// # Errors
    /// The topic is missing, or no broker answers.
    pub fn connect(config: &KafkaConfig, topic: &str) -> Result<Self, KafkaError> {
        let partitions = WholePartitions::connect(config, topic)?;
        let count = partitions.count()?;
        Ok(Self { partitions, count })
    }

    /// How many partitions the topic has.
    pub fn count(&self) -> i32 {
        self.count
    }

    /// Lends up to `max` records of a partition that are here, and how many those were; the first call begins with its first
    /// record. Waits only for the answers to that one's questions.
    ///
    /// # Errors
    /// Kafka cannot be read.
    pub fn fetch(
        &mut self,
        partition: i32,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<usize, KafkaError> {
        Ok(self.partitions.fetch(partition, max, each)?.records)
    }

    /// Which offset of a partition comes next: behind the last record lent, and behind the markers of transactions where those are
    /// its end. 0 before its first fetch.
    pub fn position(&self, partition: i32) -> i64 {
        self.partitions.position(partition)
    }

    /// Reads no more of a partition; the next fetch begins anew.
    pub fn end(&mut self, partition: i32) {
        self.partitions.end(partition);
    }
}
