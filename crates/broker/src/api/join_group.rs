//! JoinGroup: a member joins its group; answered when the rebalance has gone through.

use std::ops::RangeInclusive;

use bytes::Bytes;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::group::{Join, Joined, Protocol};
use crate::node::Node;

/// From this version on a dynamic member must come again with the id that it is given (KIP-394).
const KNOWN_ID_FROM: i16 = 4;
/// From this version on the protocol's type is told and its name may be null.
const PROTOCOL_TYPE_FROM: i16 = 7;
/// From this version on a returning static leader may be told not to assign (KIP-814).
const SKIP_ASSIGNMENT_FROM: i16 = 9;

/// JoinGroup.
pub(crate) struct JoinGroup;

impl Api for JoinGroup {
    type Request = JoinGroupRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=9;

    fn handle(node: &Node, cx: &Cx<'_>, request: JoinGroupRequest) -> Option<JoinGroupResponse> {
        let group = request.group_id.to_string();
        let join = wish(cx.version, &cx.client_id, format!("/{}", cx.peer.ip()), &request);
        // What is held while waiting must not keep the whole request's bytes.
        drop(request);
        node.groups.join(&group, join, || cx.gone()).map(|joined| answer(cx.version, joined))
    }
}

fn wish(version: i16, client_id: &str, client_host: String, request: &JoinGroupRequest) -> Join {
    let protocol = |p: &kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol| Protocol {
        name: p.name.to_string(),
        metadata: Bytes::copy_from_slice(&p.metadata),
    };
    Join {
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.as_ref().map(|id| id.to_string()),
        client_id: client_id.to_owned(),
        client_host,
        session_timeout_ms: request.session_timeout_ms,
        // Version 0 has one timeout for both.
        rebalance_timeout_ms: if version == 0 { request.session_timeout_ms } else { request.rebalance_timeout_ms },
        protocol_type: request.protocol_type.to_string(),
        protocols: request.protocols.iter().map(protocol).collect(),
        known_id_required: version >= KNOWN_ID_FROM,
        skip_supported: version >= SKIP_ASSIGNMENT_FROM,
        fresh_id: String::new(),
    }
}

fn answer(version: i16, joined: Joined) -> JoinGroupResponse {
    let mut response = JoinGroupResponse::default();
    response.error_code = joined.error.map_or(0, |code| code.code());
    response.generation_id = joined.generation;
    response.protocol_name = joined.protocol.map(StrBytes::from_string);
    if version >= PROTOCOL_TYPE_FROM {
        response.protocol_type = joined.protocol_type.map(StrBytes::from_string);
    } else {
        response.protocol_name.get_or_insert_default();
    }
    response.leader = StrBytes::from_string(joined.leader);
    response.skip_assignment = version >= SKIP_ASSIGNMENT_FROM && joined.skip_assignment;
    response.member_id = StrBytes::from_string(joined.member_id);
    response.members = joined
        .members
        .into_iter()
        .map(|member| {
            JoinGroupResponseMember::default()
                .with_member_id(StrBytes::from_string(member.member_id))
                .with_group_instance_id(member.instance_id.map(StrBytes::from_string))
                .with_metadata(member.metadata)
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::protocol::{Decodable as _, Encodable as _};

    use super::*;
    use crate::error::Code;
    use crate::group::JoinedMember;

    #[test]
    fn every_version_carries_good_and_bad_answers() {
        let good = Joined {
            error: None,
            generation: 3,
            protocol_type: Some("consumer".into()),
            protocol: Some("range".into()),
            leader: "m".into(),
            skip_assignment: true,
            member_id: "m".into(),
            members: vec![JoinedMember {
                member_id: "m".into(),
                instance_id: Some("i".into()),
                metadata: Bytes::from_static(b"s"),
            }],
        };
        for version in JoinGroup::VERSIONS {
            for joined in [good.clone(), Joined::error("m", Code::UnknownMemberId)] {
                let mut bytes = BytesMut::new();
                answer(version, joined.clone()).encode(&mut bytes, version).unwrap();
                let back = JoinGroupResponse::decode(&mut bytes.freeze(), version).unwrap();
                assert_eq!(back.generation_id, joined.generation);
                assert_eq!(back.members.len(), joined.members.len());
                assert_eq!(back.skip_assignment, version >= 9 && joined.skip_assignment);
                let name = joined.protocol.as_deref().or((version < 7).then_some(""));
                assert_eq!(back.protocol_name.as_deref(), name, "v{version}");
            }
        }
    }

    #[test]
    fn the_oldest_version_has_one_timeout() {
        let request = JoinGroupRequest::default().with_session_timeout_ms(7).with_rebalance_timeout_ms(-1);
        assert_eq!(wish(0, "c", "/h".into(), &request).rebalance_timeout_ms, 7);
        let request = request.with_rebalance_timeout_ms(9);
        assert_eq!(wish(1, "c", "/h".into(), &request).rebalance_timeout_ms, 9);
        assert!(!wish(3, "c", "/h".into(), &request).known_id_required);
        assert!(wish(4, "c", "/h".into(), &request).known_id_required);
    }
}
