//! DescribeGroups: state, members and assignments of groups.

use std::ops::RangeInclusive;

use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::group::Described;
use crate::node::Node;

/// From this version on the operations that the client may do are told when asked for.
const OPERATIONS_FROM: i16 = 3;
/// From this version on instance ids are told.
const INSTANCE_FROM: i16 = 4;
/// Without an authorizer everybody may do everything that is done with groups: read (3), delete (6), describe (8),
/// describe (10) and alter configs (11), as bits.
const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

/// DescribeGroups.
pub(crate) struct DescribeGroups;

impl Api for DescribeGroups {
    type Request = DescribeGroupsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=5;

    fn handle(node: &Node, cx: &Cx<'_>, request: DescribeGroupsRequest) -> Option<DescribeGroupsResponse> {
        let operations = request.include_authorized_operations;
        let groups = request.groups.into_iter().map(|group| {
            let described = node.groups.describe(&group, &node.offsets);
            answer(cx.version, group, described, operations)
        });
        Some(DescribeGroupsResponse::default().with_groups(groups.collect()))
    }
}

fn answer(version: i16, group: GroupId, described: Described, operations: bool) -> DescribedGroup {
    let members = described.members.into_iter().map(|member| {
        let instance_id = member.instance_id.filter(|_| version >= INSTANCE_FROM);
        DescribedGroupMember::default()
            .with_member_id(StrBytes::from_string(member.member_id))
            .with_group_instance_id(instance_id.map(StrBytes::from_string))
            .with_client_id(StrBytes::from_string(member.client_id))
            .with_client_host(StrBytes::from_string(member.client_host))
            .with_member_metadata(member.metadata)
            .with_member_assignment(member.assignment)
    });
    let told = operations && version >= OPERATIONS_FROM;
    DescribedGroup::default()
        .with_group_id(group)
        .with_error_message(None)
        .with_group_state(StrBytes::from_static_str(described.state.name()))
        .with_protocol_type(StrBytes::from_string(described.protocol_type))
        .with_protocol_data(StrBytes::from_string(described.protocol))
        .with_members(members.collect())
        .with_authorized_operations(if told { ALL_OPERATIONS } else { i32::MIN })
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use kafka_protocol::protocol::{Decodable as _, Encodable as _};

    use super::*;
    use crate::group::{DescribedMember, GroupState};

    #[test]
    fn every_version_tells_what_it_can() {
        let member = DescribedMember {
            member_id: "m".into(),
            instance_id: Some("i".into()),
            client_id: "c".into(),
            client_host: "/h".into(),
            metadata: Bytes::from_static(b"s"),
            assignment: Bytes::from_static(b"a"),
        };
        let described = Described {
            state: GroupState::Stable,
            protocol_type: "consumer".into(),
            protocol: "range".into(),
            members: vec![member],
        };
        for version in DescribeGroups::VERSIONS {
            let group = answer(version, StrBytes::from_static_str("g").into(), described.clone(), true);
            let mut bytes = BytesMut::new();
            DescribeGroupsResponse::default().with_groups(vec![group]).encode(&mut bytes, version).unwrap();
            let back = DescribeGroupsResponse::decode(&mut bytes.freeze(), version).unwrap();
            let group = &back.groups[0];
            assert_eq!((&*group.group_state, &*group.protocol_data, group.members.len()), ("Stable", "range", 1));
            assert_eq!(group.members[0].group_instance_id.is_some(), version >= 4);
            assert_eq!(group.authorized_operations, if version >= 3 { 0b1101_0100_1000 } else { i32::MIN });
        }
    }
}
