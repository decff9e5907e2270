//! Requests about records: producing, reading, and what offsets there are.

use super::super::shape::*;

/// Versions 3 to 11.
pub(super) const PRODUCE: Shape = Shape {
    flexible_from: 9,
    fields: &[
        text("transactional_id").nullable(),
        number("acks", 2),
        number("timeout_ms", 4),
        many("topic_data", &[text("name"), many("partition_data", &[number("index", 4), blob("records").nullable()])]),
    ],
};

/// Versions 4 to 12.
pub(super) const FETCH: Shape = Shape {
    flexible_from: 12,
    fields: &[
        number("replica_id", 4),
        number("max_wait_ms", 4),
        number("min_bytes", 4),
        number("max_bytes", 4),
        number("isolation_level", 1),
        number("session_id", 4).from(7),
        number("session_epoch", 4).from(7),
        many(
            "topics",
            &[
                text("topic"),
                many(
                    "partitions",
                    &[
                        number("partition", 4),
                        number("current_leader_epoch", 4).from(9),
                        number("fetch_offset", 8),
                        number("last_fetched_epoch", 4).from(12),
                        number("log_start_offset", 8).from(5),
                        number("partition_max_bytes", 4),
                        number("replica_directory_id", 16).from(17).tag(0),
                        number("high_watermark", 8).from(18).tag(1),
                    ],
                ),
            ],
        ),
        many("forgotten_topics_data", &[text("topic").from(7), numbers("partitions", 4).from(7)]).from(7),
        text("rack_id").from(11),
        text("cluster_id").from(12).nullable().tag(0),
        blob("replica_state").from(15).tag(1),
    ],
};

/// Versions 1 to 8.
pub(super) const LIST_OFFSETS: Shape = Shape {
    flexible_from: 6,
    fields: &[
        number("replica_id", 4),
        number("isolation_level", 1).from(2),
        many(
            "topics",
            &[
                text("name"),
                many(
                    "partitions",
                    &[number("partition_index", 4), number("current_leader_epoch", 4).from(4), number("timestamp", 8)],
                ),
            ],
        ),
    ],
};

/// Versions 0 to 2.
pub(super) const DELETE_RECORDS: Shape = Shape {
    flexible_from: 2,
    fields: &[
        many("topics", &[text("name"), many("partitions", &[number("partition_index", 4), number("offset", 8)])]),
        number("timeout_ms", 4),
    ],
};

/// Versions 2 to 4.
pub(super) const OFFSET_FOR_LEADER_EPOCH: Shape = Shape {
    flexible_from: 4,
    fields: &[
        number("replica_id", 4).from(3),
        many(
            "topics",
            &[
                text("topic"),
                many(
                    "partitions",
                    &[number("partition", 4), number("current_leader_epoch", 4), number("leader_epoch", 4)],
                ),
            ],
        ),
    ],
};
