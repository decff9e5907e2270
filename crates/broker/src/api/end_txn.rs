//! EndTxn: commits or aborts the open transaction.

use std::ops::RangeInclusive;

use kafka_protocol::messages::{EndTxnRequest, EndTxnResponse};

use super::text::{code, fenced_as_invalid_epoch};
use super::{Api, Cx};
use crate::node::Node;
use crate::transaction::Transactions;

/// First version whose clients know `ProducerFenced`.
const KNOWS_FENCED: i16 = 2;

/// The API.
pub(crate) struct EndTxn;

impl Api for EndTxn {
    type Request = EndTxnRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=3;

    fn handle(node: &Node, cx: &Cx<'_>, request: EndTxnRequest) -> Option<EndTxnResponse> {
        Some(answer(&node.transactions, cx.version, &request))
    }
}

/// Ends the transaction; when this returns without error, its markers are written.
pub(super) fn answer(transactions: &Transactions, version: i16, request: &EndTxnRequest) -> EndTxnResponse {
    let id = request.transactional_id.as_str();
    let ended = transactions.end(id, request.producer_id.0, request.producer_epoch, request.committed);
    let ended = ended.map_err(|code| fenced_as_invalid_epoch(code, version, KNOWS_FENCED));
    EndTxnResponse::default().with_error_code(code(&ended))
}
