//! What became of a statement that changes something.

use serde::Serialize;

use super::Warning;

/// `currentStatus`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CurrentStatus {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// ``stream/`S`/create``
    pub(crate) command_id: String,
    /// How far it got.
    pub(crate) command_status: CommandStatus,
    /// Its offset in the command topic; -1 when it has none.
    pub(crate) command_sequence_number: i64,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// How far a command got.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommandStatus {
    /// `QUEUED`, `EXECUTING`, `SUCCESS` or `ERROR`.
    pub(crate) status: &'static str,
    /// In words.
    pub(crate) message: String,
    /// The query it started.
    pub(crate) query_id: Option<String>,
}

/// `warning_entity`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WarningEntity {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// Why nothing was done.
    pub(crate) message: String,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}
