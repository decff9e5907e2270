//! Members of consumer groups.

use bytes::Bytes;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, ListGroupsRequest, SyncGroupRequest, SyncGroupResponse,
};

use super::{Maker, Sample, group_id, text};
use crate::known::Known;

/// A consumer's subscription to one of the topics, as its assignors write it.
fn subscription(maker: &mut Maker<'_>) -> Bytes {
    let (topic, _) = maker.place();
    let mut bytes = vec![0, 0, 0, 0, 0, 1];
    bytes.extend(i16::try_from(topic.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(topic.as_bytes());
    bytes.extend((-1_i32).to_be_bytes());
    Bytes::from(bytes)
}

impl Sample for JoinGroupRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let back = maker.happens(70);
        let member = if back { Some(maker.member()) } else { None };
        let group = member.as_ref().map_or_else(|| maker.group(), |member| member.group.clone());
        group.clone_into(&mut maker.subject);
        let protocols = [("range", 100), ("roundrobin", 30)].map(|(name, percent)| {
            let metadata = subscription(maker);
            let protocol = JoinGroupRequestProtocol::default().with_name(text(name)).with_metadata(metadata);
            maker.happens(percent).then_some(protocol)
        });
        let mut request = Self::default()
            .with_group_id(group_id(&group))
            .with_session_timeout_ms(maker.one_of(&[100, 1_000, 6_000]))
            .with_member_id(text(member.as_ref().filter(|m| m.id != "nobody").map_or("", |m| &m.id)))
            .with_protocol_type(text("consumer"))
            .with_protocols(protocols.into_iter().flatten().collect());
        if version >= 1 {
            request = request.with_rebalance_timeout_ms(maker.one_of(&[1, 20, 100]));
        }
        if version >= 5 && maker.happens(20) {
            request = request.with_group_instance_id(Some(text(maker.one_of(&["instance-0", "instance-1"]))));
        }
        if version >= 8 {
            request = request.with_reason(Some(text("because")));
        }
        request
    }

    fn learn(answer: &JoinGroupResponse, subject: &str, known: &mut Known) {
        if !answer.member_id.is_empty() {
            known.member(subject, &answer.member_id, answer.generation_id);
        }
        known.reached("joined", answer.error_code);
    }
}

impl Sample for SyncGroupRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let member = maker.member();
        let assignment = SyncGroupRequestAssignment::default()
            .with_member_id(text(&member.id))
            .with_assignment(Bytes::from_static(b"everything"));
        let request = Self::default()
            .with_group_id(group_id(&member.group))
            .with_generation_id(member.generation)
            .with_member_id(text(&member.id))
            .with_assignments(vec![assignment]);
        if version >= 5 {
            return request.with_protocol_type(Some(text("consumer"))).with_protocol_name(Some(text("range")));
        }
        request
    }

    fn learn(answer: &SyncGroupResponse, _subject: &str, known: &mut Known) {
        known.reached("synchronized", answer.error_code);
    }
}

impl Sample for HeartbeatRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        let member = maker.member();
        Self::default()
            .with_group_id(group_id(&member.group))
            .with_generation_id(member.generation)
            .with_member_id(text(&member.id))
    }
}

impl Sample for LeaveGroupRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let member = maker.member();
        let request = Self::default().with_group_id(group_id(&member.group));
        if version < 3 {
            return request.with_member_id(text(&member.id));
        }
        let mut identity = MemberIdentity::default().with_member_id(text(&member.id));
        if maker.happens(20) {
            identity = identity.with_member_id(text("")).with_group_instance_id(Some(text("instance-0")));
        }
        if version >= 5 {
            identity = identity.with_reason(Some(text("enough")));
        }
        request.with_members(vec![identity])
    }
}

impl Sample for DescribeGroupsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let groups = (0..maker.one_of(&[1, 1, 3])).map(|_| group_id(&maker.group())).collect();
        Self::default().with_groups(groups).with_include_authorized_operations(version >= 3 && maker.happens(50))
    }
}

impl Sample for ListGroupsRequest {
    fn sample(maker: &mut Maker<'_>, version: i16) -> Self {
        let mut request = Self::default();
        if version >= 4 && maker.happens(50) {
            request.states_filter = vec![text(maker.one_of(&["Stable", "empty", "Dead", "none"]))];
        }
        if version >= 5 && maker.happens(50) {
            request.types_filter = vec![text(maker.one_of(&["classic", "consumer"]))];
        }
        request
    }
}

impl Sample for DeleteGroupsRequest {
    fn sample(maker: &mut Maker<'_>, _version: i16) -> Self {
        Self::default().with_groups_names(vec![group_id(&maker.group())])
    }
}
