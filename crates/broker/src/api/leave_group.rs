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
