//! What can stop a step of the engine, by consequence.

use crate::link::LinkError;

/// Why the engine could not go on with a batch or an epoch.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The query itself cannot go on: it stops alone, with this cause.
    #[error("{0}")]
    Query(String),
    /// The link said so; what follows depends on its kind.
    #[error(transparent)]
    Link(#[from] LinkError),
}

impl From<arrow::error::ArrowError> for EngineError {
    fn from(e: arrow::error::ArrowError) -> Self {
        Self::Query(e.to_string())
    }
}

impl From<millstream_codec::Unwritable> for EngineError {
    fn from(e: millstream_codec::Unwritable) -> Self {
        Self::Query(e.to_string())
    }
}

impl From<millstream_codec::Unsupported> for EngineError {
    fn from(e: millstream_codec::Unsupported) -> Self {
        Self::Query(e.to_string())
    }
}
