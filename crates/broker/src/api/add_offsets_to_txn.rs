//! AddOffsetsToTxn: a group whose offsets will be committed with the transaction.

use std::ops::RangeInclusive;

use kafka_protocol::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::text::{code, fenced_as_invalid_epoch};
use super::{Api, Cx};
use crate::node::Node;
use crate::transaction::Transactions;

/// First version whose clients know `ProducerFenced`.
const KNOWS_FENCED: i16 = 2;

/// The API.
pub(crate) struct AddOffsetsToTxn;

impl Api for AddOffsetsToTxn {
    type Request = AddOffsetsToTxnRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=3;

    fn handle(node: &Node, cx: &Cx<'_>, request: AddOffsetsToTxnRequest) -> Option<AddOffsetsToTxnResponse> {
        Some(answer(&node.transactions, cx.version, &request))
    }
}

/// Adds the group.
pub(super) fn answer(
    transactions: &Transactions,
    version: i16,
    request: &AddOffsetsToTxnRequest,
) -> AddOffsetsToTxnResponse {
    let id = request.transactional_id.as_str();
    let added = transactions.add_offsets(id, request.producer_id.0, request.producer_epoch, &request.group_id);
    let added = added.map_err(|code| fenced_as_invalid_epoch(code, version, KNOWS_FENCED));
    AddOffsetsToTxnResponse::default().with_error_code(code(&added))
}
