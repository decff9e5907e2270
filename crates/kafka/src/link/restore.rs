//! Reading a changelog from its beginning, apart from the group: what tasks kept comes back.

use crate::client::close_later;
use crate::config::KafkaConfig;
use crate::errors::KafkaError;
use crate::tail::WholePartitions;
use millstream_engine::link::{Fetched, LinkError, Output, Record};
use std::collections::BTreeMap;

/// The changelogs that are being read.
#[derive(Debug)]
pub(super) struct Restores {
    kafka: KafkaConfig,
    /// Output topics.
    topics: Vec<String>,
    open: BTreeMap<Output, WholePartitions>,
}

impl Restores {
    pub(super) fn new(kafka: &KafkaConfig, outputs: &[String]) -> Self {
        Self { kafka: kafka.clone(), topics: outputs.to_vec(), open: BTreeMap::new() }
    }

    /// Lends more records; the first call for a partition opens it.
    pub(super) fn read(
        &mut self,
        changelog: Output,
        partition: i32,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        let progress =
            self.opened(changelog)?.fetch(partition, max, each).map_err(|e: KafkaError| LinkError::from(e))?;
        Ok(Fetched { records: progress.records, end: progress.at_end })
    }

    /// Opens a partition so that it is read from that offset on; `false`: it has no such place.
    pub(super) fn begin(&mut self, changelog: Output, partition: i32, from: i64) -> Result<bool, LinkError> {
        self.opened(changelog)?.begin(partition, Some(from)).map_err(|e: KafkaError| LinkError::from(e))
    }

    fn opened(&mut self, changelog: Output) -> Result<&mut WholePartitions, LinkError> {
        Ok(match self.open.entry(changelog) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let topic = self.topics.get(usize::from(changelog.0));
                let topic = topic.ok_or_else(|| LinkError::Fatal(format!("no output {}", changelog.0)))?;
                place.insert(WholePartitions::connect(&self.kafka, topic)?)
            }
        })
    }

    /// Closes a partition, and with the last one the client.
    pub(super) fn end(&mut self, changelog: Output, partition: i32) {
        let over = self.open.get_mut(&changelog).is_some_and(|open| open.end(partition));
        if over {
            close_later(self.open.remove(&changelog));
        }
    }
}
