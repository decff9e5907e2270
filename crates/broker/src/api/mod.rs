//! The APIs of the Kafka protocol that this broker has, one file each, and the table of them.

mod delete_groups;
mod describe_groups;
mod find_coordinator;
mod heartbeat;
mod join_group;
mod leave_group;
mod list_groups;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod sync_group;

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

/// Whether there is such a partition.
// STAND-IN until topics/ is merged: becomes `node.topics.partition(topic, partition).is_some()`.
fn is_partition(_: &Node, topic: &str, partition: i32) -> bool {
    !topic.is_empty() && partition >= 0
}
