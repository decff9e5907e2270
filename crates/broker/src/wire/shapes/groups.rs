//! Requests about consumer groups and their offsets.

use super::super::shape::*;

/// Versions 2 to 9.
pub(super) const OFFSET_COMMIT: Shape = Shape {
    flexible_from: 8,
    fields: &[
        text("group_id"),
        number("generation_id_or_member_epoch", 4),
        text("member_id"),
        text("group_instance_id").from(7).nullable(),
        number("retention_time_ms", 8).until(4),
        many(
            "topics",
            &[
                text("name"),
                many(
                    "partitions",
                    &[
                        number("partition_index", 4),
                        number("committed_offset", 8),
                        number("committed_leader_epoch", 4).from(6),
                        text("committed_metadata").nullable(),
                    ],
                ),
            ],
        ),
    ],
};

/// Versions 1 to 9.
pub(super) const OFFSET_FETCH: Shape = Shape {
    flexible_from: 6,
    fields: &[
        text("group_id").until(7),
        many("topics", &[text("name").until(7), numbers("partition_indexes", 4).until(7)]).until(7).nullable(),
        many(
            "groups",
            &[
                text("group_id").from(8),
                text("member_id").from(9).nullable(),
                number("member_epoch", 4).from(9),
                many("topics", &[text("name").from(8), numbers("partition_indexes", 4).from(8)]).from(8).nullable(),
            ],
        )
        .from(8),
        number("require_stable", 1).from(7),
    ],
};

/// Versions 0 to 4.
pub(super) const FIND_COORDINATOR: Shape = Shape {
    flexible_from: 3,
    fields: &[text("key").until(3), number("key_type", 1).from(1), texts("coordinator_keys").from(4)],
};

/// Versions 0 to 9.
pub(super) const JOIN_GROUP: Shape = Shape {
    flexible_from: 6,
    fields: &[
        text("group_id"),
        number("session_timeout_ms", 4),
        number("rebalance_timeout_ms", 4).from(1),
        text("member_id"),
        text("group_instance_id").from(5).nullable(),
        text("protocol_type"),
        many("protocols", &[text("name"), blob("metadata")]),
        text("reason").from(8).nullable(),
    ],
};

/// Versions 0 to 4.
pub(super) const HEARTBEAT: Shape = Shape {
    flexible_from: 4,
    fields: &[
        text("group_id"),
        number("generation_id", 4),
        text("member_id"),
        text("group_instance_id").from(3).nullable(),
    ],
};

/// Versions 0 to 5.
pub(super) const LEAVE_GROUP: Shape = Shape {
    flexible_from: 4,
    fields: &[
        text("group_id"),
        text("member_id").until(2),
        many(
            "members",
            &[
                text("member_id").from(3),
                text("group_instance_id").from(3).nullable(),
                text("reason").from(5).nullable(),
            ],
        )
        .from(3),
    ],
};

/// Versions 0 to 5.
pub(super) const SYNC_GROUP: Shape = Shape {
    flexible_from: 4,
    fields: &[
        text("group_id"),
        number("generation_id", 4),
        text("member_id"),
        text("group_instance_id").from(3).nullable(),
        text("protocol_type").from(5).nullable(),
        text("protocol_name").from(5).nullable(),
        many("assignments", &[text("member_id"), blob("assignment")]),
    ],
};

/// Versions 0 to 5.
pub(super) const DESCRIBE_GROUPS: Shape =
    Shape { flexible_from: 5, fields: &[texts("groups"), number("include_authorized_operations", 1).from(3)] };

/// Versions 0 to 5.
pub(super) const LIST_GROUPS: Shape =
    Shape { flexible_from: 3, fields: &[texts("states_filter").from(4), texts("types_filter").from(5)] };

/// Versions 0 to 2.
pub(super) const DELETE_GROUPS: Shape = Shape { flexible_from: 2, fields: &[texts("groups_names")] };

/// Versions 0 to 0.
pub(super) const OFFSET_DELETE: Shape = Shape {
    flexible_from: NEVER,
    fields: &[text("group_id"), many("topics", &[text("name"), many("partitions", &[number("partition_index", 4)])])],
};
