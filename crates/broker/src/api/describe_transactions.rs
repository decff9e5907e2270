//! DescribeTransactions (KIP-664): where transactional ids stand.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use kafka_protocol::messages::describe_transactions_response::{TopicData, TransactionState};
use kafka_protocol::messages::{
    DescribeTransactionsRequest, DescribeTransactionsResponse, ProducerId, TransactionalId,
};

use super::list_transactions::{name_of, started_ms};
use super::text::{text, topic_name};
use super::{Api, Cx};
use crate::error::Code;
use crate::node::Node;
use crate::transaction::Transactions;

/// The API.
pub(crate) struct DescribeTransactions;

impl Api for DescribeTransactions {
    type Request = DescribeTransactionsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=0;

    fn handle(node: &Node, _: &Cx<'_>, request: Self::Request) -> Option<DescribeTransactionsResponse> {
        Some(answer(&node.transactions, request))
    }
}

/// Describes the ids that are asked for.
pub(super) fn answer(
    transactions: &Transactions,
    request: DescribeTransactionsRequest,
) -> DescribeTransactionsResponse {
    let states = request.transactional_ids.into_iter().map(|id| state(transactions, id)).collect();
    DescribeTransactionsResponse::default().with_transaction_states(states)
}

fn state(transactions: &Transactions, id: TransactionalId) -> TransactionState {
    let state = TransactionState::default();
    if id.is_empty() {
        return state.with_error_code(Code::InvalidRequest.code()).with_transactional_id(id);
    }
    let Some(entry) = transactions.describe(&id) else {
        return state.with_error_code(Code::TransactionalIdNotFound.code()).with_transactional_id(id);
    };
    let mut topics = BTreeMap::<&str, Vec<i32>>::new();
    entry.partitions.iter().for_each(|(topic, index)| topics.entry(topic).or_default().push(*index));
    let topics = topics
        .into_iter()
        .map(|(topic, partitions)| TopicData::default().with_topic(topic_name(topic)).with_partitions(partitions));
    state
        .with_transactional_id(id)
        .with_transaction_state(text(name_of(entry.state)))
        .with_transaction_timeout_ms(entry.timeout_ms)
        .with_transaction_start_time_ms(started_ms(&entry))
        .with_producer_id(ProducerId(entry.producer_id))
        .with_producer_epoch(entry.producer_epoch)
        .with_topics(topics.collect())
}
