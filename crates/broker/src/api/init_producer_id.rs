//! InitProducerId: a producer id and epoch, fencing earlier producers of a transactional id.

use std::ops::RangeInclusive;

use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use super::text::fenced_as_invalid_epoch;
use super::{Api, Cx};
use crate::node::Node;
use crate::transaction::{NO_EPOCH, NO_PRODUCER_ID, Transactions};

/// First version whose clients know `ProducerFenced`.
const KNOWS_FENCED: i16 = 4;

/// The API.
pub(crate) struct InitProducerId;

impl Api for InitProducerId {
    type Request = InitProducerIdRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=4;

    fn handle(node: &Node, cx: &Cx<'_>, request: InitProducerIdRequest) -> Option<InitProducerIdResponse> {
        Some(answer(&node.transactions, cx.version, &request))
    }
}

/// Gives an id.
pub(super) fn answer(
    transactions: &Transactions,
    version: i16,
    request: &InitProducerIdRequest,
) -> InitProducerIdResponse {
    let id = request.transactional_id.as_ref().map(|id| id.as_str());
    let given = (request.producer_id.0, request.producer_epoch);
    let (code, (producer_id, epoch)) = match transactions.init(id, request.transaction_timeout_ms, given.0, given.1) {
        Ok(given) => (0, given),
        Err(code) => (fenced_as_invalid_epoch(code, version, KNOWS_FENCED).code(), (NO_PRODUCER_ID, NO_EPOCH)),
    };
    InitProducerIdResponse::default()
        .with_error_code(code)
        .with_producer_id(ProducerId(producer_id))
        .with_producer_epoch(epoch)
}
