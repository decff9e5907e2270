//! Requests about one topic, group or transaction that many checks send, in versions that every broker knows.

use bytes::Bytes;
use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::list_offsets_response::ListOffsetsPartitionResponse;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, FetchRequest, InitProducerIdRequest, InitProducerIdResponse,
    ListOffsetsRequest, ProduceRequest, ProducerId,
};

use crate::clock;
use crate::outcome::{Result, first, same};
use crate::target::{NO_BROKER, PATIENCE};
use crate::wire::batch::{Batch, Seen, split};
use crate::wire::{Connection, code, text, topic_name, transactional_id};

/// How a fetch limits itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_wait_ms: i32,
    pub(crate) min_bytes: i32,
    pub(crate) max_bytes: i32,
    pub(crate) partition_max_bytes: i32,
    /// Only up to the last stable offset.
    pub(crate) committed: bool,
}

/// At once, up to 10 MB, with open transactions.
pub(crate) const AT_ONCE: Limits =
    Limits { max_wait_ms: 0, min_bytes: 0, max_bytes: 10 << 20, partition_max_bytes: 10 << 20, committed: false };

/// A produce request of one batch to partition 0.
pub(crate) fn produce_request(topic: &str, acks: i16, transaction: Option<&str>, records: Vec<u8>) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(Bytes::from(records)));
    let topic = TopicProduceData::default().with_name(topic_name(topic)).with_partition_data(vec![data]);
    ProduceRequest::default()
        .with_acks(acks)
        .with_timeout_ms(10_000)
        .with_transactional_id(transaction.map(transactional_id))
        .with_topic_data(vec![topic])
}

/// Produces bytes to partition 0, acks=all.
pub(crate) fn produce_bytes(
    connection: &mut Connection,
    topic: &str,
    transaction: Option<&str>,
    records: Vec<u8>,
) -> Result<PartitionProduceResponse> {
    let response = connection.call(8, &produce_request(topic, -1, transaction, records))?;
    let topic = first("produce", response.responses)?;
    first("produce", topic.partition_responses)
}

/// Produces a batch to partition 0, acks=all; returns its first offset.
pub(crate) fn produce(connection: &mut Connection, topic: &str, batch: &Batch) -> Result<i64> {
    let answer = produce_bytes(connection, topic, None, batch.encode())?;
    same(format!("producing to {topic}"), code(answer.error_code), "none")?;
    Ok(answer.base_offset)
}

/// Produces a batch of a transaction to partition 0; returns its error code by name. Right after another transaction of
/// the same producer a broker may still be writing markers; then it is asked again.
pub(crate) fn produce_in(connection: &mut Connection, topic: &str, transaction: &str, batch: &Batch) -> Result<String> {
    clock::wait_for("producing", PATIENCE, || {
        let answer = produce_bytes(connection, topic, Some(transaction), batch.encode())?;
        let answer = code(answer.error_code);
        Ok((answer != "ConcurrentTransactions").then_some(answer))
    })
}

/// A fetch from partition 0.
pub(crate) fn fetch_request(topic: &str, offset: i64, limits: Limits) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_partition(0)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(limits.partition_max_bytes);
    let topic = FetchTopic::default().with_topic(topic_name(topic)).with_partitions(vec![partition]);
    FetchRequest::default()
        .with_replica_id(NO_BROKER)
        .with_max_wait_ms(limits.max_wait_ms)
        .with_min_bytes(limits.min_bytes)
        .with_max_bytes(limits.max_bytes)
        .with_isolation_level(i8::from(limits.committed))
        .with_session_epoch(-1)
        .with_topics(vec![topic])
}

/// Fetches from partition 0.
pub(crate) fn fetch(connection: &mut Connection, topic: &str, offset: i64, limits: Limits) -> Result<PartitionData> {
    let response = connection.call(10, &fetch_request(topic, offset, limits))?;
    same("error of the fetch", code(response.error_code), "none")?;
    first("fetched partition", first("fetched topic", response.responses)?.partitions)
}

/// The batches of partition 0 from an offset on, as one fetch returns them.
pub(crate) fn batches(connection: &mut Connection, topic: &str, offset: i64, limits: Limits) -> Result<Vec<Seen>> {
    let data = fetch(connection, topic, offset, limits)?;
    same(format!("fetching {topic} from {offset}"), code(data.error_code), "none")?;
    split(&data.records.unwrap_or_default())
}

/// All values of partition 0 that are no markers, aborted ones included, as text.
pub(crate) fn values(connection: &mut Connection, topic: &str) -> Result<Vec<String>> {
    let end = list_offset(connection, topic, LATEST)?.offset;
    let mut offset = list_offset(connection, topic, EARLIEST)?.offset;
    let mut values = Vec::new();
    while offset < end {
        let batches = batches(connection, topic, offset, AT_ONCE)?;
        let last = batches.last().map(|b| b.last_offset);
        let records = batches.into_iter().filter(|b| !b.is_control()).flat_map(|b| b.records);
        let text = |v: Bytes| String::from_utf8_lossy(&v).into_owned();
        values.extend(records.filter(|r| r.offset >= offset).map(|r| r.value.map_or("null".to_owned(), text)));
        // The end of a compacted log may be empty.
        offset = last.map_or(end, |last| last + 1);
    }
    Ok(values)
}

/// "Timestamps" with a meaning, in ListOffsets.
pub(crate) const LATEST: i64 = -1;
pub(crate) const EARLIEST: i64 = -2;
pub(crate) const MAX_TIMESTAMP: i64 = -3;

/// A question for an offset of partition 0.
pub(crate) fn list_offsets_request(topic: &str, timestamp: i64) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition::default().with_partition_index(0).with_timestamp(timestamp);
    let topic = ListOffsetsTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    ListOffsetsRequest::default().with_replica_id(NO_BROKER).with_topics(vec![topic])
}

/// An offset of partition 0, which must exist.
pub(crate) fn list_offset(
    connection: &mut Connection,
    topic: &str,
    timestamp: i64,
) -> Result<ListOffsetsPartitionResponse> {
    let version = if timestamp == MAX_TIMESTAMP { 7 } else { 5 };
    let response = connection.call(version, &list_offsets_request(topic, timestamp))?;
    let answer = first("listed partition", first("listed topic", response.topics)?.partitions)?;
    same(format!("listing offset {timestamp} of {topic}"), code(answer.error_code), "none")?;
    Ok(answer)
}

/// First and next offset of partition 0.
pub(crate) fn span(connection: &mut Connection, topic: &str) -> Result<(i64, i64)> {
    Ok((list_offset(connection, topic, EARLIEST)?.offset, list_offset(connection, topic, LATEST)?.offset))
}

/// Asks for a producer id, once.
pub(crate) fn init_once(
    connection: &mut Connection,
    transaction: Option<&str>,
    timeout_ms: i32,
    current: (i64, i16),
) -> Result<InitProducerIdResponse> {
    let request = InitProducerIdRequest::default()
        .with_transactional_id(transaction.map(transactional_id))
        .with_transaction_timeout_ms(timeout_ms)
        .with_producer_id(ProducerId(current.0))
        .with_producer_epoch(current.1);
    connection.call(4, &request)
}

/// A producer id and epoch; waits while a transaction of the id's predecessor is being ended.
pub(crate) fn init(connection: &mut Connection, transaction: Option<&str>, timeout_ms: i32) -> Result<(i64, i16)> {
    clock::wait_for("a producer id", PATIENCE, || {
        let answer = init_once(connection, transaction, timeout_ms, (-1, -1))?;
        match code(answer.error_code).as_str() {
            "none" => Ok(Some((answer.producer_id.0, answer.producer_epoch))),
            "ConcurrentTransactions" | "CoordinatorLoadInProgress" | "CoordinatorNotAvailable" | "NotCoordinator" => {
                Ok(None)
            }
            other => same("asking for a producer id", other, "none").map(|()| None),
        }
    })
}

/// Adds partition 0 of a topic to a transaction; returns the error code by name.
pub(crate) fn add_partition(
    connection: &mut Connection,
    transaction: &str,
    producer: (i64, i16),
    topic: &str,
) -> Result<String> {
    let topic = AddPartitionsToTxnTopic::default().with_name(topic_name(topic)).with_partitions(vec![0]);
    let request = AddPartitionsToTxnRequest::default()
        .with_v3_and_below_transactional_id(transactional_id(transaction))
        .with_v3_and_below_producer_id(ProducerId(producer.0))
        .with_v3_and_below_producer_epoch(producer.1)
        .with_v3_and_below_topics(vec![topic]);
    clock::wait_for("adding a partition", PATIENCE, || {
        let response = connection.call(1, &request)?;
        let topic = first("added topic", response.results_by_topic_v3_and_below)?;
        let answer = code(first("added partition", topic.results_by_partition)?.partition_error_code);
        Ok((answer != "ConcurrentTransactions").then_some(answer))
    })
}

/// Ends a transaction; returns the error code by name.
pub(crate) fn end(
    connection: &mut Connection,
    transaction: &str,
    producer: (i64, i16),
    commit: bool,
) -> Result<String> {
    let request = EndTxnRequest::default()
        .with_transactional_id(transactional_id(transaction))
        .with_producer_id(ProducerId(producer.0))
        .with_producer_epoch(producer.1)
        .with_committed(commit);
    clock::wait_for("ending the transaction", PATIENCE, || {
        let answer = code(connection.call(1, &request)?.error_code);
        Ok((answer != "ConcurrentTransactions").then_some(answer))
    })
}

/// Waits until partition 0 has no open transaction and ends before offset `end`: markers are written a little after the
/// end of a transaction has been answered.
pub(crate) fn await_stable(connection: &mut Connection, topic: &str, end: i64) -> Result {
    clock::wait_for("the markers of the transaction", PATIENCE, || {
        let committed = Limits { committed: true, ..AT_ONCE };
        let data = fetch(connection, topic, end - 1, committed)?;
        let there = code(data.error_code) == "none" && !data.records.unwrap_or_default().is_empty();
        Ok((there && data.last_stable_offset == end && data.high_watermark == end).then_some(()))
    })
}

/// A client id or reason.
pub(crate) fn words(words: &str) -> Option<kafka_protocol::protocol::StrBytes> {
    Some(text(words))
}
