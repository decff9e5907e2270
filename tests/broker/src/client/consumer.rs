//! Consumers: reading topics to their end, and members of groups.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::client::{CALL, configured};
use crate::clock::Stopwatch;
use crate::outcome::{Failure, Result, first};
use crate::target::{PATIENCE, Target};

/// A record as a consumer got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Row {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message
            .headers()
            .map(|headers| headers.iter().map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect::<Vec<_>>());
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            timestamp: message.timestamp().to_millis(),
            headers: headers.unwrap_or_default(),
        }
    }

    /// The value as text, "null" for none.
    pub(crate) fn text(&self) -> String {
        self.value.as_deref().map_or("null".to_owned(), |v| String::from_utf8_lossy(v).into_owned())
    }
}

/// Which records a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    Committed,
    Uncommitted,
}

impl Isolation {
    fn setting(self) -> &'static str {
        match self {
            Self::Committed => "read_committed",
            Self::Uncommitted => "read_uncommitted",
        }
    }
}

/// A consumer without a group's partitions, from the first record of each partition.
pub(crate) fn reader(target: &Target, topic: &str, partitions: i32, isolation: Isolation) -> Result<BaseConsumer> {
    let settings = [
        ("group.id", "check-readers"),
        ("enable.auto.commit", "false"),
        ("enable.partition.eof", "true"),
        ("auto.offset.reset", "earliest"),
        ("isolation.level", isolation.setting()),
        ("fetch.wait.max.ms", "50"),
    ];
    let consumer: BaseConsumer = configured(target, &settings).create()?;
    let mut from = TopicPartitionList::new();
    for partition in 0..partitions {
        from.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&from)?;
    Ok(consumer)
}

/// All records that a reader sees up to the end of each partition, by partition and offset.
pub(crate) fn contents(target: &Target, topic: &str, partitions: i32, isolation: Isolation) -> Result<Vec<Row>> {
    let consumer = reader(target, topic, partitions, isolation)?;
    let mut open = (0..partitions).collect::<BTreeSet<_>>();
    let mut rows = Vec::new();
    let watch = Stopwatch::start();
    while !open.is_empty() {
        if !watch.within(PATIENCE) {
            let seen = rows.len();
            return Err(Failure::new(format!("reading {topic}: {seen} records, no end of partitions {open:?}")));
        }
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => rows.push(Row::of(&message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(open.remove(&partition)),
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
    }
    rows.sort_by_key(|r| (r.partition, r.offset));
    Ok(rows)
}

/// The values of [`contents`] as text.
pub(crate) fn texts(target: &Target, topic: &str, partitions: i32, isolation: Isolation) -> Result<Vec<String>> {
    Ok(contents(target, topic, partitions, isolation)?.iter().map(Row::text).collect())
}

/// A member of a group, with further settings.
pub(crate) fn member(target: &Target, group: &str, topic: &str, settings: &[(&str, &str)]) -> Result<BaseConsumer> {
    let mut config = configured(
        target,
        &[
            ("group.id", group),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "earliest"),
            ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "500"),
            ("topic.metadata.refresh.interval.ms", "1000"),
        ],
    );
    for (key, value) in settings {
        config.set(*key, *value);
    }
    let consumer: BaseConsumer = config.create()?;
    consumer.subscribe(&[topic])?;
    Ok(consumer)
}

/// Polls the members in turn until `done`; returns the values that each of them got.
pub(crate) fn poll(
    what: &str,
    members: &[&BaseConsumer],
    mut done: impl FnMut(&[Vec<String>]) -> Result<bool>,
) -> Result<Vec<Vec<String>>> {
    let mut got = vec![Vec::new(); members.len()];
    let watch = Stopwatch::start();
    while !done(&got)? {
        if !watch.within(PATIENCE * 2) {
            let seen = got.iter().map(Vec::len).collect::<Vec<_>>();
            return Err(Failure::new(format!("{what}: not within {:?}, records got: {seen:?}", PATIENCE * 2)));
        }
        for (member, got) in members.iter().zip(&mut got) {
            match member.poll(Duration::from_millis(20)) {
                Some(Ok(message)) => got.push(Row::of(&message).text()),
                Some(Err(error)) => return Err(error.into()),
                None => {}
            }
        }
    }
    Ok(got)
}

/// How many partitions a member has.
pub(crate) fn share(member: &BaseConsumer) -> Result<usize> {
    Ok(member.assignment()?.count())
}

/// The offset that a group has committed of a partition.
pub(crate) fn committed(consumer: &BaseConsumer, topic: &str, partition: i32) -> Result<Offset> {
    let mut wanted = TopicPartitionList::new();
    wanted.add_partition(topic, partition);
    let answer = consumer.committed_offsets(wanted, CALL)?;
    let element = first("committed offset", answer.elements())?;
    element.error()?;
    Ok(element.offset())
}
