//! Where a partition begins and ends, and where a group member starts in it.

use crate::config::REQUEST;
use crate::deadline::Deadline;
use crate::errors::{KafkaError, from_code, from_rdkafka};
use millstream_engine::clock::{Clock, SystemClock};
use millstream_types::StartAt;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError as RdError;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::time::Duration;

/// How long a partition may be without a leader that answers before the caller hears of it.
const SETTLE_MAX: Duration = Duration::from_secs(3);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// A partition by topic name and number.
pub(crate) type Named = (String, i32);

/// Where a member starts in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// Offset of the first record to come.
    pub(crate) offset: i64,
    /// It comes from the reset policy and is not committed yet.
    pub(crate) chosen: bool,
}

/// The list that librdkafka wants, each partition with its offset.
pub(crate) fn list<'a>(
    partitions: impl IntoIterator<Item = (&'a str, i32, Offset)>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (topic, partition, offset) in partitions {
        list.add_partition_offset(topic, partition, offset).map_err(|e| from_rdkafka(&e, topic))?;
    }
    Ok(list)
}

/// The first offset that each partition still has.
pub(crate) fn earliest<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
) -> Result<Vec<i64>, KafkaError> {
    limits(consumer, partitions, Offset::Beginning)
}

/// The offset after the last record of each partition that readers of committed records can see.
pub(crate) fn latest<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
) -> Result<Vec<i64>, KafkaError> {
    limits(consumer, partitions, Offset::End)
}

/// Where reading starts in each partition, given where they begin and end.
pub(crate) fn chosen<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
    start: StartAt,
    first: &[i64],
    end: &[i64],
) -> Result<Vec<i64>, KafkaError> {
    let within = |(offset, (first, end)): (i64, (&i64, &i64))| offset.min(*end).max(*first);
    let bounds = || first.iter().zip(end);
    match start {
        StartAt::Earliest => Ok(first.to_vec()),
        StartAt::Latest => Ok(end.to_vec()),
        StartAt::Offset(offset) => Ok(bounds().map(|b| within((offset, b))).collect()),
        StartAt::Time(ms) => {
            Ok(at_time(consumer, partitions, ms, end)?.into_iter().zip(bounds()).map(within).collect())
        }
        StartAt::Ago(ms) => {
            let then = SystemClock::new().now_ms().saturating_sub(ms).max(0);
            Ok(at_time(consumer, partitions, then, end)?.into_iter().zip(bounds()).map(within).collect())
        }
    }
}

/// The offset of the first record of that time or later in each partition; its end where there is none.
fn at_time<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
    ms: i64,
    end: &[i64],
) -> Result<Vec<i64>, KafkaError> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = list(partitions.iter().map(|(t, p)| (t.as_str(), *p, Offset::Offset(ms))))?;
    let found = consumer.offsets_for_times(wanted, REQUEST).map_err(|e| from_rdkafka(&e, named(partitions)))?;
    let mut offsets = Vec::with_capacity(partitions.len());
    for ((topic, partition), end) in partitions.iter().zip(end) {
        let Some(element) = found.find_partition(topic, *partition) else {
            return Err(KafkaError::Retry(format!("{topic}/{partition}: no answer about its offset at a time")));
        };
        element.error().map_err(|e| from_element(&e, topic))?;
        offsets.push(match element.offset() {
            Offset::Offset(offset) => offset,
            _ => *end,
        });
    }
    Ok(offsets)
}

/// Asks again for a while: the leader of a new topic's partition may not know of it yet, or say that there is no such topic.
fn limits<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
    which: Offset,
) -> Result<Vec<i64>, KafkaError> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let deadline = Deadline::after(SETTLE_MAX);
    loop {
        match ask_limits(consumer, partitions, which) {
            Err(KafkaError::Retry(_) | KafkaError::TopicMissing(_)) if !deadline.passed() => std::thread::sleep(LOOK),
            answer => return answer,
        }
    }
}

/// What a failed question was about, for people: its topic, or the first of them.
fn named(partitions: &[Named]) -> &str {
    partitions.first().map_or("offsets", |(topic, _)| topic)
}

/// One request per broker for all partitions: the protocol's look-up by time, whose two special times mean the ends.
fn ask_limits<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
    which: Offset,
) -> Result<Vec<i64>, KafkaError> {
    let wanted = list(partitions.iter().map(|(t, p)| (t.as_str(), *p, which)))?;
    let found = consumer.offsets_for_times(wanted, REQUEST).map_err(|e| from_rdkafka(&e, named(partitions)))?;
    let mut offsets = Vec::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        let element = found.find_partition(topic, *partition);
        let name = || format!("{topic}/{partition}");
        let Some(element) = element else {
            return Err(KafkaError::Retry(format!("{}: no answer about its offsets", name())));
        };
        element.error().map_err(|e| from_element(&e, topic))?;
        match element.offset() {
            Offset::Offset(offset) => offsets.push(offset),
            other => return Err(KafkaError::Retry(format!("{}: its offsets are not known yet ({other:?})", name()))),
        }
    }
    Ok(offsets)
}

/// What the group has committed for each partition, waiting for transactions that are about to change it.
pub(crate) fn committed<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
) -> Result<Vec<Option<i64>>, KafkaError> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = list(partitions.iter().map(|(t, p)| (t.as_str(), *p, Offset::Invalid)))?;
    let found = consumer.committed_offsets(wanted, REQUEST).map_err(|e| from_rdkafka(&e, "committed offsets"))?;
    let mut offsets = Vec::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        let Some(element) = found.find_partition(topic, *partition) else {
            return Err(KafkaError::Retry(format!("{topic}/{partition}: no answer about its committed offset")));
        };
        element.error().map_err(|e| from_element(&e, topic))?;
        offsets.push(match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        });
    }
    Ok(offsets)
}

/// Where a member starts in each partition: at the committed offset if the partition still has it, else where `starts`
/// says, else where `reset` does.
pub(crate) fn beginnings<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[Named],
    reset: StartAt,
    starts: &[(String, Vec<i64>)],
) -> Result<Vec<Beginning>, KafkaError> {
    let committed = committed(consumer, partitions)?;
    let first = earliest(consumer, partitions)?;
    let end = latest(consumer, partitions)?;
    let chosen = chosen(consumer, partitions, reset, &first, &end)?;
    let mut beginnings = Vec::with_capacity(partitions.len());
    for (i, (topic, partition)) in partitions.iter().enumerate() {
        let (Some(&first), Some(&end), Some(&chosen)) = (first.get(i), end.get(i), chosen.get(i)) else { continue };
        let of_topic = starts.iter().find(|(name, _)| name == topic).map(|(_, offsets)| offsets);
        let named = usize::try_from(*partition).ok().and_then(|p| of_topic?.get(p)).copied();
        let chosen = named.map_or(chosen, |named| named.min(end).max(first));
        beginnings.push(match committed.get(i).copied().flatten() {
            Some(offset) if (first..=end).contains(&offset) => Beginning { offset, chosen: false },
            Some(offset) => {
                tracing::warn!(
                    topic,
                    partition,
                    offset,
                    first,
                    end,
                    chosen,
                    "committed offset is gone, records are missing"
                );
                Beginning { offset: chosen, chosen: true }
            }
            None => Beginning { offset: chosen, chosen: true },
        });
    }
    Ok(beginnings)
}

/// What a partition's own entry of an answer says.
fn from_element(error: &RdError, topic: &str) -> KafkaError {
    from_code(error.rdkafka_error_code().unwrap_or(Code::Fail), topic)
}
