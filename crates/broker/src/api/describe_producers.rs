//! DescribeProducers (KIP-664): who writes to a partition with sequence numbers.

use std::ops::RangeInclusive;

use kafka_protocol::messages::describe_producers_response::{PartitionResponse, ProducerState, TopicResponse};
use kafka_protocol::messages::{DescribeProducersRequest, DescribeProducersResponse, ProducerId};

use super::text::code;
use super::{Api, Cx};
use crate::error::Code;
use crate::log::{Log, Producer};
use crate::node::Node;
use crate::topics::Topics;

/// The API.
pub(crate) struct DescribeProducers;

impl Api for DescribeProducers {
    type Request = DescribeProducersRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=0;

    fn handle(node: &Node, _: &Cx<'_>, request: DescribeProducersRequest) -> Option<DescribeProducersResponse> {
        Some(answer(&node.topics, &request))
    }
}

/// Describes the partitions that are asked for.
pub(super) fn answer(topics: &Topics, request: &DescribeProducersRequest) -> DescribeProducersResponse {
    let described = request.topics.iter().map(|topic| {
        let partitions = topic.partition_indexes.iter().map(|index| {
            let partition = topics.partition(&topic.name, *index).ok_or(Code::UnknownTopicOrPartition);
            let producers = partition.and_then(|partition| partition.with(|log| producers(log)));
            PartitionResponse::default()
                .with_partition_index(*index)
                .with_error_code(code(&producers))
                .with_error_message(None)
                .with_active_producers(producers.unwrap_or_default())
        });
        TopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions.collect())
    });
    DescribeProducersResponse::default().with_topics(described.collect())
}

fn producers(log: &Log) -> Vec<ProducerState> {
    let state = |(id, producer): (i64, &Producer)| {
        let last = producer.batches.back();
        ProducerState::default()
            .with_producer_id(ProducerId(id))
            .with_producer_epoch(i32::from(producer.epoch))
            .with_last_sequence(last.map_or(-1, |batch| batch.last_sequence))
            .with_last_timestamp(last.map_or(-1, |batch| batch.timestamp))
            .with_coordinator_epoch(producer.coordinator_epoch)
            .with_current_txn_start_offset(producer.open.map_or(-1, |open| open.first_offset))
    };
    log.producers().map(state).collect()
}
