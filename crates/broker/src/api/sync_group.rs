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

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::protocol::{Decodable as _, Encodable as _};

    use super::*;
    use crate::error::Code;

    #[test]
    fn every_version_carries_good_and_bad_answers() {
        let good = Synced {
            error: None,
            protocol_type: Some("consumer".into()),
            protocol: Some("range".into()),
            assignment: Bytes::from_static(b"a"),
        };
        for version in SyncGroup::VERSIONS {
            for (synced, code) in [(good.clone(), 0), (Synced::error(Code::RebalanceInProgress), 27)] {
                let mut bytes = BytesMut::new();
                answer(version, synced.clone()).encode(&mut bytes, version).unwrap();
                let back = SyncGroupResponse::decode(&mut bytes.freeze(), version).unwrap();
                assert_eq!((back.error_code, &back.assignment), (code, &synced.assignment), "v{version}");
                assert_eq!(back.protocol_name.is_some(), version >= PROTOCOL_FROM && code == 0, "v{version}");
            }
        }
    }
}
