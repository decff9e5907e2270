//! The APIs of the Kafka protocol that this broker has, one file each, and the table of them.

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
