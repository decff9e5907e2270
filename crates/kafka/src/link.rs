//! A worker's connection: its membership in a consumer group and its producer, as the engine's [`Link`].
//!
//! The parts are `consumer` (group, private queues, positions), `producer` (records, delivery), `commit` (how an epoch ends),
//! `pushing` (when records leave), `restore` (changelogs) and `peers` (what dead workers left open). A link is made by one thread, may move to another, and is then used by that one only.

mod absence;
mod commit;
mod consumer;
mod peers;
mod producer;
mod pushing;
mod restore;

use crate::batch::topic_config;
use crate::client::{Quiet, close_within, create_inquirer, expected_count};
use crate::config::{KafkaConfig, REQUEST};
use crate::errors::KafkaError;
use crate::java::Kind;
use consumer::GroupConsumer;
use millstream_engine::link::{Event, Fetched, InputPartition, Link, LinkError, Outgoing, Output, Record, Waker};
use millstream_types::StartAt;
use peers::Peers;
pub(crate) use peers::instance_of;
use producer::EpochProducer;
use rdkafka::consumer::{BaseConsumer, Consumer};
use restore::Restores;
use std::time::Duration;

/// `transaction.timeout.ms` when nobody sets it, and between which it is: brokers allow a quarter of an hour.
const TRANSACTION_MS: u32 = 10_000;
const TRANSACTION_MS_MIN: u32 = 1_000;
const TRANSACTION_MS_MAX: u32 = 900_000;
/// How long dropping a link waits for its consumer to close; with a broker at hand it takes some 100 ms at most.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// What librdkafka is told of where a group starts. Offsets are always asked for and assigned, so that it only matters
/// when one of them is gone in between.
fn reset_property(start: StartAt) -> &'static str {
    if start == StartAt::Latest { "latest" } else { "earliest" }
}

/// What a link is made of.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// The cluster.
    pub kafka: KafkaConfig,
    /// The consumer group, `group.id`.
    pub group: String,
    /// `group.instance.id`: the same over restarts of one worker, different for each worker. With it a restarted worker
    /// gets its partitions back at once instead of after the session timeout. Empty: a new identity at every start.
    pub instance: String,
    /// What the member's `client.id` ends with, behind whatever it is: others of the group can ask for it.
    pub client_suffix: Option<String>,
    /// `transactional.id`: exactly once. Without it records are idempotent and offsets are committed by themselves.
    pub transactional_id: Option<String>,
    /// Topics to read, each once; [`InputPartition::input`] is the index here.
    pub inputs: Vec<String>,
    /// Topics to write; [`Output`] is the index here.
    pub outputs: Vec<String>,
    /// Where partitions without a committed offset start.
    pub reset: StartAt,
    /// Instead of that, for these topics: an offset for each partition, which was the topic's end at a moment that counts.
    /// Whatever came since then is read, however long joining the group takes.
    pub starts: Vec<(String, Vec<i64>)>,
    /// How long a transaction may stay open, in ms. Readers of committed records wait that long when a worker dies for
    /// good. Every wait for delivery is within it.
    pub transaction_timeout_ms: u32,
}

impl LinkConfig {
    /// A configuration without topics, at least once, from the end, with `transaction.timeout.ms` (10 s) for a transaction.
    pub fn new(kafka: KafkaConfig, group: impl Into<String>, instance: impl Into<String>) -> LinkConfig {
        let timeout = kafka.number(Kind::Producer, "transaction.timeout.ms").unwrap_or(TRANSACTION_MS);
        let timeout = timeout.clamp(TRANSACTION_MS_MIN, TRANSACTION_MS_MAX);
        LinkConfig {
            kafka,
            group: group.into(),
            instance: instance.into(),
            client_suffix: None,
            transactional_id: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            reset: StartAt::default(),
            starts: Vec::new(),
            transaction_timeout_ms: timeout,
        }
    }
}

/// The engine's [`Link`] over librdkafka.
///
/// Dropping it is quick and leaves the group as a crash would: a static member's partitions stay reserved for its return
/// until the session times out. [`Link::leave`] first gives them to the others at once.
#[derive(Debug)]
pub struct KafkaLink {
    /// `None` only while it is dropped.
    consumer: Option<GroupConsumer>,
    producer: EpochProducer,
    restores: Restores,
    peers: Option<Peers>,
}

impl KafkaLink {
    /// Connects: looks the topics up, makes the producer and ends what a dead one of the same identity left open, then
    /// joins the group. Errors: a topic is missing, a property is wrong, we are not allowed to, or no broker answers.
    pub fn open(config: LinkConfig) -> Result<KafkaLink, KafkaError> {
        check(&config)?;
        let inquirer = create_inquirer(&config.kafka.inquirer(), "client")?;
        let mut read = 0;
        for topic in &config.inputs {
            read += expected_count(inquirer.client(), topic)?;
        }
        let mut limits = Vec::with_capacity(config.outputs.len());
        for topic in &config.outputs {
            expected_count(inquirer.client(), topic)?;
            limits.push(message_limit(&inquirer, topic)?);
        }
        drop(inquirer);
        let producer = EpochProducer::open(&config, limits)?;
        let consumer = GroupConsumer::open(&config, usize::try_from(read).unwrap_or(1))?;
        let restores = Restores::new(&config.kafka, &config.outputs);
        Ok(KafkaLink { consumer: Some(consumer), producer, restores, peers: Peers::of(&config) })
    }

    fn next_event(&mut self, wait: Duration) -> Result<Option<Event>, LinkError> {
        self.producer.serve();
        let consumer = self.consumer()?;
        let event = consumer.event()?;
        if event.is_some() || wait.is_zero() || consumer.has_something() {
            return Ok(event);
        }
        let wait = self.producer.rest(wait);
        self.consumer()?.sleep(wait);
        self.producer.serve();
        self.consumer()?.event()
    }

    fn consumer(&mut self) -> Result<&mut GroupConsumer, LinkError> {
        self.consumer.as_mut().ok_or_else(|| LinkError::Fatal("the link is closed".to_owned()))
    }
}

impl Drop for KafkaLink {
    fn drop(&mut self) {
        // A client that waits for a broker's answer does not close before it has come, whenever that is.
        close_within(CLOSE_MAX, self.consumer.take());
    }
}

/// `max.message.bytes` of a topic; Kafka's default where we are not told.
fn message_limit(inquirer: &BaseConsumer<Quiet>, topic: &str) -> Result<usize, KafkaError> {
    let found = match topic_config(inquirer.client(), topic, "max.message.bytes", REQUEST) {
        Err(KafkaError::Retry(text)) => return Err(KafkaError::Retry(text)),
        Err(error) => {
            tracing::warn!(%error, topic, "how large its records may be is not known");
            None
        }
        Ok(value) => value.and_then(|v| v.parse().ok()),
    };
    Ok(found.unwrap_or(producer::MESSAGE_BYTES_DEFAULT))
}

fn check(config: &LinkConfig) -> Result<(), KafkaError> {
    if config.inputs.is_empty() {
        return Err(KafkaError::Invalid("a link needs a topic to read".to_owned()));
    }
    for (i, topic) in config.inputs.iter().enumerate() {
        if config.inputs.iter().take(i).any(|t| t == topic) {
            return Err(KafkaError::Invalid(format!("topic \"{topic}\" is an input twice")));
        }
    }
    Ok(())
}

impl Link for KafkaLink {
    fn poll(&mut self, wait: Duration) -> Result<Option<Event>, LinkError> {
        let event = self.next_event(wait)?;
        // Before the offsets are asked for: those of a transaction that a dead worker left open would not be told.
        if let (Some(Event::Assigned(_)), Some(peers)) = (&event, &self.peers) {
            peers.look();
        }
        Ok(event)
    }

    fn set_behind(&mut self, behind: bool) {
        self.producer.set_behind(behind);
    }

    fn assign(&mut self, partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        self.consumer()?.assign(partitions)
    }

    fn unassign(&mut self, _: &[InputPartition]) -> Result<(), LinkError> {
        self.consumer()?.unassign()
    }

    fn fetch(
        &mut self,
        from: InputPartition,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        self.consumer()?.fetch(from, max, each)
    }

    fn committed(&mut self, partitions: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        self.consumer()?.committed(partitions)
    }

    fn seek(&mut self, to: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        self.consumer()?.seek(to)
    }

    fn hold(&mut self, from: InputPartition) -> Result<bool, LinkError> {
        self.consumer()?.hold(from)?;
        Ok(true)
    }

    fn waker(&self) -> Option<Waker> {
        self.consumer.as_ref().map(GroupConsumer::waker)
    }

    fn restore(
        &mut self,
        changelog: Output,
        partition: i32,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        self.restores.read(changelog, partition, max, each)
    }

    fn begin_restore(&mut self, changelog: Output, partition: i32, from: i64) -> Result<bool, LinkError> {
        self.restores.begin(changelog, partition, from)
    }

    fn end_restore(&mut self, changelog: Output, partition: i32) {
        self.restores.end(changelog, partition);
    }

    fn partitions(&self, output: Output) -> i32 {
        self.producer.partitions(output)
    }

    fn max_record_bytes(&self, output: Output) -> usize {
        self.producer.max_record_bytes(output)
    }

    fn begin(&mut self) -> Result<(), LinkError> {
        self.producer.begin()
    }

    fn produce(&mut self, output: Output, records: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError> {
        self.producer.produce(output, records)
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.producer.flush()
    }

    fn commit(&mut self, offsets: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        if self.producer.is_transactional() {
            let Some(consumer) = &self.consumer else { return Err(LinkError::Fatal("the link is closed".to_owned())) };
            self.producer.commit(consumer, offsets)
        } else {
            self.consumer()?.commit(offsets)
        }
    }

    fn abort(&mut self) -> Result<(), LinkError> {
        self.producer.abort()
    }

    fn recover(&mut self) -> Result<(), LinkError> {
        self.producer.recover()
    }

    fn leave(&mut self) -> Result<(), LinkError> {
        self.consumer()?.leave();
        Ok(())
    }
}
