//! The shapes of all requests that are served, by their versions that are served.
//!
//! They follow Apache Kafka's message definitions. A tagged field that only later versions have is listed all the
//! same, as its tag is refused in earlier ones. The tests hold every shape against the decoder's own encoding.

mod cluster;
mod groups;
mod records;
mod transactions;

use super::shape::Shape;

/// The shape of an API's requests; `None` when the API is not known here.
pub(crate) const fn shape_of(api_key: i16) -> Option<&'static Shape> {
    Some(match api_key {
        0 => &records::PRODUCE,
        1 => &records::FETCH,
        2 => &records::LIST_OFFSETS,
        3 => &cluster::METADATA,
        8 => &groups::OFFSET_COMMIT,
        9 => &groups::OFFSET_FETCH,
        10 => &groups::FIND_COORDINATOR,
        11 => &groups::JOIN_GROUP,
        12 => &groups::HEARTBEAT,
        13 => &groups::LEAVE_GROUP,
        14 => &groups::SYNC_GROUP,
        15 => &groups::DESCRIBE_GROUPS,
        16 => &groups::LIST_GROUPS,
        18 => &cluster::API_VERSIONS,
        19 => &cluster::CREATE_TOPICS,
        20 => &cluster::DELETE_TOPICS,
        21 => &records::DELETE_RECORDS,
        22 => &transactions::INIT_PRODUCER_ID,
        23 => &records::OFFSET_FOR_LEADER_EPOCH,
        24 => &transactions::ADD_PARTITIONS_TO_TXN,
        25 => &transactions::ADD_OFFSETS_TO_TXN,
        26 => &transactions::END_TXN,
        28 => &transactions::TXN_OFFSET_COMMIT,
        32 => &cluster::DESCRIBE_CONFIGS,
        33 => &cluster::ALTER_CONFIGS,
        35 => &cluster::DESCRIBE_LOG_DIRS,
        37 => &cluster::CREATE_PARTITIONS,
        42 => &groups::DELETE_GROUPS,
        44 => &cluster::INCREMENTAL_ALTER_CONFIGS,
        47 => &groups::OFFSET_DELETE,
        60 => &cluster::DESCRIBE_CLUSTER,
        61 => &transactions::DESCRIBE_PRODUCERS,
        65 => &transactions::DESCRIBE_TRANSACTIONS,
        66 => &transactions::LIST_TRANSACTIONS,
        _ => return None,
    })
}
