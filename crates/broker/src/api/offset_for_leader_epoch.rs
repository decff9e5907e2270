//! OffsetForLeaderEpoch: where an epoch ended. One node has one epoch, which ends where the log ends.

use std::ops::RangeInclusive;

use kafka_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::fetch::LEADER_EPOCH;
use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;

/// The API with key 23.
pub(crate) struct OffsetForLeaderEpoch;

impl Api for OffsetForLeaderEpoch {
    type Request = OffsetForLeaderEpochRequest;
    const VERSIONS: RangeInclusive<i16> = 2..=4;

    fn handle(node: &Node, _cx: &Cx<'_>, request: OffsetForLeaderEpochRequest) -> Option<OffsetForLeaderEpochResponse> {
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|wanted| {
                let end = match node.topics.partition(&topic.topic.0, wanted.partition) {
                    None => Err(Code::UnknownTopicOrPartition),
                    Some(_) if wanted.current_leader_epoch > LEADER_EPOCH => Err(Code::UnknownLeaderEpoch),
                    Some(_) if wanted.leader_epoch != LEADER_EPOCH => Ok(None),
                    Some(partition) => partition.with(|log| log.end_offset()).map(Some),
                };
                let result = EpochEndOffset::default().with_partition(wanted.partition);
                match end {
                    Ok(Some(end)) => result.with_leader_epoch(LEADER_EPOCH).with_end_offset(end),
                    Ok(None) => result,
                    Err(code) => result.with_error_code(code.code()),
                }
            });
            let partitions = partitions.collect();
            OffsetForLeaderTopicResult::default().with_topic(topic.topic).with_partitions(partitions)
        });
        Some(OffsetForLeaderEpochResponse::default().with_topics(topics.collect()))
    }
}
