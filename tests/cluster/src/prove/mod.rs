//! The claims that the design rests on, run against Apache Kafka. Results: docs/decisions.

pub(crate) mod offsets;
pub(crate) mod rebalance;
pub(crate) mod restart;
mod stall;
mod team;
