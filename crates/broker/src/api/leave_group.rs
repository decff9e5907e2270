//! LeaveGroup: members leave, by themselves or by an administrator's wish (static ones, by instance id).

use std::ops::RangeInclusive;

use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::{Api, Cx};
use crate::error::Code;
use crate::group::Groups;
use crate::node::Node;

/// From this version on several members leave at once.
const MEMBERS_FROM: i16 = 3;

/// LeaveGroup.
pub(crate) struct LeaveGroup;

impl Api for LeaveGroup {
    type Request = LeaveGroupRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=5;

    fn handle(node: &Node, cx: &Cx<'_>, request: LeaveGroupRequest) -> Option<LeaveGroupResponse> {
        Some(answer(cx.version, &node.groups, &request))
    }
}

fn answer(version: i16, groups: &Groups, request: &LeaveGroupRequest) -> LeaveGroupResponse {
    let response = LeaveGroupResponse::default();
    let code = |result: &Result<(), Code>| result.map_or_else(|code| code.code(), |()| 0);
    if version < MEMBERS_FROM {
        let results = groups.leave(&request.group_id, &[(&request.member_id, None)]);
        let result = results.and_then(|results| results.into_iter().collect());
        return response.with_error_code(code(&result));
    }
    let members: Vec<_> = request.members.iter().map(|m| (&*m.member_id, m.group_instance_id.as_deref())).collect();
    match groups.leave(&request.group_id, &members) {
        Err(error) => response.with_error_code(error.code()),
        Ok(results) => {
            let members = request.members.iter().zip(&results).map(|(member, result)| {
                MemberResponse::default()
                    .with_member_id(member.member_id.clone())
                    .with_group_instance_id(member.group_instance_id.clone())
                    .with_error_code(code(result))
            });
            response.with_members(members.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::messages::GroupId;
    use kafka_protocol::messages::leave_group_request::MemberIdentity;
    use kafka_protocol::protocol::{Decodable as _, Encodable as _, StrBytes};

    use super::*;
    use crate::clock::Clock;
    use crate::config::Limits;
    use crate::group::{Join, Protocol};

    #[test]
    fn every_version_tells_of_each_member() {
        for version in LeaveGroup::VERSIONS {
            let groups = Groups::new(Clock::manual(0), &Limits::default(), 0);
            let join = Join {
                member_id: String::new(),
                instance_id: None,
                client_id: "c".into(),
                client_host: "/h".into(),
                session_timeout_ms: 6_000,
                rebalance_timeout_ms: 6_000,
                protocol_type: "consumer".into(),
                protocols: vec![Protocol { name: "range".into(), metadata: bytes::Bytes::new() }],
                known_id_required: false,
                skip_supported: false,
                fresh_id: String::new(),
            };
            let member = StrBytes::from_string(groups.join("g", join, || false).unwrap().member_id);
            let ask = |group: &'static str, id: &StrBytes| {
                let other = MemberIdentity::default().with_member_id(StrBytes::from_static_str("x"));
                let request = LeaveGroupRequest::default()
                    .with_group_id(GroupId(StrBytes::from_static_str(group)))
                    .with_member_id(id.clone())
                    .with_members(vec![MemberIdentity::default().with_member_id(id.clone()), other]);
                let mut bytes = BytesMut::new();
                answer(version, &groups, &request).encode(&mut bytes, version).unwrap();
                let back = LeaveGroupResponse::decode(&mut bytes.freeze(), version).unwrap();
                (back.error_code, back.members.iter().map(|m| m.error_code).collect::<Vec<_>>())
            };
            let each = |codes: [i16; 2]| if version < MEMBERS_FROM { vec![] } else { codes.to_vec() };
            assert_eq!(ask("none", &member), (25, vec![]), "v{version}");
            assert_eq!(ask("g", &member), (0, each([0, 25])), "v{version}");
            assert_eq!(ask("g", &member), (if version < MEMBERS_FROM { 25 } else { 0 }, each([25, 25])));
        }
    }
}
