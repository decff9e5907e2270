//! All that a request handler sees: the parts of the running broker.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::clock::Clock;
use crate::config::BrokerConfig;
use crate::group::{Groups, Offsets};
use crate::net::FetchRoom;
use crate::topics::Topics;
use crate::transaction::Transactions;

/// Node id of the only broker there is.
pub(crate) const NODE_ID: i32 = 1;

/// The running broker's parts. Locks are taken downward in this order only: transactions, groups, offsets, topics,
/// partitions, journal.
#[derive(Debug)]
pub(crate) struct Node {
    /// How it was started.
    pub(crate) config: BrokerConfig,
    /// Time.
    pub(crate) clock: Clock,
    /// The cluster's id.
    pub(crate) cluster_id: String,
    /// Where clients are told to connect: host and port; set once the listener is bound.
    pub(crate) advertised: OnceLock<(String, u16)>,
    /// Topics and their partitions.
    pub(crate) topics: Arc<Topics>,
    /// Committed offsets.
    pub(crate) offsets: Arc<Offsets>,
    /// Group membership.
    pub(crate) groups: Groups,
    /// Producer ids and transactions.
    pub(crate) transactions: Transactions,
    /// Record bytes of fetch answers that are not sent yet.
    pub(crate) fetches: FetchRoom,
    /// The broker is going down: whoever waits answers now.
    pub(crate) stopping: AtomicBool,
}

impl Node {
    /// Whether the broker is going down.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Host and port that clients are told.
    pub(crate) fn advertised(&self) -> (&str, u16) {
        self.advertised.get().map_or(("", 0), |(host, port)| (host.as_str(), *port))
    }
}
