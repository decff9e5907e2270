//! Topologies to running tasks: feeds, operators, epochs, workers, and a simulated Kafka to prove them on.
//!
//! It must not know rdkafka, HTTP, SQL text or the catalog; time comes from [`clock`], Kafka through [`link::Link`].
//!
//! The way of a record: [`link`] lends it → [`feed`] decodes a run of them into a [`batch`] → [`operator`]s →
//! [`sink`] encodes and produces. [`worker`] drives this in epochs, [`runtime`] gives a worker its thread,
//! [`push`] runs the same steps for one client without a sink, [`driver`] on records in memory.

pub mod batch;
pub mod clock;
pub mod copies;
pub mod counters;
pub mod dead_letter;
pub mod driver;
pub mod error;
pub mod evaluate;
mod event_time;
pub mod feed;
pub mod guarantee;
pub mod input;
pub mod ledger;
pub mod link;
pub mod operator;
pub mod push;
pub mod query;
pub mod repartition;
pub mod runtime;
pub mod sharing;
pub mod sim;
pub mod sink;
pub mod watermark;
pub mod windows;
pub mod worker;
