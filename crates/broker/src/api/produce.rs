//! Produce: a batch for each of some partitions, appended in the order of the request.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::produce_request::PartitionProduceData;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::error::Code;
use crate::log::Appended;
use crate::node::Node;
use crate::partition::Partition;
use crate::record::header::Header;
use crate::record::{check, recode};

/// From this version on a client may send zstd.
const ZSTD_FROM: i16 = 7;

/// The API with key 0.
pub(crate) struct Produce;

impl Api for Produce {
    type Request = ProduceRequest;
    const VERSIONS: RangeInclusive<i16> = 3..=11;

    fn handle(node: &Node, cx: &Cx<'_>, request: ProduceRequest) -> Option<ProduceResponse> {
        let transactional_id = request.transactional_id.as_ref().map(|id| id.0.as_str());
        let mut failed = None;
        let mut topics = Vec::with_capacity(request.topic_data.len());
        for topic in request.topic_data {
            let found = node.topics.get(&topic.name.0);
            let mut partitions = Vec::with_capacity(topic.partition_data.len());
            for data in topic.partition_data {
                let index = data.index;
                let appended = if !(-1..=1).contains(&request.acks) {
                    Err(Code::InvalidRequiredAcks)
                } else if let Some(found) = &found {
                    let partition = usize::try_from(index).ok().and_then(|index| found.partitions.get(index));
                    partition.ok_or(Code::UnknownTopicOrPartition).and_then(|partition| {
                        let codec = found.configs.get("compression.type").and_then(|name| recode::codec_of(name));
                        append(node, cx.version, transactional_id, (&topic.name.0, partition, codec), data)
                    })
                } else {
                    Err(Code::UnknownTopicOrPartition)
                };
                failed = failed.or(appended.err());
                partitions.push(answer(cx.version, index, appended));
            }
            topics.push(TopicProduceResponse::default().with_name(topic.name).with_partition_responses(partitions));
        }
        if request.acks == 0 {
            // Nobody hears of an error but by the end of the connection, as in Kafka.
            if let Some(code) = failed {
                cx.connection.close_after(&format!("produce with acks=0 failed: {code}"));
            }
            return None;
        }
        Some(ProduceResponse::default().with_responses(topics))
    }
}

/// Where a batch goes: topic, partition, and the codec that the topic wants.
type Place<'a> = (&'a StrBytes, &'a Arc<Partition>, Option<i16>);

fn append(
    node: &Node,
    version: i16,
    transactional_id: Option<&str>,
    (topic, partition, codec): Place<'_>,
    data: PartitionProduceData,
) -> Result<Appended, Code> {
    let records: Bytes = data.records.unwrap_or_default();
    let batches = check::batches(&records, usize::MAX)?;
    // Since version 3 a request has exactly one batch for a partition.
    let [batch] = batches.as_slice() else { return Err(Code::InvalidRecord) };
    let header = Header::parse(&records).ok_or(Code::CorruptMessage)?;
    if check::is_zstd(&records) && version < ZSTD_FROM {
        return Err(Code::UnsupportedCompressionType);
    }
    // What cannot be read would stop every consumer at this place for ever.
    check::content(&records, node.config.limits.unpacked_batch_bytes, false)?;
    let recoded = match codec {
        Some(codec) => recode::recoded(&records, codec, node.config.limits.unpacked_batch_bytes)?,
        None => None,
    };
    let (records, batch) = match recoded {
        Some(recoded) => (Bytes::from(recoded), None),
        None => (records, Some(batch.clone())),
    };
    let batches = [batch.unwrap_or(0..records.len())];
    let now_ms = node.clock.now_ms();
    if !header.is_transactional() {
        return partition.append(&records, &batches, now_ms);
    }
    let id = transactional_id.ok_or(Code::TransactionalIdAuthorizationFailed)?;
    let place = std::iter::once((topic.as_str(), data.index));
    node.transactions.writing(id, header.producer_id, header.producer_epoch, place, || {
        partition.append(&records, &batches, now_ms)
    })?
}

fn answer(version: i16, index: i32, appended: Result<Appended, Code>) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default().with_index(index);
    match appended {
        Ok(appended) => {
            let response =
                response.with_base_offset(appended.base_offset).with_log_append_time_ms(appended.log_append_time);
            if version >= 5 { response.with_log_start_offset(appended.start_offset) } else { response }
        }
        Err(code) => {
            let response = response.with_error_code(code.code()).with_base_offset(-1).with_log_append_time_ms(-1);
            let response = if version >= 5 { response.with_log_start_offset(-1) } else { response };
            if version >= 8 {
                response.with_error_message(Some(StrBytes::from_string(code.to_string())))
            } else {
                response
            }
        }
    }
}
