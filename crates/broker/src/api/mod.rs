//! The APIs of the Kafka protocol that this broker has, one file each, and the table of them.
//!
//! A request's way through here: [`serve`] reads its header, finds its API and version in the [`TABLE`], lets the
//! guard of [`crate::wire`] check its body, decodes it, calls the handler, and encodes the answer.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod alter_configs;
mod api_versions;
mod config_resource;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_transactions;
mod dispatch;
mod end_txn;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod list_transactions;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod sync_group;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod topic_tests;
#[cfg(test)]
mod transaction_tests;
mod txn_offset_commit;

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use kafka_protocol::protocol::Request;

use crate::net::Connection;
use crate::node::Node;

pub(crate) use dispatch::{Entry, serve};

use dispatch::entry;

/// What a handler knows of where a request came from.
pub(crate) struct Cx<'a> {
    /// The request's version, within [`Api::VERSIONS`]: an answer may only set fields that this version has.
    pub(crate) version: i16,
    /// What the client calls itself; may be empty.
    pub(crate) client_id: String,
    /// Where it is.
    pub(crate) peer: SocketAddr,
    /// Its connection.
    pub(crate) connection: &'a Connection,
    /// The broker.
    pub(crate) node: &'a Node,
}

impl Cx<'_> {
    /// Whether nobody waits for the answer any more. Long waits look at least every 250 ms.
    pub(crate) fn gone(&self) -> bool {
        self.node.is_stopping() || self.connection.is_closed()
    }
}

/// An API: its versions and its handler.
pub(crate) trait Api {
    /// The request.
    type Request: Request;
    /// Versions that are served.
    const VERSIONS: RangeInclusive<i16>;

    /// Serves a request; blocks while it waits. `None`: the client wants no answer.
    fn handle(node: &Node, cx: &Cx<'_>, request: Self::Request) -> Option<<Self::Request as Request>::Response>;
}

/// All APIs by their key; what is not here is absent from the ApiVersions answer.
pub(crate) static TABLE: &[Entry] = &[
    entry::<produce::Produce>(),
    entry::<fetch::Fetch>(),
    entry::<list_offsets::ListOffsets>(),
    entry::<metadata::Metadata>(),
    entry::<offset_commit::OffsetCommit>(),
    entry::<offset_fetch::OffsetFetch>(),
    entry::<find_coordinator::FindCoordinator>(),
    entry::<join_group::JoinGroup>(),
    entry::<heartbeat::Heartbeat>(),
    entry::<leave_group::LeaveGroup>(),
    entry::<sync_group::SyncGroup>(),
    entry::<describe_groups::DescribeGroups>(),
    entry::<list_groups::ListGroups>(),
    entry::<api_versions::ApiVersions>(),
    entry::<create_topics::CreateTopics>(),
    entry::<delete_topics::DeleteTopics>(),
    entry::<delete_records::DeleteRecords>(),
    entry::<init_producer_id::InitProducerId>(),
    entry::<offset_for_leader_epoch::OffsetForLeaderEpoch>(),
    entry::<add_partitions_to_txn::AddPartitionsToTxn>(),
    entry::<add_offsets_to_txn::AddOffsetsToTxn>(),
    entry::<end_txn::EndTxn>(),
    entry::<txn_offset_commit::TxnOffsetCommit>(),
    entry::<describe_configs::DescribeConfigs>(),
    entry::<alter_configs::AlterConfigs>(),
    entry::<describe_log_dirs::DescribeLogDirs>(),
    entry::<create_partitions::CreatePartitions>(),
    entry::<delete_groups::DeleteGroups>(),
    entry::<incremental_alter_configs::IncrementalAlterConfigs>(),
    entry::<offset_delete::OffsetDelete>(),
    entry::<describe_cluster::DescribeCluster>(),
    entry::<describe_producers::DescribeProducers>(),
    entry::<describe_transactions::DescribeTransactions>(),
    entry::<list_transactions::ListTransactions>(),
];

/// Whether there is such a partition.
fn is_partition(node: &Node, topic: &str, partition: i32) -> bool {
    node.topics.partition(topic, partition).is_some()
}
