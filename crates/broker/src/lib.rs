//! The embedded broker: one Kafka-protocol node inside the process, so that Kafka is always there.
//!
//! A record batch's way: connection (`net`) → request, checked and decoded (`wire`) → its handler (`api`) →
//! the partition (`partition`) → the log on disk (`log`). What is not records (topics, offsets, transactions) is
//! durable in the `journal`. Group membership is memory only, as members simply join again.
//!
//! It is one node without replication, for development, tests, demos and single machines. An API that it lacks is
//! absent from its ApiVersions answer; where its answers differ from Apache Kafka's, it is wrong.

mod api;
mod broker;
mod clock;
mod config;
mod error;
mod group;
mod journal;
mod log;
mod net;
mod node;
mod partition;
mod record;
mod topics;
mod transaction;
mod wire;

pub use broker::{Broker, raise_file_limit};
pub use config::{BrokerConfig, Fsync, Limits};
pub use error::BrokerError;
