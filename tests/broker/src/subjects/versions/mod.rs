//! Every API at every version that the broker advertises: real requests, wholly decodable answers, the right codes.

mod cluster;
mod data;
mod groups;
mod offsets;
mod producers;
mod topics;
mod transactions;

pub(crate) use cluster::{api_versions, describe_cluster, describe_log_dirs, find_coordinator, nothing_else};
pub(crate) use data::{delete_records, fetch, list_offsets, offset_for_leader_epoch, produce};
pub(crate) use groups::{delete_groups, describe_groups, heartbeat, join_group, leave_group, list_groups, sync_group};
pub(crate) use offsets::{offset_commit, offset_delete, offset_fetch, txn_offset_commit};
pub(crate) use producers::{describe_producers, describe_transactions, init_producer_id, list_transactions};
pub(crate) use topics::{
    alter_configs, create_partitions, create_topics, delete_topics, describe_configs, incremental_alter_configs,
    metadata,
};
pub(crate) use transactions::{add_offsets_to_txn, add_partitions_to_txn, end_txn};

use kafka_protocol::protocol::Request;

use crate::outcome::{Doing as _, Outcome, Result, holds};
use crate::target::Target;
use crate::wire::Connection;

/// Does the same at every version that the broker, the library of messages and this program (`up_to`) know.
fn each_version<R: Request>(
    target: &Target,
    up_to: i16,
    mut probe: impl FnMut(&mut Connection, i16) -> Result,
) -> Outcome {
    let mut connection = target.connect()?;
    let range = connection.versions::<R>()?;
    let range = *range.start()..=up_to.min(*range.end());
    holds(!range.is_empty(), format!("no version in common: {range:?}"))?;
    for version in range.clone() {
        probe(&mut connection, version).doing(format!("version {version}"))?;
    }
    Ok(format!("versions {} to {}", range.start(), range.end()))
}
