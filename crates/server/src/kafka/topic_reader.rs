//! Reading a topic for one client.

use std::time::Duration;

use millstream_engine::link::Record;
use millstream_kafka::{KafkaConfig, StartAt, Tail};

use super::KafkaTopics;
use crate::push::{Opener, TopicReader};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadFrom {
    /// What is there from that place on, and what comes.
    From(StartAt),
    /// Everything there is now.
    StartToEnd,
}

/// All partitions of a topic, without a group.
pub(crate) struct KafkaTopicReader {
    tail: Tail,
    /// For each partition the first offset that is not wanted any more.
    ends: Option<Vec<i64>>,
}

impl KafkaTopicReader {
    /// Fixes where reading starts, and where the topic ends now. Errors: there is no such topic, or Kafka failed.
    pub(crate) fn open(kafka: &KafkaConfig, topics: &KafkaTopics, topic: &str, from: ReadFrom) -> Result<Self, String> {
        let ends = if from == ReadFrom::StartToEnd { Some(topics.ends(topic)?) } else { None };
        let start = match from {
            ReadFrom::From(start) => start,
            ReadFrom::StartToEnd => StartAt::Earliest,
        };
        // Opened after the ends were asked for: the tail's own end is not before them.
        Ok(Self { tail: Tail::open(kafka, topic, start).map_err(|e| e.to_string())?, ends })
    }
}

impl KafkaTopicReader {
    /// Everything before these offsets, one a partition: what somebody has seen as the topic's end. Errors: as [`Self::open`]'s.
    pub(crate) fn up_to(kafka: &KafkaConfig, topic: &str, ends: Vec<i64>) -> Result<Self, String> {
        let tail = Tail::open(kafka, topic, StartAt::Earliest).map_err(|e| e.to_string())?;
        Ok(Self { tail, ends: Some(ends) })
    }

    /// The last records of each partition, up to its end now: as many offsets back. Errors: there is no such topic, or Kafka
    /// failed.
    pub(crate) fn last(kafka: &KafkaConfig, topics: &KafkaTopics, topic: &str, count: i64) -> Result<Self, String> {
        let ends = topics.ends(topic)?;
        let starts: Vec<i64> = ends.iter().map(|end| end.saturating_sub(count).max(0)).collect();
        Ok(Self { tail: Tail::open_from(kafka, topic, &starts).map_err(|e| e.to_string())?, ends: Some(ends) })
    }
}

/// Opens topics for what is shared among queries.
pub(crate) struct KafkaOpener {
    /// How to reach Kafka.
    pub(crate) kafka: KafkaConfig,
    /// Its topics.
    pub(crate) topics: KafkaTopics,
}

impl Opener for KafkaOpener {
    fn latest(&self, topic: &str) -> Result<Box<dyn TopicReader>, String> {
        let from = ReadFrom::From(StartAt::Latest);
        Ok(Box::new(KafkaTopicReader::open(&self.kafka, &self.topics, topic, from)?))
    }

    fn from(&self, topic: &str, offsets: &[i64]) -> Result<Box<dyn TopicReader>, String> {
        let tail = Tail::open_from(&self.kafka, topic, offsets).map_err(|e| e.to_string())?;
        Ok(Box::new(KafkaTopicReader { tail, ends: None }))
    }

    fn ends(&self, topic: &str) -> Result<Vec<i64>, String> {
        self.topics.ends(topic)
    }
}

impl TopicReader for KafkaTopicReader {
    fn fetch(&mut self, max: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String> {
        let Self { tail, ends } = self;
        let mut wanted = |partition: i32, records: &[Record<'_>]| {
            let end = match ends {
                Some(ends) => usize::try_from(partition).ok().and_then(|p| ends.get(p)).copied().unwrap_or(0),
                None => i64::MAX,
            };
            let records = records.get(..records.partition_point(|r| r.offset < end)).unwrap_or_default();
            if !records.is_empty() {
                each(partition, records);
            }
        };
        tail.fetch(max, wait, &mut wanted).map(drop).map_err(|e| e.to_string())
    }

    fn finished(&self) -> bool {
        self.tail.at_end()
    }

    fn is_behind(&self) -> bool {
        !self.tail.at_end()
    }
}
