//! ListGroups: all groups, those with members and those with nothing but offsets.

use std::ops::RangeInclusive;

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Api, Cx};
use crate::group::{Groups, Listed, Offsets};
use crate::node::Node;

/// From this version on the state is told.
const STATE_FROM: i16 = 4;
/// From this version on the type is told.
const TYPE_FROM: i16 = 5;
/// The type of all groups that this broker has.
const CLASSIC: &str = "classic";

/// ListGroups.
pub(crate) struct ListGroups;

impl Api for ListGroups {
    type Request = ListGroupsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=5;

    fn handle(node: &Node, cx: &Cx<'_>, request: ListGroupsRequest) -> Option<ListGroupsResponse> {
        Some(answer(cx.version, &node.groups, &node.offsets, &request))
    }
}

fn answer(version: i16, groups: &Groups, offsets: &Offsets, request: &ListGroupsRequest) -> ListGroupsResponse {
    let passes = |filter: &[StrBytes], name: &str| {
        filter.is_empty() || filter.iter().any(|f| f.trim().eq_ignore_ascii_case(name))
    };
    let wanted = |g: &Listed| passes(&request.states_filter, g.state.name()) && passes(&request.types_filter, CLASSIC);
    let listed = groups.list(offsets).into_iter().filter(wanted).map(|g| {
        let mut listed = ListedGroup::default();
        listed.group_id = StrBytes::from_string(g.group).into();
        listed.protocol_type = StrBytes::from_string(g.protocol_type);
        if version >= STATE_FROM {
            listed.group_state = StrBytes::from_static_str(g.state.name());
        }
        if version >= TYPE_FROM {
            listed.group_type = StrBytes::from_static_str(CLASSIC);
        }
        listed
    });
    ListGroupsResponse::default().with_groups(listed.collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::BytesMut;
    use kafka_protocol::protocol::{Decodable as _, Encodable as _};

    use super::*;
    use crate::clock::Clock;
    use crate::config::{Fsync, Limits};
    use crate::journal::{Journal, OffsetEntry};

    #[test]
    fn every_version_lists_and_filters() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(folder.path(), Fsync::Never).unwrap());
        let clock = Clock::manual(0);
        let offsets = Offsets::open(&journal.state(), Arc::clone(&journal), clock.clone(), 1);
        let groups = Groups::new(clock, &Limits::default(), 0);
        let (topic, metadata) = ("t".to_owned(), String::new());
        let entry = OffsetEntry { topic, partition: 0, offset: 1, leader_epoch: -1, metadata, committed_ms: 0 };
        offsets.commit("g", vec![entry]).unwrap();
        let filter = |names: &[&'static str]| names.iter().map(|n| StrBytes::from_static_str(n)).collect::<Vec<_>>();
        for version in ListGroups::VERSIONS {
            let cases =
                [(&[][..], &[][..], 1), (&["empty", "Stable"], &[], 1), (&["Stable"], &[], 0), (&[], &["consumer"], 0)];
            for (states, types, count) in cases {
                let request =
                    ListGroupsRequest::default().with_states_filter(filter(states)).with_types_filter(filter(types));
                let mut bytes = BytesMut::new();
                answer(version, &groups, &offsets, &request).encode(&mut bytes, version).unwrap();
                let back = ListGroupsResponse::decode(&mut bytes.freeze(), version).unwrap();
                assert_eq!(back.groups.len(), count, "v{version} {states:?} {types:?}");
            }
        }
    }
}
