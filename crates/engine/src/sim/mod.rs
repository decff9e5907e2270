//! A simulated Kafka, to prove the epoch loop on: one seed decides everything that happens, and everything can happen.
//!
//! [`Cluster`] is the broker's side: logs with control markers and the last stable offset, consumer groups with
//! generations, static members and eager rebalances, transactional ids with epochs and timeouts, offsets that are
//! pending while their transaction is open. [`SimLink`] is one process' side, a [`crate::link::Link`] that asks the
//! [`Rates`] of its cluster's fault plan at every call whether to die, stall, lose an answer or be refused.
//! Time ([`SimClock`]) moves only by hand. Everything is single-threaded, and the same seed gives the same run.

mod broker;
mod clock;
mod cluster;
mod consumer;
mod faults;
mod group;
mod link;
mod log;
mod producer;
mod restore;
mod trace;

#[cfg(test)]
mod tests;

pub use broker::Settings;
pub use clock::{START_MS, SimClock};
pub use cluster::Cluster;
pub use fastrand::Rng;
pub use faults::{Call, Fault, Rates};
pub use link::{LinkConfig, Reset, SimLink};
pub use log::Stored;
pub use trace::TRACE_LINES_MAX;
