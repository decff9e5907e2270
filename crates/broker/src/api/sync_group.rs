//! SyncGroup: the leader brings the assignments, everybody takes its own; answered when the leader was here.

use std::ops::RangeInclusive;

use bytes::Bytes;
use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::group::{Sync, Synced};
use crate::node::Node;

/// From this version on the protocol is told and asked back.
const PROTOCOL_FROM: i16 = 5;

/// SyncGroup.
pub(crate) struct SyncGroup;

impl Api for SyncGroup {
    type Request = SyncGroupRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=5;

    fn handle(node: &Node, cx: &Cx<'_>, request: SyncGroupRequest) -> Option<SyncGroupResponse> {
        let group = request.group_id.to_string();
        let text = |s: &StrBytes| s.to_string();
        let sync = Sync {
            member_id: text(&request.member_id),
            instance_id: request.group_instance_id.as_ref().map(text),
            generation: request.generation_id,
            protocol_type: request.protocol_type.as_ref().map(text),
            protocol: request.protocol_name.as_ref().map(text),
            // Copies, as what is held must not keep the whole request's bytes.
            assignments: request
                .assignments
                .iter()
                .map(|a| (text(&a.member_id), Bytes::copy_from_slice(&a.assignment)))
                .collect(),
        };
        drop(request);
        node.groups.sync(&group, sync, || cx.gone()).map(|synced| answer(cx.version, synced))
    }
}

fn answer(version: i16, synced: Synced) -> SyncGroupResponse {
    let mut response = SyncGroupResponse::default();
    response.error_code = synced.error.map_or(0, |code| code.code());
    response.assignment = synced.assignment;
    if version >= PROTOCOL_FROM {
        response.protocol_type = synced.protocol_type.map(StrBytes::from_string);
        response.protocol_name = synced.protocol.map(StrBytes::from_string);
    }
    response
}
