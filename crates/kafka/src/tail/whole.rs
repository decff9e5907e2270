//! Partitions that come and go, each read from its beginning: how a changelog is restored. All of them share one client, since
//! connecting takes longer than reading a small one.

use super::{Part, Tail, TailProgress};
use crate::ahead::Ahead;
use crate::batch::PartitionQueue;
use crate::client::{Quiet, create_inquirer, expected_count, partition_count};
use crate::config::KafkaConfig;
use crate::errors::{KafkaError, from_rdkafka};
use crate::offsets::{Named, earliest, latest, list};
use millstream_engine::link::Record;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::Offset;

/// A reader of those partitions of a topic that it is asked for.
#[derive(Debug)]
pub(crate) struct WholePartitions {
    tail: Tail,
    /// Says how far everything is written, that of open transactions included.
    inquirer: Inquirer,
}

struct Inquirer(BaseConsumer<Quiet>);

impl std::fmt::Debug for Inquirer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BaseConsumer")
    }
}

impl WholePartitions {
    /// Connects; reads nothing yet. Errors: the topic is missing, or no broker answers.
    pub(crate) fn connect(config: &KafkaConfig, topic: &str) -> Result<WholePartitions, KafkaError> {
        let mut everything = config.inquirer();
        everything.set("isolation.level", "read_uncommitted");
        let inquirer = create_inquirer(&everything, "client")?;
        let count = expected_count(inquirer.client(), topic)?;
        let ahead = Ahead::new();
        let limits = ahead.limits(count.unsigned_abs() as usize);
        let tail = Tail::connect(topic, config.restorer(limits), ahead)?;
        expected_count(tail.consumer.client(), topic)?;
        Ok(WholePartitions { tail, inquirer: Inquirer(inquirer) })
    }

    /// How many partitions the topic has.
    pub(crate) fn count(&self) -> Result<i32, KafkaError> {
        partition_count(self.inquirer.0.client(), &self.tail.topic)
    }

    /// Lends up to `max` records of a partition that are here; the first call begins with its first record. It is at its end
    /// when everything is read that had been written when it was begun, that of transactions which were open then included:
    /// committed records are lent once those have ended. Never waits but for the answers of the first call.
    pub(crate) fn fetch(
        &mut self,
        partition: i32,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<TailProgress, KafkaError> {
        self.tail.serve()?;
        if self.tail.parts.iter().all(|part| part.partition != partition) {
            self.begin(partition, None)?;
        }
        let Tail { parts, scratch, .. } = &mut self.tail;
        let Some(part) = parts.iter_mut().find(|part| part.partition == partition) else {
            return Ok(TailProgress::default());
        };
        let taken = part.take(max, scratch, each);
        let at_end = part.next >= part.end;
        match taken.error {
            Some(code) if taken.records == 0 => self.tail.judge(code)?,
            _ => {}
        }
        self.tail.look_after(taken.records);
        Ok(TailProgress { records: taken.records, at_end })
    }

    /// Which offset of a partition comes next; 0: it is not read.
    pub(crate) fn position(&self, partition: i32) -> i64 {
        self.tail.parts.iter().find(|part| part.partition == partition).map_or(0, |part| part.next)
    }

    /// Begins with an offset, or with the first record; `false`: the partition has no such place, and nothing was begun.
    pub(crate) fn begin(&mut self, partition: i32, from: Option<i64>) -> Result<bool, KafkaError> {
        let Tail { topic, parts, wake, consumer, .. } = &mut self.tail;
        let named: [Named; 1] = [(topic.clone(), partition)];
        let ends = latest(&self.inquirer.0, &named)?;
        let starts = earliest(consumer, &named)?;
        for (end, start) in ends.into_iter().zip(starts) {
            let next = from.unwrap_or(start);
            if !(start..=end).contains(&next) {
                return Ok(false);
            }
            let queue = PartitionQueue::open(consumer, topic, partition, wake)?;
            let added = list([(topic.as_str(), partition, Offset::Offset(next))])?;
            consumer.incremental_assign(&added).map_err(|e| from_rdkafka(&e, topic))?;
            parts.push(Part { partition, queue, next, behind_record: false, end });
        }
        Ok(true)
    }

    /// Reads no more of a partition; whether there is none left.
    pub(crate) fn end(&mut self, partition: i32) -> bool {
        let Tail { topic, parts, consumer, .. } = &mut self.tail;
        let before = parts.len();
        parts.retain(|part| part.partition != partition);
        if parts.len() < before
            && let Ok(gone) = list([(topic.as_str(), partition, Offset::Invalid)])
            && let Err(error) = consumer.incremental_unassign(&gone)
        {
            tracing::debug!(%error, topic, partition, "end of a restore");
        }
        parts.is_empty()
    }
}
