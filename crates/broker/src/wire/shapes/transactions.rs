//! Requests about producers and transactions.

use super::super::shape::*;

/// Versions 0 to 4.
pub(super) const INIT_PRODUCER_ID: Shape = Shape {
    flexible_from: 2,
    fields: &[
        text("transactional_id").nullable(),
        number("transaction_timeout_ms", 4),
        number("producer_id", 8).from(3),
        number("producer_epoch", 2).from(3),
    ],
};

/// Versions 0 to 3.
pub(super) const ADD_PARTITIONS_TO_TXN: Shape = Shape {
    flexible_from: 3,
    fields: &[
        text("v3_and_below_transactional_id"),
        number("v3_and_below_producer_id", 8),
        number("v3_and_below_producer_epoch", 2),
        many("v3_and_below_topics", &[text("name"), numbers("partitions", 4)]),
    ],
};

/// Versions 0 to 3.
pub(super) const ADD_OFFSETS_TO_TXN: Shape = Shape {
    flexible_from: 3,
    fields: &[text("transactional_id"), number("producer_id", 8), number("producer_epoch", 2), text("group_id")],
};

/// Versions 0 to 3.
pub(super) const END_TXN: Shape = Shape {
    flexible_from: 3,
    fields: &[text("transactional_id"), number("producer_id", 8), number("producer_epoch", 2), number("committed", 1)],
};

/// Versions 0 to 3.
pub(super) const TXN_OFFSET_COMMIT: Shape = Shape {
    flexible_from: 3,
    fields: &[
        text("transactional_id"),
        text("group_id"),
        number("producer_id", 8),
        number("producer_epoch", 2),
        number("generation_id", 4).from(3),
        text("member_id").from(3),
        text("group_instance_id").from(3).nullable(),
        many(
            "topics",
            &[
                text("name"),
                many(
                    "partitions",
                    &[
                        number("partition_index", 4),
                        number("committed_offset", 8),
                        number("committed_leader_epoch", 4).from(2),
                        text("committed_metadata").nullable(),
                    ],
                ),
            ],
        ),
    ],
};

/// Versions 0 to 0.
pub(super) const DESCRIBE_PRODUCERS: Shape =
    Shape { flexible_from: 0, fields: &[many("topics", &[text("name"), numbers("partition_indexes", 4)])] };

/// Versions 0 to 0.
pub(super) const DESCRIBE_TRANSACTIONS: Shape = Shape { flexible_from: 0, fields: &[texts("transactional_ids")] };

/// Versions 0 to 1.
pub(super) const LIST_TRANSACTIONS: Shape = Shape {
    flexible_from: 0,
    fields: &[texts("state_filters"), numbers("producer_id_filters", 8), number("duration_filter", 8).from(1)],
};
