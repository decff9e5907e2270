//! APIs of records.

use bytes::Bytes;
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    DeleteRecordsRequest, FetchRequest, ListOffsetsRequest, OffsetForLeaderEpochRequest, ProduceRequest,
};

use super::each_version;
use crate::outcome::{Outcome, Result, first, same};
use crate::target::{NO_BROKER, Target};
use crate::wire::ask::{EARLIEST, LATEST};
use crate::wire::batch::{Batch, split};
use crate::wire::{ask, code, topic_name};

const UNKNOWN: &str = "UnknownTopicOrPartition";

pub(crate) fn produce(target: &Target) -> Outcome {
    let topic = target.topic("produce", 1, &[])?;
    let absent = target.name("absent");
    let mut next = 0;
    each_version::<ProduceRequest>(target, 12, |connection, version| {
        let records = Some(Bytes::from(Batch::of(&["a", "b"], 1).encode()));
        let part = |i| PartitionProduceData::default().with_index(i).with_records(records.clone());
        let data =
            |name: &str, parts| TopicProduceData::default().with_name(topic_name(name)).with_partition_data(parts);
        let topics = vec![data(&topic, vec![part(0), part(99)]), data(&absent, vec![part(0)])];
        let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(10_000).with_topic_data(topics);
        let response = connection.call(version, &request)?;
        let mut seen = Vec::new();
        for answer in &response.responses {
            for p in &answer.partition_responses {
                seen.push((answer.name.as_str() == topic, p.index, code(p.error_code), p.base_offset));
            }
        }
        seen.sort();
        let unknown = UNKNOWN.to_owned();
        let expected = [(false, 0, unknown.clone(), -1), (true, 0, "none".to_owned(), next), (true, 99, unknown, -1)];
        same("answers", seen, expected)?;
        next += 2;
        Ok(())
    })
}

pub(crate) fn fetch(target: &Target) -> Outcome {
    let topic = target.topic("fetch", 1, &[])?;
    let absent = target.name("absent");
    ask::produce(&mut target.connect()?, &topic, &Batch::of(&["a", "b"], 1))?;
    each_version::<FetchRequest>(target, 12, |connection, version| {
        let part = |i| FetchPartition::default().with_partition(i).with_partition_max_bytes(1 << 20);
        let wanted = |name: &str, parts| FetchTopic::default().with_topic(topic_name(name)).with_partitions(parts);
        let request = FetchRequest::default()
            .with_replica_id(NO_BROKER)
            .with_max_wait_ms(0)
            .with_max_bytes(1 << 20)
            .with_session_epoch(-1)
            .with_topics(vec![wanted(&topic, vec![part(0), part(99)]), wanted(&absent, vec![part(0)])]);
        let response = connection.call(version, &request)?;
        same("error and session", (code(response.error_code), response.session_id), ("none".to_owned(), 0))?;
        let mut seen = Vec::new();
        for answer in response.responses {
            for p in answer.partitions {
                let records = split(&p.records.unwrap_or_default())?.iter().map(|b| b.records.len()).sum::<usize>();
                seen.push((
                    answer.topic.as_str() == topic,
                    p.partition_index,
                    code(p.error_code),
                    p.high_watermark,
                    records,
                ));
            }
        }
        seen.sort();
        let unknown = UNKNOWN.to_owned();
        let expected =
            [(false, 0, unknown.clone(), -1, 0), (true, 0, "none".to_owned(), 2, 2), (true, 99, unknown, -1, 0)];
        same("answers", seen, expected)
    })
}

pub(crate) fn list_offsets(target: &Target) -> Outcome {
    let topic = target.topic("list-offsets", 1, &[])?;
    let absent = target.name("absent");
    ask::produce(&mut target.connect()?, &topic, &Batch::of(&["a", "b"], 1_000))?;
    each_version::<ListOffsetsRequest>(target, 8, |connection, version| {
        let mut at = |name: &str, partition: i32, timestamp: i64| -> Result<(String, i64)> {
            let wanted = ListOffsetsPartition::default().with_partition_index(partition).with_timestamp(timestamp);
            let wanted = ListOffsetsTopic::default().with_name(topic_name(name)).with_partitions(vec![wanted]);
            let request = ListOffsetsRequest::default()
                .with_replica_id(NO_BROKER)
                .with_isolation_level(i8::from(version >= 2))
                .with_topics(vec![wanted]);
            let topic = first("topic", connection.call(version, &request)?.topics)?;
            let answer = first("partition", topic.partitions)?;
            Ok((code(answer.error_code), answer.offset))
        };
        same("earliest", at(&topic, 0, EARLIEST)?, ("none".to_owned(), 0))?;
        same("latest", at(&topic, 0, LATEST)?, ("none".to_owned(), 2))?;
        same("by time", at(&topic, 0, 500)?, ("none".to_owned(), 0))?;
        same("after all", at(&topic, 0, 2_000)?, ("none".to_owned(), -1))?;
        same("of partition 99", at(&topic, 99, LATEST)?.0, UNKNOWN)?;
        same("of an unknown topic", at(&absent, 0, LATEST)?.0, UNKNOWN)
    })
}

pub(crate) fn delete_records(target: &Target) -> Outcome {
    let topic = target.topic("delete", 1, &[])?;
    let absent = target.name("absent");
    ask::produce(&mut target.connect()?, &topic, &Batch::of(&["a", "b", "c", "d"], 1))?;
    each_version::<DeleteRecordsRequest>(target, 2, |connection, version| {
        let mut delete = |name: &str, partition: i32, before: i64| -> Result<(String, i64)> {
            let wanted = DeleteRecordsPartition::default().with_partition_index(partition).with_offset(before);
            let wanted = DeleteRecordsTopic::default().with_name(topic_name(name)).with_partitions(vec![wanted]);
            let request = DeleteRecordsRequest::default().with_topics(vec![wanted]).with_timeout_ms(10_000);
            let topic = first("topic", connection.call(version, &request)?.topics)?;
            let answer = first("partition", topic.partitions)?;
            Ok((code(answer.error_code), answer.low_watermark))
        };
        let before = i64::from(version) + 1;
        same("deleting", delete(&topic, 0, before)?, ("none".to_owned(), before))?;
        same("beyond the end", delete(&topic, 0, 5)?.0, "OffsetOutOfRange")?;
        same("of partition 99", delete(&topic, 99, 1)?.0, UNKNOWN)?;
        same("of an unknown topic", delete(&absent, 0, 1)?.0, UNKNOWN)
    })
}

pub(crate) fn offset_for_leader_epoch(target: &Target) -> Outcome {
    let topic = target.topic("epoch", 1, &[])?;
    let absent = target.name("absent");
    let mut connection = target.connect()?;
    ask::produce(&mut connection, &topic, &Batch::of(&["a", "b"], 1))?;
    let epoch = first("batch", ask::batches(&mut connection, &topic, 0, ask::AT_ONCE)?)?.leader_epoch;
    each_version::<OffsetForLeaderEpochRequest>(target, 4, |connection, version| {
        let mut end = |name: &str, partition: i32, epoch: i32, current: i32| -> Result<(String, i32, i64)> {
            let wanted = OffsetForLeaderPartition::default()
                .with_partition(partition)
                .with_leader_epoch(epoch)
                .with_current_leader_epoch(current);
            let wanted = OffsetForLeaderTopic::default().with_topic(topic_name(name)).with_partitions(vec![wanted]);
            let mut request = OffsetForLeaderEpochRequest::default().with_topics(vec![wanted]);
            if version >= 3 {
                request = request.with_replica_id(NO_BROKER);
            }
            let topic = first("topic", connection.call(version, &request)?.topics)?;
            let answer = first("partition", topic.partitions)?;
            Ok((code(answer.error_code), answer.leader_epoch, answer.end_offset))
        };
        same("the end of the epoch", end(&topic, 0, epoch, -1)?, ("none".to_owned(), epoch, 2))?;
        same("of an epoch to come", end(&topic, 0, epoch + 5, -1)?, ("none".to_owned(), -1, -1))?;
        same("asked of a newer leader", end(&topic, 0, epoch, epoch + 5)?.0, "UnknownLeaderEpoch")?;
        same("of partition 99", end(&topic, 99, 0, -1)?.0, UNKNOWN)?;
        same("of an unknown topic", end(&absent, 0, 0, -1)?.0, UNKNOWN)
    })
}
