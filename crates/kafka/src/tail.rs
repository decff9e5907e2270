//! Reading a topic without a group: push and pull queries, the command topic, and whoever only wants the records.

mod shared;
mod silence;
mod whole;

pub use shared::SharedTopic;
pub(crate) use whole::WholePartitions;

use crate::ahead::Ahead;
use crate::batch::{PartitionQueue, Scratch, Taken, waiting_events};
use crate::client::{Quiet, close_later, create_consumer, expected_count, partition_count};
use crate::config::KafkaConfig;
use crate::errors::{Class, KafkaError, class, from_code, from_rdkafka};
use crate::offsets::{Named, chosen, earliest, latest, list};
use crate::wake::Wake;
use millstream_engine::link::Record;
use millstream_types::StartAt;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError as RdError;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode as Code;
use silence::{PROBE, Silence};
use std::sync::Arc;
use std::time::Duration;

/// What a fetch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TailProgress {
    /// Records lent.
    pub records: usize,
    /// Every partition has been read up to where it ended when the tail was opened.
    pub at_end: bool,
}

/// Where reading starts.
enum Start<'a> {
    At(StartAt),
    /// The offset of each partition.
    From(&'a [i64]),
}

struct Part {
    partition: i32,
    queue: PartitionQueue,
    /// The offset that comes next.
    next: i64,
    /// The one before that is a record's.
    behind_record: bool,
    /// Where the partition ended when it was opened.
    end: i64,
}

impl Part {
    /// Lends up to `max` records that are here.
    fn take(&mut self, max: usize, scratch: &mut Scratch, each: &mut dyn FnMut(&[Record<'_>])) -> Taken {
        let (next, behind_record) = (&mut self.next, &mut self.behind_record);
        let taken = self.queue.take(max, scratch, &mut |lent| {
            if let Some(last) = lent.last() {
                (*next, *behind_record) = (last.offset + 1, true);
            }
            each(lent);
        });
        // The end lies behind the last record where a transaction's marker follows it.
        if let Some(end) = taken.end.filter(|end| *end > self.next) {
            (self.next, self.behind_record) = (end, false);
        }
        taken
    }
}

/// Among how many partitions a tail divides its room where it cannot know.
const PARTITIONS: usize = 4;

/// A reader of all partitions of one topic, committed records only. Used by one thread at a time; may move.
pub struct Tail {
    topic: String,
    parts: Vec<Part>,
    /// Which partition the next fetch begins with, so that a busy one does not hide the others.
    turn: usize,
    scratch: Scratch,
    wake: Arc<Wake>,
    consumer: Arc<BaseConsumer<Quiet>>,
    /// What the client was made with.
    properties: ClientConfig,
    silence: Silence,
    /// Its part of the room for what is fetched ahead.
    _ahead: Ahead,
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("topic", &self.topic).field("partitions", &self.parts.len()).finish()
    }
}

impl Tail {
    /// Starts reading; start and end offsets are fixed before it returns.
    pub fn open(config: &KafkaConfig, topic: &str, start: StartAt) -> Result<Tail, KafkaError> {
        Tail::open_some(config, topic, None, &Start::At(start))
    }

    /// As [`Tail::open`], from these offsets on, one for each partition; where one is missing or too small, from the first.
    pub fn open_from(config: &KafkaConfig, topic: &str, offsets: &[i64]) -> Result<Tail, KafkaError> {
        Tail::open_some(config, topic, None, &Start::From(offsets))
    }

    /// As [`Tail::open`], of one partition alone. Errors: the topic has no such partition, too.
    pub fn open_partition(
        config: &KafkaConfig,
        topic: &str,
        partition: i32,
        start: StartAt,
    ) -> Result<Tail, KafkaError> {
        Tail::open_some(config, topic, Some(partition), &Start::At(start))
    }

    fn open_some(config: &KafkaConfig, topic: &str, only: Option<i32>, start: &Start<'_>) -> Result<Tail, KafkaError> {
        let ahead = Ahead::new();
        // How many partitions there are is known once there is a client.
        let limits = ahead.limits(if only.is_some() { 1 } else { PARTITIONS });
        let mut tail = Tail::connect(topic, config.reader(limits), ahead)?;
        let (consumer, wake) = (&tail.consumer, &tail.wake);
        let count = partition_count(consumer.client(), topic)?;
        let wanted: Vec<i32> = (0..count).filter(|p| only.is_none_or(|only| only == *p)).collect();
        if let (true, Some(only)) = (wanted.is_empty(), only) {
            return Err(KafkaError::Invalid(format!("topic \"{topic}\" has no partition {only}: it has {count}")));
        }
        let named: Vec<Named> = wanted.iter().map(|p| (topic.to_owned(), *p)).collect();
        let ends = latest(consumer, &named)?;
        let first = earliest(consumer, &named)?;
        let starts = match *start {
            Start::At(start) => chosen(consumer, &named, start, &first, &ends)?,
            Start::From(offsets) => {
                let offset = |i: usize| offsets.get(i).copied().unwrap_or(0);
                first.iter().enumerate().map(|(i, first)| offset(i).max(*first)).collect()
            }
        };
        let mut parts = Vec::with_capacity(named.len());
        let mut assignment = Vec::with_capacity(named.len());
        for ((partition, end), next) in wanted.into_iter().zip(ends).zip(starts) {
            let queue = PartitionQueue::open(consumer, topic, partition, wake)?;
            parts.push(Part { partition, queue, next, behind_record: false, end });
            assignment.push((topic, partition, Offset::Offset(next)));
        }
        consumer.assign(&list(assignment)?).map_err(|e| from_rdkafka(&e, topic))?;
        tail.parts = parts;
        Ok(tail)
    }

    /// A reader of no partition.
    fn connect(topic: &str, properties: ClientConfig, ahead: Ahead) -> Result<Tail, KafkaError> {
        let wake = Arc::new(Wake::default());
        let consumer = create_consumer(&properties, Quiet::default(), &wake)?;
        Ok(Tail {
            topic: topic.to_owned(),
            parts: Vec::new(),
            turn: 0,
            scratch: Scratch::default(),
            wake,
            consumer,
            properties,
            silence: Silence::default(),
            _ahead: ahead,
        })
    }

    /// After a look for records: a client that has lost its brokers is replaced. Waits 2 s every 30 s while none answers.
    fn look_after(&mut self, records: usize) {
        if records > 0 {
            return self.silence.ends();
        }
        if !self.silence.is_long() {
            return;
        }
        let answered = self.consumer.client().fetch_metadata(Some(&self.topic), PROBE).is_ok();
        if self.silence.asked(answered)
            && let Err(error) = self.replace_client()
        {
            tracing::warn!(%error, topic = self.topic, "a reader's client that has lost its brokers could not be replaced");
        }
    }

    /// Goes on with another client where this one is.
    fn replace_client(&mut self) -> Result<(), KafkaError> {
        tracing::info!(topic = self.topic, "a reader's client reaches no broker: another one takes its place");
        let consumer = create_consumer(&self.properties, Quiet::default(), &self.wake)?;
        let (mut queues, mut assignment) = (Vec::with_capacity(self.parts.len()), Vec::new());
        for part in &self.parts {
            queues.push(PartitionQueue::open(&consumer, &self.topic, part.partition, &self.wake)?);
            assignment.push((self.topic.as_str(), part.partition, Offset::Offset(part.next)));
        }
        consumer.incremental_assign(&list(assignment)?).map_err(|e| from_rdkafka(&e, &self.topic))?;
        // Queues first, as when it is dropped.
        for (part, queue) in self.parts.iter_mut().zip(queues) {
            part.queue = queue;
        }
        close_later(std::mem::replace(&mut self.consumer, consumer));
        Ok(())
    }

    /// How many partitions the topic had when it was opened.
    pub fn partitions(&self) -> usize {
        self.parts.len()
    }

    /// Lends up to `max` records that are here, partition by partition in offset order; when none is, waits for them, at
    /// most `wait`. Errors: the topic is gone or we are not allowed to read it; others pass by themselves.
    pub fn fetch(
        &mut self,
        max: usize,
        wait: Duration,
        each: &mut dyn FnMut(i32, &[Record<'_>]),
    ) -> Result<TailProgress, KafkaError> {
        self.serve()?;
        let mut records = self.take(max, each)?;
        if records == 0 && !wait.is_zero() {
            self.wake.wait(wait);
            self.serve()?;
            records = self.take(max, each)?;
        }
        self.look_after(records);
        Ok(TailProgress { records, at_end: self.at_end() })
    }

    /// Every partition has been read up to where it ended when the tail was opened.
    pub fn at_end(&self) -> bool {
        self.parts.iter().all(|p| p.next >= p.end)
    }

    /// The same of a topic of which each record is a transaction of its own: the marker behind the last one need not be seen. Who
    /// reads up to that learns of it by another fetch only, which waits.
    pub(crate) fn at_last_record(&self) -> bool {
        self.parts.iter().all(|p| p.next >= p.end || (p.behind_record && p.next + 1 == p.end))
    }

    /// For each partition the offset that comes next: everything before it that can be seen has been lent.
    pub fn positions(&self) -> impl Iterator<Item = i64> {
        self.parts.iter().map(|part| part.next)
    }

    /// Partitions end there now, in their order; [`Tail::at_end`] refers to that from here on.
    pub(crate) fn end_at(&mut self, ends: &[i64]) {
        for (part, end) in self.parts.iter_mut().zip(ends) {
            part.end = *end;
        }
    }

    /// [`Tail::at_end`] wants at least this offset of a partition, too.
    pub(crate) fn aim_at(&mut self, partition: i32, end: i64) {
        for part in self.parts.iter_mut().filter(|p| p.partition == partition) {
            part.end = part.end.max(end);
        }
    }

    fn take(&mut self, max: usize, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<usize, KafkaError> {
        let Tail { parts, scratch, .. } = self;
        let mut records = 0;
        self.turn = (self.turn + 1) % parts.len().max(1);
        let (before, from) = parts.split_at_mut(self.turn);
        let mut failed = None;
        for part in from.iter_mut().chain(before) {
            let partition = part.partition;
            let taken = part.take(max - records, scratch, &mut |lent| each(partition, lent));
            records += taken.records;
            failed = taken.error.or(failed);
            if records >= max {
                break;
            }
        }
        match failed {
            Some(code) if records == 0 => self.judge(code).map(|()| 0),
            _ => Ok(records),
        }
    }

    /// Serves the client's own events.
    fn serve(&self) -> Result<(), KafkaError> {
        for _ in 0..64 {
            match self.consumer.poll(Duration::ZERO) {
                None if waiting_events(&self.consumer) == 0 => break,
                Some(Err(RdError::MessageConsumption(code) | RdError::MessageConsumptionFatal(code))) => {
                    self.judge(code)?;
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    fn judge(&self, code: Code) -> Result<(), KafkaError> {
        match class(code) {
            // Not allowed to look up the reader's group: nothing that we use.
            _ if code == Code::GroupAuthorizationFailed => Ok(()),
            Class::Denied => Err(from_code(code, &self.topic)),
            Class::Missing => match expected_count(self.consumer.client(), &self.topic) {
                Err(e @ KafkaError::TopicMissing(_)) => Err(e),
                _ => Ok(()),
            },
            _ => {
                tracing::debug!(%code, topic = self.topic, "reader");
                Ok(())
            }
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // Queues first: an undestroyed message would keep the client from closing.
        self.parts.clear();
        if let Err(error) = self.consumer.unassign() {
            tracing::debug!(%error, "unassign before closing");
        }
    }
}
