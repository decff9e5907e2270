//! APIs of group membership.

use bytes::Bytes;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest,
    ListGroupsRequest, SyncGroupRequest,
};

use super::each_version;
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::Target;
use crate::wire::group::{Member, commit_code, commit_request};
use crate::wire::{ask, code, group_id, text};

/// The only member of a new group.
fn alone(target: &Target, what: &str) -> Result<Member> {
    let mut member = Member::new(target, &target.name(what), None)?;
    member.join_alone()?;
    Ok(member)
}

pub(crate) fn join_group(target: &Target) -> Outcome {
    each_version::<JoinGroupRequest>(target, 9, |connection, version| {
        let group = target.name("join");
        drop(Member::new(target, &group, None)?);
        let protocol = JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(Bytes::from("m"));
        let mut request = JoinGroupRequest::default()
            .with_group_id(group_id(&group))
            .with_session_timeout_ms(10_000)
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol]);
        if version >= 1 {
            request = request.with_rebalance_timeout_ms(10_000);
        }
        if version >= 8 {
            request = request.with_reason(ask::words("because"));
        }
        let mut answer = connection.call(version, &request)?;
        if version >= 4 {
            same("without a member id", code(answer.error_code), "MemberIdRequired")?;
            request = request.with_member_id(answer.member_id);
            answer = connection.call(version, &request)?;
        }
        same("joining", code(answer.error_code), "none")?;
        same("generation", answer.generation_id, 1)?;
        same("leader", &answer.leader, &answer.member_id)?;
        same("protocol", answer.protocol_name.as_deref(), Some("range"))?;
        let members = answer.members.iter().map(|m| (&m.member_id, &m.metadata[..])).collect::<Vec<_>>();
        same("members", members, [(&answer.member_id, &b"m"[..])])?;
        let mut refused = |what: &str, request: &JoinGroupRequest, wanted: &str| {
            same(what, code(connection.call(version, request)?.error_code), wanted)
        };
        refused("no group", &request.clone().with_group_id(group_id("")), "InvalidGroupId")?;
        refused("a short session", &request.clone().with_session_timeout_ms(1), "InvalidSessionTimeout")?;
        refused("an unknown member", &request.clone().with_member_id(text("nobody")), "UnknownMemberId")?;
        refused("another kind", &request.clone().with_protocol_type(text("connect")), "InconsistentGroupProtocol")
    })
}

pub(crate) fn sync_group(target: &Target) -> Outcome {
    each_version::<SyncGroupRequest>(target, 5, |connection, version| {
        let mut member = Member::new(target, &target.name("sync"), None)?;
        member.join()?;
        let assignment = SyncGroupRequestAssignment::default()
            .with_member_id(text(&member.id))
            .with_assignment(Bytes::from("all of it"));
        let mut request = SyncGroupRequest::default()
            .with_group_id(group_id(&member.group))
            .with_generation_id(member.generation)
            .with_member_id(text(&member.id))
            .with_assignments(vec![assignment]);
        if version >= 5 {
            request = request.with_protocol_type(ask::words("consumer")).with_protocol_name(ask::words("range"));
        }
        let mut sync = |request: &SyncGroupRequest| connection.call(version, request);
        let stale = request.clone().with_generation_id(member.generation + 7);
        same("another generation", code(sync(&stale)?.error_code), "IllegalGeneration")?;
        let unknown = request.clone().with_member_id(text("nobody"));
        same("an unknown member", code(sync(&unknown)?.error_code), "UnknownMemberId")?;
        if version >= 5 {
            let other = request.clone().with_protocol_name(ask::words("roundrobin"));
            same("another protocol", code(sync(&other)?.error_code), "InconsistentGroupProtocol")?;
        }
        let answer = sync(&request)?;
        same("synchronizing", code(answer.error_code), "none")?;
        same("assignment", &answer.assignment[..], b"all of it")?;
        if version >= 5 {
            same("protocol", answer.protocol_name.as_deref(), Some("range"))?;
        }
        Ok(())
    })
}

pub(crate) fn heartbeat(target: &Target) -> Outcome {
    let member = alone(target, "heartbeat")?;
    each_version::<HeartbeatRequest>(target, 4, |connection, version| {
        let request = HeartbeatRequest::default()
            .with_group_id(group_id(&member.group))
            .with_generation_id(member.generation)
            .with_member_id(text(&member.id));
        let mut beat =
            |request: HeartbeatRequest| Ok::<_, crate::Failure>(code(connection.call(version, &request)?.error_code));
        same("a heartbeat", beat(request.clone())?, "none")?;
        same("another generation", beat(request.clone().with_generation_id(77))?, "IllegalGeneration")?;
        same("an unknown member", beat(request.clone().with_member_id(text("nobody")))?, "UnknownMemberId")?;
        same("an unknown group", beat(request.with_group_id(group_id(&target.name("no"))))?, "UnknownMemberId")
    })
}

pub(crate) fn leave_group(target: &Target) -> Outcome {
    each_version::<LeaveGroupRequest>(target, 5, |connection, version| {
        let mut member = alone(target, "leave")?;
        let mut leave = |id: &str| -> Result<String> {
            let mut request = LeaveGroupRequest::default().with_group_id(group_id(&member.group));
            if version >= 3 {
                request = request.with_members(vec![MemberIdentity::default().with_member_id(text(id))]);
            } else {
                request = request.with_member_id(text(id));
            }
            let answer = connection.call(version, &request)?;
            if version < 3 {
                return Ok(code(answer.error_code));
            }
            same("leaving", code(answer.error_code), "none")?;
            Ok(code(first("member", answer.members)?.error_code))
        };
        same("an unknown member", leave("nobody")?, "UnknownMemberId")?;
        same("leaving", leave(&member.id)?, "none")?;
        same("leaving again", leave(&member.id)?, "UnknownMemberId")?;
        same("a heartbeat afterwards", member.heartbeat()?, "UnknownMemberId")
    })
}

pub(crate) fn describe_groups(target: &Target) -> Outcome {
    let member = alone(target, "describe")?;
    let absent = target.name("absent");
    each_version::<DescribeGroupsRequest>(target, 5, |connection, version| {
        let groups = vec![group_id(&member.group), group_id(&absent)];
        let answer = connection.call(version, &DescribeGroupsRequest::default().with_groups(groups))?;
        let find = |name: &str| first(name, answer.groups.iter().filter(|g| g.group_id.as_str() == name));
        let seen = find(&member.group)?;
        let state = (code(seen.error_code), seen.group_state.as_str(), seen.protocol_type.as_str());
        same("the group", state, ("none".to_owned(), "Stable", "consumer"))?;
        same("its protocol", seen.protocol_data.as_str(), "range")?;
        let described = first("member", &seen.members)?;
        same("its member", described.member_id.as_str(), &member.id)?;
        same("the member's assignment", &described.member_assignment[..], b"everything")?;
        same("the member's metadata", &described.member_metadata, &member.metadata)?;
        holds(!described.client_host.is_empty(), "a member without a host")?;
        let seen = find(&absent)?;
        same("an unknown group", (code(seen.error_code), seen.group_state.as_str()), ("none".to_owned(), "Dead"))
    })
}

pub(crate) fn list_groups(target: &Target) -> Outcome {
    let member = alone(target, "list")?;
    each_version::<ListGroupsRequest>(target, 5, |connection, version| {
        let mut listed = |request: ListGroupsRequest| -> Result<Option<String>> {
            let answer = connection.call(version, &request)?;
            same("listing", code(answer.error_code), "none")?;
            let found = answer.groups.into_iter().find(|g| g.group_id.as_str() == member.group);
            Ok(found.map(|g| format!("{} {}", g.protocol_type.as_str(), g.group_state.as_str())))
        };
        let state = if version >= 4 { "consumer Stable" } else { "consumer " };
        same("all groups", listed(ListGroupsRequest::default())?.as_deref(), Some(state))?;
        if version >= 4 {
            let in_state = |state| ListGroupsRequest::default().with_states_filter(vec![text(state)]);
            same("stable ones", listed(in_state("Stable"))?.as_deref(), Some(state))?;
            same("empty ones", listed(in_state("Empty"))?, None)?;
        }
        if version >= 5 {
            let of_type = |kind| ListGroupsRequest::default().with_types_filter(vec![text(kind)]);
            same("classic ones", listed(of_type("classic"))?.as_deref(), Some(state))?;
            same("of the new protocol", listed(of_type("consumer"))?, None)?;
        }
        Ok(())
    })
}

pub(crate) fn delete_groups(target: &Target) -> Outcome {
    let member = alone(target, "delete")?;
    let topic = target.topic("delete-groups", 1, &[])?;
    let absent = target.name("absent");
    each_version::<DeleteGroupsRequest>(target, 2, |connection, version| {
        let stored = target.name("stored");
        same("committing", commit_code(connection, &commit_request(&stored, &topic, 1))?, "none")?;
        let names = [&stored, &member.group, &absent];
        let request = DeleteGroupsRequest::default().with_groups_names(names.map(|n| group_id(n)).to_vec());
        let answer = connection.call(version, &request)?;
        let find = |name: &str| first(name, answer.results.iter().filter(|g| g.group_id.as_str() == name));
        same("one with offsets only", code(find(&stored)?.error_code), "none")?;
        same("one with a member", code(find(&member.group)?.error_code), "NonEmptyGroup")?;
        same("an unknown one", code(find(&absent)?.error_code), "GroupIdNotFound")
    })
}
