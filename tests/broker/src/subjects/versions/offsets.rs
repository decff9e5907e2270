//! APIs of a group's offsets.

use kafka_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic;
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest, ProducerId,
    TxnOffsetCommitRequest,
};

use super::each_version;
use crate::clock;
use crate::outcome::{Outcome, Result, first, same};
use crate::target::{PATIENCE, Target};
use crate::wire::group::{
    Member, await_coordinator, commit_code, commit_request, offset, offset_request, subscription,
};
use crate::wire::{ask, code, group_id, text, topic_name, transactional_id};

pub(crate) fn offset_commit(target: &Target) -> Outcome {
    let topic = target.topic("commit", 1, &[])?;
    let absent = target.name("absent");
    let group = target.name("commit");
    drop(Member::new(target, &group, None)?);
    each_version::<OffsetCommitRequest>(target, 9, |connection, version| {
        let mut commit = |request: &OffsetCommitRequest| -> Result<String> {
            let topic = first("topic", connection.call(version, request)?.topics)?;
            Ok(code(first("partition", topic.partitions)?.error_code))
        };
        let wanted = i64::from(version) * 10;
        same("committing", commit(&commit_request(&group, &topic, wanted))?, "none")?;
        same("an unknown topic", commit(&commit_request(&group, &absent, 1))?, "UnknownTopicOrPartition")?;
        let member =
            commit_request(&group, &topic, 1).with_member_id(text("nobody")).with_generation_id_or_member_epoch(3);
        same("as an unknown member", commit(&member)?, "UnknownMemberId")?;
        let mut large = commit_request(&group, &topic, 1);
        large.topics[0].partitions[0].committed_metadata = Some(text(&"x".repeat(5_000)));
        same("5000 bytes of metadata", commit(&large)?, "OffsetMetadataTooLarge")?;
        let seen = offset(connection, &group, &topic, true)?;
        let seen = (seen.committed_offset, seen.metadata.as_deref());
        same("the offset", seen, (wanted, Some("noted")))
    })
}

pub(crate) fn offset_fetch(target: &Target) -> Outcome {
    let topic = target.topic("offset-fetch", 2, &[])?;
    let group = target.name("offset-fetch");
    let mut connection = Member::new(target, &group, None)?.connection;
    same("committing", commit_code(&mut connection, &commit_request(&group, &topic, 42))?, "none")?;
    each_version::<OffsetFetchRequest>(target, 9, |connection, version| {
        // Partition, offset, metadata and error code of what is asked for; of everything that there is.
        let mut ask = |all: bool| -> Result<Vec<(i32, i64, String, i16)>> {
            let metadata =
                |m: Option<kafka_protocol::protocol::StrBytes>| m.map_or("null".to_owned(), |m| m.to_string());
            if version >= 8 {
                let mut request = offset_request(&group, Some(&topic), true);
                let topics = request.groups[0].topics.take();
                if !all {
                    request.groups[0].topics = topics;
                    request.groups[0].topics.iter_mut().flatten().for_each(|t| t.partition_indexes = vec![0, 1]);
                }
                let group = first("group", connection.call(version, &request)?.groups)?;
                same("error", code(group.error_code), "none")?;
                let parts = group.topics.into_iter().flat_map(|t| t.partitions);
                return Ok(parts
                    .map(|p| (p.partition_index, p.committed_offset, metadata(p.metadata), p.error_code))
                    .collect());
            }
            let wanted =
                OffsetFetchRequestTopic::default().with_name(topic_name(&topic)).with_partition_indexes(vec![0, 1]);
            let request = OffsetFetchRequest::default()
                .with_group_id(group_id(&group))
                .with_topics((!all).then(|| vec![wanted]))
                .with_require_stable(version >= 7);
            let answer = connection.call(version, &request)?;
            same("error", code(answer.error_code), "none")?;
            let parts = answer.topics.into_iter().flat_map(|t| t.partitions);
            Ok(parts.map(|p| (p.partition_index, p.committed_offset, metadata(p.metadata), p.error_code)).collect())
        };
        let mut seen = ask(false)?;
        seen.sort();
        same("two partitions", seen, [(0, 42, "noted".to_owned(), 0), (1, -1, String::new(), 0)])?;
        if version >= 2 {
            same("all", ask(true)?, [(0, 42, "noted".to_owned(), 0)])?;
        }
        Ok(())
    })
}

pub(crate) fn offset_delete(target: &Target) -> Outcome {
    let topic = target.topic("offset-delete", 1, &[])?;
    each_version::<OffsetDeleteRequest>(target, 0, |connection, version| {
        let mut member = Member::new(target, &target.name("offset-delete"), None)?;
        let group = member.group.clone();
        let mut delete = |group: &str| -> Result<(String, Option<String>)> {
            let part = OffsetDeleteRequestPartition::default().with_partition_index(0);
            let part = OffsetDeleteRequestTopic::default().with_name(topic_name(&topic)).with_partitions(vec![part]);
            let request = OffsetDeleteRequest::default().with_group_id(group_id(group)).with_topics(vec![part]);
            let answer = connection.call(version, &request)?;
            let part = answer.topics.into_iter().flat_map(|t| t.partitions).next();
            Ok((code(answer.error_code), part.map(|p| code(p.error_code))))
        };
        same("of an unknown group", delete(&target.name("absent"))?.0, "GroupIdNotFound")?;
        let none = || ("none".to_owned(), Some("none".to_owned()));
        same("committing", commit_code(&mut member.connection, &commit_request(&group, &topic, 5))?, "none")?;
        same("deleting", delete(&group)?, none())?;
        same("the offset", offset(&mut member.connection, &group, &topic, true)?.committed_offset, -1)?;
        // While a member wants the topic, its offsets are in use.
        member.metadata = subscription(&topic)?;
        member.join_alone()?;
        same("committing as a member", member.commit(&topic, 6)?, "none")?;
        let refused = delete(&group)?;
        same("deleting while in use", refused, ("none".to_owned(), Some("GroupSubscribedToTopic".to_owned())))?;
        same("the offset", offset(&mut member.connection, &group, &topic, true)?.committed_offset, 6)
    })
}

pub(crate) fn txn_offset_commit(target: &Target) -> Outcome {
    let topic = target.topic("txn-commit", 1, &[])?;
    each_version::<TxnOffsetCommitRequest>(target, 3, |connection, version| {
        let (id, group) = (target.name("txn-commit"), target.name("txn-commit"));
        await_coordinator(connection, &id, 1)?;
        await_coordinator(connection, &group, 0)?;
        let producer = ask::init(connection, Some(&id), 30_000)?;
        let add = AddOffsetsToTxnRequest::default()
            .with_transactional_id(transactional_id(&id))
            .with_producer_id(ProducerId(producer.0))
            .with_producer_epoch(producer.1)
            .with_group_id(group_id(&group));
        same("adding the group", code(connection.call(1, &add)?.error_code), "none")?;
        let part = TxnOffsetCommitRequestPartition::default()
            .with_partition_index(0)
            .with_committed_offset(21)
            .with_committed_metadata(Some(text("noted")));
        let part = TxnOffsetCommitRequestTopic::default().with_name(topic_name(&topic)).with_partitions(vec![part]);
        let request = TxnOffsetCommitRequest::default()
            .with_transactional_id(transactional_id(&id))
            .with_group_id(group_id(&group))
            .with_producer_id(ProducerId(producer.0))
            .with_producer_epoch(producer.1)
            .with_topics(vec![part]);
        let mut commit = |request: &TxnOffsetCommitRequest| -> Result<String> {
            clock::wait_for("committing offsets", PATIENCE, || {
                let topic = first("topic", connection.call(version, request)?.topics)?;
                let answer = code(first("partition", topic.partitions)?.error_code);
                Ok((answer != "ConcurrentTransactions" && answer != "CoordinatorLoadInProgress").then_some(answer))
            })
        };
        if version >= 3 {
            let unknown = request.clone().with_member_id(text("nobody")).with_generation_id(4);
            let refused = commit(&unknown)?;
            same("as a member of no group", refused, "IllegalGeneration")?;
        }
        same("committing", commit(&request)?, "none")?;
        let pending = offset(connection, &group, &topic, true)?;
        same("while it is open", code(pending.error_code), "UnstableOffsetCommit")?;
        same("ending", ask::end(connection, &id, producer, true)?, "none")?;
        clock::wait_for("the offset", PATIENCE, || {
            let seen = offset(connection, &group, &topic, true)?;
            Ok((seen.committed_offset == 21 && seen.error_code == 0).then_some(()))
        })
    })
}
