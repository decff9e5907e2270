//! The only crate with rdkafka: links, admin, command topic, readers and writers.
//!
//! Everything here blocks its caller (a server calls it from threads that may block) and starts no thread of its own
//! besides librdkafka's. What must not happen here: no SQL, no rows, no decoding. Bytes, offsets and errors only.
//!
//! How a worker's records pass through:
//! 1. [`KafkaLink::open`] makes the producer (`link::producer`), lets it fence its dead predecessor, and then joins the
//!    group (`link::consumer`), all topics' metadata already at hand.
//! 2. The group's decisions come out of [`millstream_engine::link::Link::poll`] as events; `assign` resolves where each
//!    partition starts (`offsets`) and opens a private queue per partition before fetching begins.
//! 3. [`batch`] takes records off those queues and lends them in slices, and hands records to the producer.
//! 4. `link::commit` ends the epoch: with a transaction or with the offsets alone.
//!
//! A user's properties come in any spelling: [`java`] makes librdkafka's of them, and `oauth` gets tokens.
//!
//! Beside that: [`Admin`] for topics and groups, [`Writer`] for single rows with an acknowledgement, [`Loader`] for
//! many records without a query, [`Tail`] for reading without a group, [`CommandLog`] for the topic that all servers agree on.

mod admin;
mod ahead;
pub mod batch;
mod changelog;
mod client;
mod command_log;
mod config;
mod deadline;
mod errors;
mod groups;
pub mod java;
mod link;
mod loader;
mod oauth;
mod offsets;
mod tail;
mod wake;
mod writer;

pub use admin::{Admin, ConfigValue, Partition, TopicInfo};
pub use changelog::Changelog;
pub use client::Producer;
pub use command_log::{Command, CommandLog};
pub use config::KafkaConfig;
pub use errors::KafkaError;
pub use groups::{Member, Readers};
pub use link::{KafkaLink, LinkConfig};
pub use loader::{Load, Loader};
pub use millstream_types::StartAt;
pub use tail::{SharedTopic, Tail, TailProgress};
pub use writer::Writer;
