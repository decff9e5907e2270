//! Deleting the head of a partition.

use kafka_protocol::messages::DeleteRecordsRequest;
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use rdkafka::TopicPartitionList;
use rdkafka::topic_partition_list::Offset;

use crate::client::consumer::{Isolation, contents};
use crate::client::producer::Producer;
use crate::client::{admin, options, wait};
use crate::outcome::{Outcome, Result, first, same};
use crate::target::Target;
use crate::wire::ask::{self, AT_ONCE, span};
use crate::wire::{Connection, code, topic_name};

/// Low watermark and error of a deletion in partition 0.
fn delete(connection: &mut Connection, topic: &str, before: i64) -> Result<(i64, String)> {
    let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(before);
    let topic = DeleteRecordsTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    let request = DeleteRecordsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000);
    let answer = first("topic", connection.call(1, &request)?.topics)?;
    let answer = first("partition", answer.partitions)?;
    Ok((answer.low_watermark, code(answer.error_code)))
}

pub(crate) fn with_the_library(target: &Target) -> Outcome {
    let topic = target.topic("delete-records", 1, &[])?;
    let producer = Producer::new(target, &[])?;
    for i in 0..5 {
        producer.values(&topic, 1, (i * 10..i * 10 + 10).map(|i| i.to_string()))?;
    }
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&topic, 0, Offset::Offset(25))?;
    let answer = wait(admin(target)?.delete_records(&before, &options()))??;
    let answer = first("delete records", answer.elements())?;
    answer.error()?;
    same("low watermark", answer.offset(), Offset::Offset(25))?;
    let seen = contents(target, &topic, 1, Isolation::Committed)?;
    let seen = seen.iter().map(|r| (r.offset, r.text())).collect::<Vec<_>>();
    same("what is left", seen, (25..50).map(|i| (i, i.to_string())).collect::<Vec<_>>())?;
    Ok("from the middle of a batch on".to_owned())
}

pub(crate) fn limits(target: &Target) -> Outcome {
    let topic = target.topic("delete-limits", 1, &[])?;
    let mut connection = target.connect()?;
    Producer::new(target, &[])?.values(&topic, 1, (0..10).map(|i| i.to_string()))?;
    same("beyond the end", delete(&mut connection, &topic, 11)?.1, "OffsetOutOfRange")?;
    same("a part", delete(&mut connection, &topic, 4)?, (4, "none".to_owned()))?;
    same("less than is gone", delete(&mut connection, &topic, 2)?, (4, "none".to_owned()))?;
    let fetched = ask::fetch(&mut connection, &topic, 3, AT_ONCE)?;
    same("fetching what is gone", code(fetched.error_code), "OffsetOutOfRange")?;
    same("everything", delete(&mut connection, &topic, -1)?, (10, "none".to_owned()))?;
    same("ends", span(&mut connection, &topic)?, (10, 10))?;
    same("an unknown topic", delete(&mut connection, &target.name("absent"), 1)?.1, "UnknownTopicOrPartition")?;
    Producer::new(target, &[])?.values(&topic, 1, ["next".to_owned()])?;
    same("ends after the next record", span(&mut connection, &topic)?, (10, 11))?;
    Ok("beyond the end refused, backwards harmless, -1 is everything".to_owned())
}
