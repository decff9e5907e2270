//! ListOffsets: the offset at a time, at the ends of the log, or of the latest timestamp.

use std::ops::RangeInclusive;

use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::fetch::LEADER_EPOCH;
use super::{Api, Cx};
use crate::error::Code;
use crate::log::Log;
use crate::node::Node;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
/// The record with the largest timestamp (KIP-734).
const MAX_TIMESTAMP: i64 = -3;
/// The start of what is on this machine; without tiers the same as the earliest (KIP-405).
const EARLIEST_LOCAL: i64 = -4;
const READ_COMMITTED: i8 = 1;
const NONE: i64 = -1;

/// The API with key 2.
pub(crate) struct ListOffsets;

impl Api for ListOffsets {
    type Request = ListOffsetsRequest;
    const VERSIONS: RangeInclusive<i16> = 1..=8;

    fn handle(node: &Node, cx: &Cx<'_>, request: ListOffsetsRequest) -> Option<ListOffsetsResponse> {
        let committed_only = request.isolation_level == READ_COMMITTED;
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|wanted| {
                let found = match node.topics.partition(&topic.name.0, wanted.partition_index) {
                    Some(_) if wanted.current_leader_epoch > LEADER_EPOCH => Err(Code::UnknownLeaderEpoch),
                    Some(partition) => {
                        partition.with(|log| find(log, cx.version, wanted, committed_only)).and_then(|found| found)
                    }
                    None => Err(Code::UnknownTopicOrPartition),
                };
                answer(cx.version, wanted.partition_index, found)
            });
            let partitions = partitions.collect();
            ListOffsetsTopicResponse::default().with_name(topic.name).with_partitions(partitions)
        });
        Some(ListOffsetsResponse::default().with_topics(topics.collect()))
    }
}

/// Offset and timestamp; both -1 when no record matches.
fn find(log: &mut Log, version: i16, wanted: &ListOffsetsPartition, committed: bool) -> Result<(i64, i64), Code> {
    let end = if committed { log.last_stable_offset() } else { log.end_offset() };
    let found = match wanted.timestamp {
        LATEST => return Ok((end, NONE)),
        EARLIEST => return Ok((log.start_offset(), NONE)),
        EARLIEST_LOCAL if version >= 8 => return Ok((log.start_offset(), NONE)),
        MAX_TIMESTAMP if version >= 7 => log.max_timestamp_offset()?,
        timestamp if timestamp >= 0 => log.offset_for_time(timestamp)?,
        _ => return Err(Code::UnsupportedVersion),
    };
    Ok(found.filter(|(offset, _)| *offset < end).unwrap_or((NONE, NONE)))
}

fn answer(version: i16, partition: i32, found: Result<(i64, i64), Code>) -> ListOffsetsPartitionResponse {
    let response = ListOffsetsPartitionResponse::default().with_partition_index(partition);
    match found {
        Ok((offset, timestamp)) => {
            let response = response.with_offset(offset).with_timestamp(timestamp);
            if version >= 4 && offset >= 0 { response.with_leader_epoch(LEADER_EPOCH) } else { response }
        }
        Err(code) => response.with_error_code(code.code()).with_offset(NONE).with_timestamp(NONE),
    }
}
