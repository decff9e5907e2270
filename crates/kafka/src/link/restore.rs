//! Reading a changelog from its beginning, apart from the group: what a task kept comes back.

use crate::config::KafkaConfig;
use crate::errors::KafkaError;
use crate::tail::Tail;
use millstream_engine::link::{Fetched, LinkError, Output, Record};
use std::collections::BTreeMap;
use std::time::Duration;

/// The partitions that are being read.
#[derive(Debug)]
pub(super) struct Restores {
    kafka: KafkaConfig,
    /// Output topics.
    topics: Vec<String>,
    open: BTreeMap<(Output, i32), Tail>,
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
        let tail = match self.open.entry((changelog, partition)) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let topic = self.topics.get(usize::from(changelog.0));
                let topic = topic.ok_or_else(|| LinkError::Fatal(format!("no output {}", changelog.0)))?;
                place.insert(Tail::open_whole_partition(&self.kafka, topic, partition)?)
            }
        };
        let progress = tail.fetch(max, Duration::ZERO, &mut |_, records| each(records));
        let progress = progress.map_err(|e: KafkaError| LinkError::from(e))?;
        Ok(Fetched { records: progress.records, end: progress.at_end })
    }

    /// Closes a partition.
    pub(super) fn end(&mut self, changelog: Output, partition: i32) {
        self.open.remove(&(changelog, partition));
    }
}
