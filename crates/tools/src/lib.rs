//! Kafka's small tools, for people who have none: topics, records from and to the command line, made-up data.
//!
//! It must not know SQL, servers or schemas: bytes, topics and a few shapes of made-up records. Against any broker.
//!
//! 1. [`topic`] lists, creates, describes and deletes topics, writes lines into them and reads them.
//! 2. [`datagen`] makes up orders, clicks, users and persons, from a seed.

pub mod datagen;
pub mod topic;

use std::io::{self, Write};

use millstream_kafka::{KafkaConfig, KafkaError};

/// Everything was done.
pub const EXIT_OK: u8 = 0;
/// It was not.
pub const EXIT_FAILED: u8 = 1;

/// How to reach the brokers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kafka {
    /// `host:port`, comma-separated.
    pub bootstrap: String,
    /// Properties for the clients, such as `security.protocol`.
    pub properties: Vec<(String, String)>,
}

impl Kafka {
    fn config(&self) -> KafkaConfig {
        let config = KafkaConfig::new(self.bootstrap.as_str());
        self.properties.iter().fold(config, |config, (name, value)| config.with(name.as_str(), value.as_str()))
    }
}

/// Why a tool ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// Kafka refuses, or is not there.
    #[error("{0}")]
    Kafka(#[from] KafkaError),
    /// The input is not what was announced.
    #[error("{0}")]
    Input(String),
    /// Nobody reads the output any more: no failure.
    #[error("the output was closed")]
    OutputClosed(#[from] io::Error),
}

/// The exit code, after what is wrong has been said.
fn exit_code(ended: Result<(), Stop>, err: &mut dyn Write) -> u8 {
    match ended {
        Ok(()) | Err(Stop::OutputClosed(_)) => EXIT_OK,
        Err(stop) => {
            // Standard error that is closed has nobody to tell.
            let _ = writeln!(err, "millstream: {stop}");
            if matches!(stop, Stop::Kafka(KafkaError::Retry(_))) {
                let _ = writeln!(err, "Is the broker running? --bootstrap-servers HOST:PORT names another one.");
            }
            EXIT_FAILED
        }
    }
}
