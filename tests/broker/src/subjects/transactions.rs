//! Transactions as programs use them: committed, aborted, fenced, timed out, with the offsets of a group.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::producer::Producer as _;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode;

use crate::client::CALL;
use crate::client::consumer::{Isolation, committed, member, poll, share, texts};
use crate::client::producer::Producer;
use crate::clock::{self, Stopwatch};
use crate::outcome::{Doing as _, Failure, Outcome, Result, holds, same};
use crate::target::{PATIENCE, Target};
use crate::wire::{code, group};

fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{prefix}{i}")).collect()
}

/// Committed values of a topic with two partitions, sorted, once there are `count`: markers come a little after the
/// commit has been answered.
fn settled(target: &Target, topic: &str, count: usize) -> Result<Vec<String>> {
    clock::wait_for(&format!("{count} committed records"), PATIENCE, || {
        let mut seen = texts(target, topic, 2, Isolation::Committed)?;
        seen.sort();
        Ok((seen.len() >= count).then_some(seen))
    })
}

pub(crate) fn commit_and_abort(target: &Target) -> Outcome {
    let topic = target.topic("transactions", 2, &[])?;
    let producer = Producer::transactional(target, &target.name("tx"), &[])?;
    producer.0.begin_transaction()?;
    producer.values(&topic, 2, numbered("a", 10))?;
    same("open, committed readers", texts(target, &topic, 2, Isolation::Committed)?.len(), 0)?;
    same("open, other readers", texts(target, &topic, 2, Isolation::Uncommitted)?.len(), 10)?;
    producer.0.commit_transaction(CALL).doing("committing")?;
    same("after the commit", settled(target, &topic, 10)?, numbered("a", 10))?;
    producer.0.begin_transaction()?;
    producer.values(&topic, 2, numbered("b", 10))?;
    producer.0.abort_transaction(CALL).doing("aborting")?;
    producer.0.begin_transaction()?;
    producer.values(&topic, 2, numbered("c", 6))?;
    producer.0.commit_transaction(CALL).doing("committing again")?;
    let expected = [numbered("a", 10), numbered("c", 6)].concat();
    same("after an abort and a commit", settled(target, &topic, 16)?, expected)?;
    same("of other readers", texts(target, &topic, 2, Isolation::Uncommitted)?.len(), 26)?;
    Ok("10 committed, 10 aborted, 6 committed".to_owned())
}

pub(crate) fn open_ones_hold_back(target: &Target) -> Outcome {
    let topic = target.topic("interleaved", 2, &[])?;
    let open = Producer::transactional(target, &target.name("open"), &[])?;
    let other = Producer::transactional(target, &target.name("other"), &[])?;
    let plain = Producer::new(target, &[])?;
    plain.values(&topic, 2, numbered("before", 2))?;
    open.0.begin_transaction()?;
    open.values(&topic, 2, numbered("open", 2))?;
    other.0.begin_transaction()?;
    other.values(&topic, 2, numbered("other", 2))?;
    other.0.commit_transaction(CALL).doing("committing")?;
    plain.values(&topic, 2, numbered("plain", 2))?;
    let mut seen = texts(target, &topic, 2, Isolation::Committed)?;
    seen.sort();
    same("while one is open", seen, numbered("before", 2))?;
    open.0.abort_transaction(CALL).doing("aborting")?;
    let expected = [numbered("before", 2), numbered("other", 2), numbered("plain", 2)].concat();
    same("after its abort", settled(target, &topic, 6)?, expected)?;
    Ok("what lies behind an open transaction waits for it".to_owned())
}

/// A topic with ten records that a member of a group has read.
fn consumed(target: &Target, input: &str, group: &str) -> Result<BaseConsumer> {
    Producer::new(target, &[])?.values(input, 1, numbered("i", 10))?;
    let consumer = member(target, group, input, &[])?;
    poll("the input", &[&consumer], |got| Ok(got.iter().map(Vec::len).sum::<usize>() == 10))?;
    Ok(consumer)
}

fn send_offsets(producer: &Producer, consumer: &BaseConsumer, topic: &str, offset: i64) -> Result {
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, 0, Offset::Offset(offset))?;
    let metadata = consumer.group_metadata().ok_or_else(|| Failure::new("the consumer is in no group"))?;
    Ok(producer.0.send_offsets_to_transaction(&offsets, &metadata, CALL)?)
}

pub(crate) fn offsets(target: &Target) -> Outcome {
    let (input, output) = (target.topic("input", 1, &[])?, target.topic("output", 2, &[])?);
    let group = target.name("worker");
    let consumer = consumed(target, &input, &group)?;
    let producer = Producer::transactional(target, &target.name("worker"), &[])?;
    let mut connection = target.connect()?;
    producer.0.begin_transaction()?;
    producer.values(&output, 2, numbered("o", 10))?;
    send_offsets(&producer, &consumer, &input, 10)?;
    let pending = group::offset(&mut connection, &group, &input, true)?;
    same("a stable offset that is pending", code(pending.error_code), "UnstableOffsetCommit")?;
    let pending = group::offset(&mut connection, &group, &input, false)?;
    same("any offset that is pending", (pending.committed_offset, code(pending.error_code)), (-1, "none".to_owned()))?;
    producer.0.commit_transaction(CALL).doing("committing")?;
    let after = |wanted: i64| -> Result {
        let seen = committed(&consumer, &input, 0)?;
        same("the group's offset", seen, Offset::Offset(wanted))
    };
    after(10)?;
    producer.0.begin_transaction()?;
    send_offsets(&producer, &consumer, &input, 99)?;
    producer.0.abort_transaction(CALL).doing("aborting")?;
    after(10)?;
    same("the output", settled(target, &output, 10)?.len(), 10)?;
    Ok("unstable while pending, there after the commit, unchanged by an abort".to_owned())
}

/// The error code within an error of a transactional call.
fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::Transaction(error) => Some(error.code()),
        other => other.rdkafka_error_code(),
    }
}

pub(crate) fn zombies(target: &Target) -> Outcome {
    let topic = target.topic("zombie", 2, &[])?;
    let id = target.name("zombie");
    let old = Producer::transactional(target, &id, &[])?;
    old.0.begin_transaction()?;
    old.values(&topic, 2, numbered("zombie", 2))?;
    let new = Producer::transactional(target, &id, &[])?;
    old.value(&topic, 0, "zombie again")?;
    let reports = old.settle()?;
    holds(reports.iter().all(std::result::Result::is_err), format!("the zombie's record was taken: {reports:?}"))?;
    let refused = old.0.commit_transaction(CALL).err();
    let refused = refused.as_ref().and_then(code_of);
    holds(
        matches!(refused, Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::InvalidProducerEpoch)),
        format!("the zombie's commit: {refused:?}"),
    )?;
    new.0.begin_transaction()?;
    new.values(&topic, 2, numbered("good", 2))?;
    new.0.commit_transaction(CALL).doing("committing")?;
    same("committed records", settled(target, &topic, 2)?, numbered("good", 2))?;
    Ok(format!("fenced ({refused:?}), its records aborted"))
}

pub(crate) fn timeout(target: &Target) -> Outcome {
    let topic = target.topic("timeout", 2, &[])?;
    let settings = [("transaction.timeout.ms", "2000"), ("message.timeout.ms", "2000"), ("socket.timeout.ms", "2000")];
    let hung = Producer::transactional(target, &target.name("hung"), &settings)?;
    hung.0.begin_transaction()?;
    hung.values(&topic, 1, numbered("hung", 1))?;
    let watch = Stopwatch::start();
    Producer::new(target, &[])?.values(&topic, 1, numbered("plain", 1))?;
    same("while it hangs", texts(target, &topic, 2, Isolation::Committed)?.len(), 0)?;
    let seen = settled(target, &topic, 1)?;
    same("after the timeout", seen, numbered("plain", 1))?;
    let took = watch.elapsed();
    holds(took.as_secs_f64() > 1.0, format!("aborted after {took:?}, before its timeout of 2 s"))?;
    let refused = hung.0.commit_transaction(CALL).err().as_ref().and_then(code_of);
    holds(refused.is_some(), "the commit after the timeout was taken")?;
    Ok(format!("aborted by the broker after {took:.1?}; its commit: {refused:?}"))
}

pub(crate) fn stale_generation(target: &Target) -> Outcome {
    let topic = target.topic("generation", 2, &[])?;
    let group = target.name("generation");
    let one = consumed(target, &topic, &group)?;
    let stale = one.group_metadata().ok_or_else(|| Failure::new("the consumer is in no group"))?;
    let producer = Producer::transactional(target, &target.name("generation"), &[])?;
    // A second member: the generation moves on.
    let two = member(target, &group, &topic, &[])?;
    poll("a new generation", &[&one, &two], |_| Ok(share(&one)? == 1 && share(&two)? == 1))?;
    producer.0.begin_transaction()?;
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&topic, 0, Offset::Offset(10))?;
    let refused = producer.0.send_offsets_to_transaction(&offsets, &stale, CALL).err();
    let refused = refused.as_ref().and_then(code_of);
    let stale = matches!(refused, Some(RDKafkaErrorCode::IllegalGeneration | RDKafkaErrorCode::UnknownMemberId));
    holds(stale, format!("offsets of a stale generation: {refused:?}"))?;
    producer.0.abort_transaction(CALL).doing("aborting")?;
    drop(two);
    let mut connection = target.connect()?;
    let seen = group::offset(&mut connection, &group, &topic, true)?;
    same("the group's offset", (seen.committed_offset, code(seen.error_code)), (-1, "none".to_owned()))?;
    Ok(format!("refused ({refused:?}), nothing committed"))
}

pub(crate) fn plain_commits_while_pending(target: &Target) -> Outcome {
    let topic = target.topic("pending", 1, &[])?;
    let group = target.name("pending");
    let consumer = consumed(target, &topic, &group)?;
    let producer = Producer::transactional(target, &target.name("pending"), &[])?;
    producer.0.begin_transaction()?;
    send_offsets(&producer, &consumer, &topic, 5)?;
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&topic, 0, Offset::Offset(7))?;
    consumer.commit(&offsets, CommitMode::Sync)?;
    let mut connection = target.connect()?;
    let seen = group::offset(&mut connection, &group, &topic, false)?;
    same("the plain commit", seen.committed_offset, 7)?;
    producer.0.abort_transaction(CALL).doing("aborting")?;
    same("after the abort", committed(&consumer, &topic, 0)?, Offset::Offset(7))?;
    Ok("a plain commit beside a pending one stays".to_owned())
}

pub(crate) fn many(target: &Target) -> Outcome {
    let topic = target.topic("many", 2, &[])?;
    let producer = Producer::transactional(target, &target.name("many"), &[])?;
    let watch = Stopwatch::start();
    for i in 0..40 {
        producer.0.begin_transaction()?;
        producer.values(&topic, 2, numbered(&format!("{i}-"), 4))?;
        if i % 4 == 3 {
            producer.0.abort_transaction(CALL).doing("aborting")?;
        } else {
            producer.0.commit_transaction(CALL).doing("committing")?;
        }
    }
    let took = watch.elapsed();
    let seen = settled(target, &topic, 120)?;
    same("committed records", seen.len(), 120)?;
    let aborted =
        |value: &String| value.split('-').next().and_then(|i| i.parse().ok()).is_some_and(|i: usize| i % 4 == 3);
    same("aborted ones among them", seen.iter().filter(|v| aborted(v)).count(), 0)?;
    Ok(format!("40 transactions in {took:.1?}, every fourth aborted"))
}
