//! AddPartitionsToTxn: partitions that a producer is about to write to join its transaction, all or none.

use std::ops::RangeInclusive;

use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};

use super::text::fenced_as_invalid_epoch;
use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;
use crate::topics::Topics;
use crate::transaction::Transactions;

/// First version whose clients know `ProducerFenced`.
const KNOWS_FENCED: i16 = 2;

/// The API.
pub(crate) struct AddPartitionsToTxn;

impl Api for AddPartitionsToTxn {
    type Request = AddPartitionsToTxnRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=3;

    fn handle(node: &Node, cx: &Cx<'_>, request: AddPartitionsToTxnRequest) -> Option<AddPartitionsToTxnResponse> {
        Some(answer(&node.topics, &node.transactions, cx.version, request))
    }
}

/// Adds the partitions.
pub(super) fn answer(
    topics: &Topics,
    transactions: &Transactions,
    version: i16,
    request: AddPartitionsToTxnRequest,
) -> AddPartitionsToTxnResponse {
    let asked = &request.v3_and_below_topics;
    let partitions: Vec<(String, i32)> =
        asked.iter().flat_map(|topic| topic.partitions.iter().map(|index| (topic.name.to_string(), *index))).collect();
    let exists = |topic: &str, index: i32| topics.partition(topic, index).is_some();
    let all_exist = partitions.iter().all(|(topic, index)| exists(topic, *index));
    let added = if all_exist {
        let id = request.v3_and_below_transactional_id.as_str();
        let (producer_id, epoch) = (request.v3_and_below_producer_id.0, request.v3_and_below_producer_epoch);
        let added = transactions.add_partitions(id, producer_id, epoch, &partitions);
        added.map_err(|code| fenced_as_invalid_epoch(code, version, KNOWS_FENCED))
    } else {
        Err(Code::OperationNotAttempted)
    };
    let code_of = |topic: &str, index: i32| match added {
        Ok(()) => 0,
        Err(Code::OperationNotAttempted) if !exists(topic, index) => Code::UnknownTopicOrPartition.code(),
        Err(code) => code.code(),
    };
    let results = request.v3_and_below_topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|index| {
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(*index)
                .with_partition_error_code(code_of(&topic.name, *index))
        });
        AddPartitionsToTxnTopicResult::default()
            .with_name(topic.name.clone())
            .with_results_by_partition(partitions.collect())
    });
    AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(results.collect())
}
