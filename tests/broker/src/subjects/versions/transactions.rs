//! APIs of a transaction's course.

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest, ProducerId,
};
use kafka_protocol::protocol::Request as _;

use super::each_version;
use crate::clock;
use crate::outcome::{Outcome, Result, holds, same};
use crate::target::{PATIENCE, Target};
use crate::wire::group::await_coordinator;
use crate::wire::{Connection, ask, code, group_id, topic_name, transactional_id};

/// A new transactional id and its producer.
fn begin(target: &Target, connection: &mut Connection) -> Result<(String, (i64, i16))> {
    let id = target.name("txn");
    await_coordinator(connection, &id, 1)?;
    let producer = ask::init(connection, Some(&id), 30_000)?;
    Ok((id, producer))
}

/// What a version says to a producer whose epoch is not the newest.
fn fenced(version: i16) -> &'static str {
    if version >= 2 { "ProducerFenced" } else { "InvalidProducerEpoch" }
}

/// Asks until no other transaction of the producer is being ended.
fn settled(mut ask: impl FnMut() -> Result<String>) -> Result<String> {
    clock::wait_for("an answer", PATIENCE, || {
        let answer = ask()?;
        Ok((answer != "ConcurrentTransactions").then_some(answer))
    })
}

pub(crate) fn add_partitions_to_txn(target: &Target) -> Outcome {
    let topic = target.topic("add-partitions", 2, &[])?;
    let absent = target.name("absent");
    each_version::<AddPartitionsToTxnRequest>(target, 3, |connection, version| {
        let (id, producer) = begin(target, connection)?;
        let mut add = |id: &str, producer: (i64, i16), topics: &[&str]| -> Result<Vec<String>> {
            let part = |name: &&str| {
                AddPartitionsToTxnTopic::default().with_name(topic_name(name)).with_partitions(vec![0, 1])
            };
            let request = AddPartitionsToTxnRequest::default()
                .with_v3_and_below_transactional_id(transactional_id(id))
                .with_v3_and_below_producer_id(ProducerId(producer.0))
                .with_v3_and_below_producer_epoch(producer.1)
                .with_v3_and_below_topics(topics.iter().map(part).collect());
            let mut codes = Vec::new();
            for answer in connection.call(version, &request)?.results_by_topic_v3_and_below {
                for part in answer.results_by_partition {
                    codes.push(format!("{} {}", answer.name.as_str() == topic, code(part.partition_error_code)));
                }
            }
            codes.sort();
            Ok(codes)
        };
        let unknown = add(&id, producer, &[&topic, &absent])?;
        let expected = ["false UnknownTopicOrPartition", "false UnknownTopicOrPartition"];
        let others = ["true OperationNotAttempted", "true OperationNotAttempted"];
        same("with an unknown topic", unknown, [expected, others].concat())?;
        same("adding", add(&id, producer, &[&topic])?, ["true none", "true none"])?;
        same("adding again", add(&id, producer, &[&topic])?, ["true none", "true none"])?;
        let old = (producer.0, producer.1 + 1);
        let refused = add(&id, old, &[&topic])?;
        same("another epoch", refused, [format!("true {}", fenced(version)), format!("true {}", fenced(version))])?;
        let other = add(&id, (producer.0 + 1_000_000, 0), &[&topic])?;
        same("another producer", other, ["true InvalidProducerIdMapping", "true InvalidProducerIdMapping"])?;
        let other = add(&absent, producer, &[&topic])?;
        same("an unknown id", other, ["true InvalidProducerIdMapping", "true InvalidProducerIdMapping"])?;
        same("ending", ask::end(connection, &id, producer, true)?, "none")
    })
}

pub(crate) fn add_offsets_to_txn(target: &Target) -> Outcome {
    each_version::<AddOffsetsToTxnRequest>(target, 3, |connection, version| {
        let (id, producer) = begin(target, connection)?;
        let group = target.name("group");
        let request = AddOffsetsToTxnRequest::default()
            .with_transactional_id(transactional_id(&id))
            .with_producer_id(ProducerId(producer.0))
            .with_producer_epoch(producer.1)
            .with_group_id(group_id(&group));
        let mut add =
            |request: &AddOffsetsToTxnRequest| settled(|| Ok(code(connection.call(version, request)?.error_code)));
        same("adding", add(&request)?, "none")?;
        same("another epoch", add(&request.clone().with_producer_epoch(9))?, fenced(version))?;
        let other = request.clone().with_producer_id(ProducerId(producer.0 + 1_000_000));
        same("another producer", add(&other)?, "InvalidProducerIdMapping")?;
        same("ending", ask::end(connection, &id, producer, false)?, "none")
    })
}

pub(crate) fn end_txn(target: &Target) -> Outcome {
    let topic = target.topic("end", 1, &[])?;
    each_version::<EndTxnRequest>(target, 3, |connection, version| {
        let (id, producer) = begin(target, connection)?;
        let request = EndTxnRequest::default()
            .with_transactional_id(transactional_id(&id))
            .with_producer_id(ProducerId(producer.0))
            .with_producer_epoch(producer.1)
            .with_committed(true);
        let end = |connection: &mut Connection, request: &EndTxnRequest| {
            settled(|| Ok(code(connection.call(version, request)?.error_code)))
        };
        same("ending nothing", end(connection, &request)?, "InvalidTxnState")?;
        same("adding", ask::add_partition(connection, &id, producer, &topic)?, "none")?;
        same("another epoch", end(connection, &request.clone().with_producer_epoch(9))?, fenced(version))?;
        same("committing", end(connection, &request)?, "none")?;
        same("committing again", end(connection, &request)?, "none")?;
        let abort = request.clone().with_committed(false);
        same("aborting what is committed", end(connection, &abort)?, "InvalidTxnState")?;
        // A new transaction of the same producer can begin, and be aborted.
        same("adding again", ask::add_partition(connection, &id, producer, &topic)?, "none")?;
        same("aborting", end(connection, &abort)?, "none")?;
        let advertised = connection.versions::<InitProducerIdRequest>()?;
        holds(advertised.contains(&4), format!("version 4 of API {} is missing", InitProducerIdRequest::KEY))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn fencing_has_two_names() {
        assert_eq!([1, 2].map(super::fenced), ["InvalidProducerEpoch", "ProducerFenced"]);
    }
}
