//! Why the broker could not start or go on. Errors of single requests are Kafka's own codes ([`Code`]).

use std::path::{Path, PathBuf};

/// Kafka's error codes, as answers carry them.
pub(crate) use kafka_protocol::ResponseError as Code;

/// An error of the broker as a whole, named by what the caller must do.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The user must choose another setting: a taken port, a locked folder, a folder of somebody else. One sentence,
    /// with a hint.
    #[error("{0}")]
    User(String),
    /// The storage failed; what was being done is not durable.
    #[error("{path}: {source}")]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something stored is not what this version writes.
    #[error("{0}")]
    Data(String),
}

impl BrokerError {
    /// For `map_err`: what happened to which path.
    pub(crate) fn storage(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Storage { path: path.to_owned(), source }
    }
}
