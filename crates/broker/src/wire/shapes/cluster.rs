//! Requests about the cluster, its topics and their settings.

use super::super::shape::*;

/// Versions 0 to 12.
pub(super) const METADATA: Shape = Shape {
    flexible_from: 9,
    fields: &[
        many("topics", &[number("topic_id", 16).from(10), text("name").nullable()]).nullable(),
        number("allow_auto_topic_creation", 1).from(4),
        number("include_cluster_authorized_operations", 1).from(8).until(10),
        number("include_topic_authorized_operations", 1).from(8),
    ],
};

/// Versions 0 to 4.
pub(super) const API_VERSIONS: Shape = Shape {
    flexible_from: 3,
    fields: &[text("client_software_name").from(3), text("client_software_version").from(3)],
};

/// Versions 2 to 7.
pub(super) const CREATE_TOPICS: Shape = Shape {
    flexible_from: 5,
    fields: &[
        many(
            "topics",
            &[
                text("name"),
                number("num_partitions", 4),
                number("replication_factor", 2),
                many("assignments", &[number("partition_index", 4), numbers("broker_ids", 4)]),
                many("configs", &[text("name"), text("value").nullable()]),
            ],
        ),
        number("timeout_ms", 4),
        number("validate_only", 1),
    ],
};

/// Versions 1 to 6.
pub(super) const DELETE_TOPICS: Shape = Shape {
    flexible_from: 4,
    fields: &[
        many("topics", &[text("name").from(6).nullable(), number("topic_id", 16).from(6)]).from(6),
        texts("topic_names").until(5),
        number("timeout_ms", 4),
    ],
};

/// Versions 1 to 4.
pub(super) const DESCRIBE_CONFIGS: Shape = Shape {
    flexible_from: 4,
    fields: &[
        many("resources", &[number("resource_type", 1), text("resource_name"), texts("configuration_keys").nullable()]),
        number("include_synonyms", 1),
        number("include_documentation", 1).from(3),
    ],
};

/// Versions 0 to 2.
pub(super) const ALTER_CONFIGS: Shape = Shape {
    flexible_from: 2,
    fields: &[
        many(
            "resources",
            &[
                number("resource_type", 1),
                text("resource_name"),
                many("configs", &[text("name"), text("value").nullable()]),
            ],
        ),
        number("validate_only", 1),
    ],
};

/// Versions 0 to 1.
pub(super) const INCREMENTAL_ALTER_CONFIGS: Shape = Shape {
    flexible_from: 1,
    fields: &[
        many(
            "resources",
            &[
                number("resource_type", 1),
                text("resource_name"),
                many("configs", &[text("name"), number("config_operation", 1), text("value").nullable()]),
            ],
        ),
        number("validate_only", 1),
    ],
};

/// Versions 1 to 4.
pub(super) const DESCRIBE_LOG_DIRS: Shape =
    Shape { flexible_from: 2, fields: &[many("topics", &[text("topic"), numbers("partitions", 4)]).nullable()] };

/// Versions 0 to 3.
pub(super) const CREATE_PARTITIONS: Shape = Shape {
    flexible_from: 2,
    fields: &[
        many(
            "topics",
            &[text("name"), number("count", 4), many("assignments", &[numbers("broker_ids", 4)]).nullable()],
        ),
        number("timeout_ms", 4),
        number("validate_only", 1),
    ],
};

/// Versions 0 to 1.
pub(super) const DESCRIBE_CLUSTER: Shape = Shape {
    flexible_from: 0,
    fields: &[number("include_cluster_authorized_operations", 1), number("endpoint_type", 1).from(1)],
};
