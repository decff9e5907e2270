//! What SHOW CREATE answers with.

use serde::Serialize;

use super::Warning;

/// `source_statement` (an extension)
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceStatement {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The source.
    pub(crate) name: String,
    /// The statement that made it, with its semicolon.
    pub(crate) statement: String,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}
