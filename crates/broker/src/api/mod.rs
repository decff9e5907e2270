//! The APIs of the Kafka protocol that this broker has, one file each, and the table of them.
//!
//! A request's way through here: [`serve`] reads its header, finds its API and version in the [`TABLE`], lets the
//! guard of [`crate::wire`] check its body, decodes it, calls the handler, and encodes the answer.

mod api_versions;
mod dispatch;
#[cfg(test)]
mod tests;

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod alter_configs;
mod config_resource;
mod create_partitions;
mod create_topics;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_log_dirs;
mod describe_producers;
mod describe_transactions;
mod end_txn;
mod incremental_alter_configs;
mod init_producer_id;
mod list_transactions;
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
    // lead: produce (0), fetch (1), list_offsets (2), metadata (3), delete_records (21), offset_for_leader_epoch (23)
    // groups: offset_commit (8), offset_fetch (9), find_coordinator (10), join_group (11), heartbeat (12),
    //   leave_group (13), sync_group (14), describe_groups (15), list_groups (16), delete_groups (42), offset_delete (47)
    entry::<api_versions::ApiVersions>(),
    // topics: create_topics (19), delete_topics (20), describe_configs (32), alter_configs (33), describe_log_dirs (35),
    //   create_partitions (37), incremental_alter_configs (44), describe_cluster (60)
    // transactions: init_producer_id (22), add_partitions_to_txn (24), add_offsets_to_txn (25), end_txn (26),
    //   txn_offset_commit (28), describe_producers (61), describe_transactions (65), list_transactions (66)
];
