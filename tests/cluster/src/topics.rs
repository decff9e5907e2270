//! Topics: creating them, and how far they are written.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::error::{Doing, Result};

/// How long an answer of the broker may take.
const ANSWER: Duration = Duration::from_secs(20);

/// How long a broker may take to hear of a topic.
const KNOWN: Duration = Duration::from_secs(10);

/// Creates topics with the broker's default replication.
pub(crate) fn create(bootstrap: &str, names: &[&str], partitions: i32, settings: &[(&str, &str)]) -> Result<()> {
    let (admin, runtime, options) = changes(bootstrap)?;
    let topics: Vec<NewTopic<'_>> = names
        .iter()
        .map(|name| {
            let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(-1));
            settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    for result in runtime.block_on(admin.create_topics(&topics, &options)).doing("creating topics")? {
        result.map_err(|(name, code)| format!("{name}: {code}")).doing("creating topics")?;
    }
    // Brokers hear of it a little later than the controller.
    for broker in bootstrap.split(',') {
        for name in names {
            let known = || self::partitions(broker, name).is_ok_and(|count| count == partitions);
            // A broker that is away knows nothing.
            crate::clock::wait_until(KNOWN, known);
        }
    }
    Ok(())
}

/// Deletes a topic.
pub(crate) fn delete(bootstrap: &str, name: &str) -> Result<()> {
    let (admin, runtime, options) = changes(bootstrap)?;
    for result in runtime.block_on(admin.delete_topics(&[name], &options)).doing("deleting a topic")? {
        result.map_err(|(name, code)| format!("{name}: {code}")).doing("deleting a topic")?;
    }
    Ok(())
}

/// Gives a topic more partitions: so many all told.
pub(crate) fn widen(bootstrap: &str, name: &str, partitions: i32) -> Result<()> {
    let (admin, runtime, options) = changes(bootstrap)?;
    let wider = NewPartitions::new(name, usize::try_from(partitions).unwrap_or(1));
    for result in runtime.block_on(admin.create_partitions(&[wider], &options)).doing("adding partitions")? {
        result.map_err(|(name, code)| format!("{name}: {code}")).doing("adding partitions")?;
    }
    Ok(())
}

fn changes(bootstrap: &str) -> Result<(AdminClient<DefaultClientContext>, tokio::runtime::Runtime, AdminOptions)> {
    let admin = ClientConfig::new().set("bootstrap.servers", bootstrap).create().doing("connecting")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting a runtime")?;
    Ok((admin, runtime, AdminOptions::new().operation_timeout(Some(ANSWER))))
}

/// How many partitions a topic has.
pub(crate) fn partitions(bootstrap: &str, topic: &str) -> Result<i32> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", bootstrap).create().doing("connecting")?;
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER).doing("reading metadata")?;
    let count = metadata.topics().first().map_or(0, |t| t.partitions().len());
    i32::try_from(count).doing("counting partitions")
}

/// The names of all topics.
pub(crate) fn names(bootstrap: &str) -> Result<Vec<String>> {
    let metadata = consumer(bootstrap)?.fetch_metadata(None, ANSWER).doing("reading metadata")?;
    Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect())
}

/// The names of all consumer groups.
pub(crate) fn groups(bootstrap: &str) -> Result<Vec<String>> {
    let list = consumer(bootstrap)?.fetch_group_list(None, ANSWER).doing("listing groups")?;
    Ok(list.groups().iter().map(|group| group.name().to_owned()).collect())
}

/// The broker that coordinates a group: the leader of its partition of the offsets' topic, as Kafka finds it.
pub(crate) fn coordinator(bootstrap: &str, group: &str) -> Result<i32> {
    let metadata = consumer(bootstrap)?.fetch_metadata(Some("__consumer_offsets"), ANSWER).doing("reading metadata")?;
    let partitions = metadata.topics().first().map(rdkafka::metadata::MetadataTopic::partitions).unwrap_or_default();
    // Java's hash of a string, and its `Utils.abs`.
    let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let count = i32::try_from(partitions.len()).unwrap_or(0).max(1);
    let number = (hash & i32::MAX) % count;
    let found = partitions.iter().find(|partition| partition.id() == number);
    found
        .map(rdkafka::metadata::MetadataPartition::leader)
        .ok_or("no such partition")
        .doing("looking for a coordinator")
}

/// The offset that a partition's next record gets.
pub(crate) fn end(bootstrap: &str, topic: &str, partition: i32) -> Result<i64> {
    let (_, end) = consumer(bootstrap)?.fetch_watermarks(topic, partition, ANSWER).doing("asking for ends")?;
    Ok(end)
}

/// Deletes the records of a partition before an offset.
pub(crate) fn delete_before(bootstrap: &str, topic: &str, partition: i32, offset: i64) -> Result<()> {
    let (admin, runtime, options) = changes(bootstrap)?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset)).doing("deleting records")?;
    let done = runtime.block_on(admin.delete_records(&list, &options)).doing("deleting records")?;
    done.elements().iter().try_for_each(|element| element.error()).doing("deleting records")
}

/// How many records have been written to a topic, those that are gone and marks of transactions included.
pub(crate) fn written(bootstrap: &str, topic: &str) -> Result<u64> {
    let consumer = consumer(bootstrap)?;
    let ends = (0..partitions(bootstrap, topic)?).map(|partition| {
        let (_, end) = consumer.fetch_watermarks(topic, partition, ANSWER).doing("asking for ends")?;
        Ok(u64::try_from(end).unwrap_or(0))
    });
    ends.sum()
}

fn consumer(bootstrap: &str) -> Result<BaseConsumer> {
    ClientConfig::new().set("bootstrap.servers", bootstrap).create().doing("connecting")
}

/// A group's committed offsets of all partitions of some topics, -1 where there is none.
pub(crate) fn committed(bootstrap: &str, group: &str, topics: &[String], partitions: i32) -> Result<Vec<i64>> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", bootstrap).set("group.id", group).create().doing("connecting")?;
    let mut ask = TopicPartitionList::new();
    for topic in topics {
        for partition in 0..partitions {
            ask.add_partition(topic, partition);
        }
    }
    let answer = consumer.committed_offsets(ask, ANSWER).doing("asking for committed offsets")?;
    Ok(answer.elements().iter().map(|e| if let Offset::Offset(offset) = e.offset() { offset } else { -1 }).collect())
}

/// Watches whether transactions are open on a topic.
pub(crate) struct Openness {
    uncommitted: BaseConsumer,
    committed: BaseConsumer,
    partitions: Vec<(String, i32)>,
}

impl std::fmt::Debug for Openness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Openness").field("partitions", &self.partitions).finish_non_exhaustive()
    }
}

impl Openness {
    /// Watches all partitions of `topic`.
    pub(crate) fn of(bootstrap: &str, topic: &str, partitions: i32) -> Result<Self> {
        let consumer = |isolation: &str| -> Result<BaseConsumer> {
            let mut config = ClientConfig::new();
            config.set("bootstrap.servers", bootstrap).set("isolation.level", isolation);
            config.create().doing("connecting")
        };
        Ok(Self {
            uncommitted: consumer("read_uncommitted")?,
            committed: consumer("read_committed")?,
            partitions: (0..partitions).map(|p| (topic.to_owned(), p)).collect(),
        })
    }

    /// Whether some partition's last stable offset is behind its high watermark: a transaction is open there. The stable
    /// offset is asked for after the watermark, so a transaction that commits in between counts as closed.
    pub(crate) fn now(&self) -> Result<bool> {
        let (written, stable) = (self.ends(&self.uncommitted)?, self.ends(&self.committed)?);
        Ok(written.iter().zip(&stable).any(|(written, stable)| stable < written))
    }

    fn ends(&self, consumer: &BaseConsumer) -> Result<Vec<i64>> {
        let mut ask = TopicPartitionList::new();
        for (topic, partition) in &self.partitions {
            ask.add_partition_offset(topic, *partition, Offset::End).doing("asking for ends")?;
        }
        let answer = consumer.offsets_for_times(ask, ANSWER).doing("asking for ends")?;
        Ok(answer.elements().iter().map(|e| e.offset().to_raw().unwrap_or(-1)).collect())
    }
}
