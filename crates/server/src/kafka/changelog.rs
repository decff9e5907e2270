//! Changelogs of tasks that other servers have.

use millstream_engine::link::Record;
use millstream_kafka::{Changelog, KafkaConfig};

use crate::copies::ChangelogReader;

/// A changelog of this cluster.
pub(crate) struct KafkaChangelog(Changelog);

impl KafkaChangelog {
    /// Opens the changelog of that name. Error: it is not there yet, or Kafka does not answer.
    pub(crate) fn open(kafka: &KafkaConfig, topic: &str) -> Result<Box<dyn ChangelogReader>, String> {
        Ok(Box::new(Self(Changelog::connect(kafka, topic).map_err(|e| e.to_string())?)))
    }
}

impl ChangelogReader for KafkaChangelog {
    fn count(&self) -> i32 {
        self.0.count()
    }

    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<usize, String> {
        self.0.fetch(partition, max, each).map_err(|e| e.to_string())
    }

    fn end(&mut self, partition: i32) {
        self.0.end(partition);
    }
}
