//! DeleteGroups: groups without members are deleted, with their offsets.

use std::ops::RangeInclusive;

use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use super::{Api, Cx};
use crate::node::Node;

/// DeleteGroups.
pub(crate) struct DeleteGroups;

impl Api for DeleteGroups {
    type Request = DeleteGroupsRequest;
    const VERSIONS: RangeInclusive<i16> = 0..=2;

    fn handle(node: &Node, _: &Cx<'_>, request: DeleteGroupsRequest) -> Option<DeleteGroupsResponse> {
        let results = request.groups_names.into_iter().map(|group| {
            let result = node.groups.delete(&group, &node.offsets);
            DeletableGroupResult::default()
                .with_group_id(group)
                .with_error_code(result.map_or_else(|code| code.code(), |()| 0))
        });
        Some(DeleteGroupsResponse::default().with_results(results.collect()))
    }
}
