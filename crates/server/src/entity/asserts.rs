//! What ASSERT answers with when it holds.

use serde::Serialize;

use super::Warning;

/// `assert_topic`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicAsserted {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The topic.
    pub(crate) topic_name: String,
    /// Whether it exists.
    pub(crate) exists: bool,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// `assert_schema`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaAsserted {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The subject, if one was named.
    pub(crate) subject: Option<String>,
    /// The schema's id, if one was given.
    pub(crate) id: Option<i64>,
    /// Whether it exists.
    pub(crate) exists: bool,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}
