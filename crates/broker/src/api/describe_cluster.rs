//! DescribeCluster (KIP-700): the one broker.

use std::ops::RangeInclusive;

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{BrokerId, DescribeClusterRequest, DescribeClusterResponse};

use super::text::text;
use super::{Api, Cx};
use crate::error::Code;
use crate::node::{NODE_ID, Node};

/// Operations on the cluster that everybody may do, there being no authorization: create (bit 5), alter, describe,
/// cluster action, describe and alter configs, idempotent write (bit 12).
const ALL_OPERATIONS: i32 = (1 << 5) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12);
/// Operations that were not asked for.
const NO_OPERATIONS: i32 = i32::MIN;
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// The API.
pub(crate) struct DescribeCluster;

impl Api for DescribeCluster {
    type Request = DescribeClusterRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=1;

    fn handle(node: &Node, _: &Cx<'_>, request: DescribeClusterRequest) -> Option<DescribeClusterResponse> {
        Some(answer(&node.cluster_id, node.advertised(), &request))
    }
}

/// Describes the cluster whose broker is at `advertised`.
pub(super) fn answer(
    cluster_id: &str,
    advertised: (&str, u16),
    request: &DescribeClusterRequest,
) -> DescribeClusterResponse {
    let refused = match request.endpoint_type {
        BROKERS => None,
        CONTROLLERS => Some((Code::MismatchedEndpointType, "The request was sent to an endpoint of the wrong type.")),
        _ => Some((Code::UnsupportedEndpointType, "This endpoint type is not supported yet.")),
    };
    if let Some((code, message)) = refused {
        let response = DescribeClusterResponse::default().with_error_code(code.code());
        return response.with_error_message(Some(text(message)));
    }
    let operations = if request.include_cluster_authorized_operations { ALL_OPERATIONS } else { NO_OPERATIONS };
    let broker = DescribeClusterBroker::default()
        .with_broker_id(BrokerId(NODE_ID))
        .with_host(text(advertised.0))
        .with_port(i32::from(advertised.1))
        .with_rack(None);
    DescribeClusterResponse::default()
        .with_error_message(None)
        .with_endpoint_type(BROKERS)
        .with_cluster_id(text(cluster_id))
        .with_controller_id(BrokerId(NODE_ID))
        .with_brokers(vec![broker])
        .with_cluster_authorized_operations(operations)
}
