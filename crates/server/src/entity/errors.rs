//! What SHOW ERRORS and REPLAY ERRORS answer with.

use serde::Serialize;

use super::Warning;

/// `errors` (an extension)
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The latest last.
    pub(crate) errors: Vec<ErrorInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// An entry of the processing log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorInfo {
    /// When it was made, ms.
    pub(crate) time: i64,
    /// The same as a text, UTC.
    pub(crate) timestamp: Option<String>,
    /// The query.
    pub(crate) query_id: String,
    /// What could not be done: `deserializer`, `timestamp`, `expression`, `aggregate`, `join`, `sink`, …
    pub(crate) stage: String,
    /// The topic of the record.
    pub(crate) topic: String,
    /// Its partition.
    pub(crate) partition: i64,
    /// Its offset.
    pub(crate) offset: i64,
    /// Why.
    pub(crate) reason: String,
}

/// `errors_replayed` (an extension)
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorsReplayed {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The query.
    pub(crate) query_id: String,
    /// Records that went into its source topics again.
    pub(crate) replayed: u64,
    /// Records of its topic of dead letters that came from elsewhere, and were passed over.
    pub(crate) skipped: u64,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}
