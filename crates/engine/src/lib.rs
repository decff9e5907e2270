//! Topologies to running tasks: feeds, operators, epochs, workers, and a simulated Kafka to prove them on.
//!
//! It must not know rdkafka, HTTP, SQL text or the catalog; time comes from [`clock`], Kafka through [`link::Link`].

pub mod batch;
pub mod link;
