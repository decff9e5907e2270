//! REST API, command topic, statements, push queries, metrics: one server of a service.
//!
//! It must not decode records, run operators or talk to Kafka by itself: codecs, engine and the `kafka` crate do.
//! Only this crate knows the REST shapes.
//!
//! How a statement passes through:
//! 1. `rest` takes a request off the wire and hands it to a thread that may block.
//! 2. `request` parses all of it and takes every statement through a sandbox (`statement`, `state`, `topics`).
//! 3. A statement that changes something goes to the command `runner`, which writes it to the command topic and
//!    applies it when it comes back; every server of the service applies the same commands in the same order.
//! 4. `queries` starts and stops what the state says should run; `push` runs SELECTs for one client each.
//! 5. `view` keeps the rows of tables that SELECTs without EMIT ask for.
//! 6. `entity` is what the client reads.
//!
//! Beside that, `cluster` knows the other servers of the service.

mod address;
mod cells;
mod cluster;
mod command;
mod config;
mod connect;
mod copies;
mod data_dir;
mod entity;
mod internal_topics;
mod kafka;
mod lag;
mod limits;
mod listening;
mod names;
mod properties;
mod push;
mod queries;
mod reach;
mod registry;
mod request;
mod rest;
mod runner;
mod server;
mod service_client;
mod session;
mod standard;
mod state;
mod statement;
mod tls;
mod tls_client;
mod topics;
mod users;
mod view;

use millstream_kafka::KafkaError;

pub use config::{Listener, ServerConfig, Setting, Source};
pub use server::{RunningServer, start, start_with};

/// Why a server does not start, by what its owner must do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An option is wrong: change it.
    #[error("{0}")]
    Config(String),
    /// The data folder cannot be used: choose another, or free it.
    #[error("data folder: {0}")]
    DataDir(String),
    /// Kafka does not answer or refuses: check address and permissions, then try again.
    #[error("kafka: {0}")]
    Kafka(String),
    /// Brokers are out of reach or busy: the start goes on asking them, for `millstream.start.wait.ms`.
    #[error("kafka: {0}")]
    Away(String),
    /// The service's command topic is not ours: choose another service id. Nothing was touched.
    #[error("the command topic {topic} cannot be used: {cause}\nhint: {hint}")]
    Foreign {
        /// The topic.
        topic: String,
        /// What was found in it.
        cause: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The address cannot be listened on: choose another, or free it.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The system's reason.
        cause: std::io::Error,
    },
}

impl From<KafkaError> for StartError {
    fn from(error: KafkaError) -> Self {
        match error {
            KafkaError::Retry(cause) | KafkaError::Conflict(cause) => Self::Away(cause),
            other => Self::Kafka(other.to_string()),
        }
    }
}
