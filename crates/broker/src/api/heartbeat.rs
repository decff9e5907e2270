//! Heartbeat: a member is alive; it learns whether it must join again.

use std::ops::RangeInclusive;

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::{Api, Cx};
use crate::node::Node;

/// Heartbeat.
pub(crate) struct Heartbeat;

impl Api for Heartbeat {
    type Request = HeartbeatRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=4;

    fn handle(node: &Node, _: &Cx<'_>, request: HeartbeatRequest) -> Option<HeartbeatResponse> {
        let instance_id = request.group_instance_id.as_deref();
        let result = node.groups.heartbeat(&request.group_id, &request.member_id, instance_id, request.generation_id);
        Some(HeartbeatResponse::default().with_error_code(result.map_or_else(|code| code.code(), |()| 0)))
    }
}
