//! ListTransactions (KIP-664, KIP-994): transactional ids, by state, producer and age.

use std::ops::RangeInclusive;

use kafka_protocol::messages::list_transactions_response::TransactionState as Listed;
use kafka_protocol::messages::{ListTransactionsRequest, ListTransactionsResponse, ProducerId, TransactionalId};

use super::text::text;
use super::{Api, Cx};
use crate::journal::{TransactionEntry, TransactionState};
use crate::node::Node;
use crate::transaction::Transactions;

/// States that Kafka knows; the last two do not occur here.
const STATES: [&str; 8] = [
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "Dead",
    "PrepareEpochFence",
];

/// The API.
pub(crate) struct ListTransactions;

impl Api for ListTransactions {
    type Request = ListTransactionsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=1;

    fn handle(node: &Node, _: &Cx<'_>, request: ListTransactionsRequest) -> Option<ListTransactionsResponse> {
        Some(answer(&node.transactions, node.clock.now_ms(), &request))
    }
}

/// Lists the ids that pass all filters; an empty filter lets all pass.
pub(super) fn answer(
    transactions: &Transactions,
    now_ms: i64,
    request: &ListTransactionsRequest,
) -> ListTransactionsResponse {
    let (known, unknown): (Vec<_>, Vec<_>) =
        request.state_filters.iter().cloned().partition(|state| STATES.contains(&state.as_str()));
    let passes = |entry: &TransactionEntry| {
        let name = name_of(entry.state);
        let producers = &request.producer_id_filters;
        (request.state_filters.is_empty() || known.iter().any(|state| state.as_str() == name))
            && (producers.is_empty() || producers.contains(&ProducerId(entry.producer_id)))
            && (request.duration_filter < 0 || now_ms.saturating_sub(started_ms(entry)) > request.duration_filter)
    };
    let listed = transactions.list().into_iter().filter(passes).map(|entry| {
        Listed::default()
            .with_producer_id(ProducerId(entry.producer_id))
            .with_transaction_state(text(name_of(entry.state)))
            .with_transactional_id(TransactionalId(text(&entry.id)))
    });
    ListTransactionsResponse::default().with_unknown_state_filters(unknown).with_transaction_states(listed.collect())
}

/// Kafka's name of a state.
pub(super) fn name_of(state: TransactionState) -> &'static str {
    match state {
        TransactionState::Empty => "Empty",
        TransactionState::Ongoing => "Ongoing",
        TransactionState::PrepareCommit => "PrepareCommit",
        TransactionState::PrepareAbort => "PrepareAbort",
        TransactionState::CompleteCommit => "CompleteCommit",
        TransactionState::CompleteAbort => "CompleteAbort",
    }
}

/// When the last transaction began, ms since 1970; -1: there was none.
pub(super) fn started_ms(entry: &TransactionEntry) -> i64 {
    if entry.state == TransactionState::Empty { -1 } else { entry.started_ms }
}
