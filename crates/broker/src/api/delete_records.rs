//! DeleteRecords: moves the start of some partitions' logs forward.

use std::ops::RangeInclusive;

use kafka_protocol::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use kafka_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::{Api, Cx};
use crate::error::Code;
use crate::log::Log;
use crate::node::Node;

/// In place of an offset: up to the end.
const END: i64 = -1;

/// The API with key 21.
pub(crate) struct DeleteRecords;

impl Api for DeleteRecords {
    type Request = DeleteRecordsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=2;

    fn handle(node: &Node, _cx: &Cx<'_>, request: DeleteRecordsRequest) -> Option<DeleteRecordsResponse> {
        let now_ms = node.clock.now_ms();
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|wanted| {
                let deleted = node
                    .topics
                    .partition(&topic.name.0, wanted.partition_index)
                    .ok_or(Code::UnknownTopicOrPartition)
                    .and_then(|partition| {
                        partition.with(|log| delete(log, wanted.offset, now_ms)).and_then(|done| done)
                    });
                let result = DeleteRecordsPartitionResult::default().with_partition_index(wanted.partition_index);
                match deleted {
                    Ok(start) => result.with_low_watermark(start),
                    Err(code) => result.with_error_code(code.code()).with_low_watermark(-1),
                }
            });
            let partitions = partitions.collect();
            DeleteRecordsTopicResult::default().with_name(topic.name).with_partitions(partitions)
        });
        Some(DeleteRecordsResponse::default().with_topics(topics.collect()))
    }
}

/// Gives the new start. Topics that are only compacted refuse: their records go by key.
fn delete(log: &mut Log, offset: i64, now_ms: i64) -> Result<i64, Code> {
    if log.config().compact && !log.config().delete {
        return Err(Code::PolicyViolation);
    }
    log.delete_before(if offset == END { log.end_offset() } else { offset }, now_ms)
}
