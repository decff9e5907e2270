//! What `/ksql` answers with, one element a statement, in the shapes and field order that ksqlDB's clients read.
//!
//! Only this crate knows these shapes: catalog and plans may change without touching the wire.

mod description;
mod lists;
mod schema_info;
mod status;

pub(crate) use description::{SourceDescription, SourceDescriptionEntity, SourceDescriptionList};
pub(crate) use lists::{
    QueryList, RunningQuery, SourceInfo, StreamList, TableList, TerminateQuery, TopicInfo, TopicList,
};
pub(crate) use schema_info::FieldInfo;
pub(crate) use status::{CommandStatus, CurrentStatus, WarningEntity};

use serde::Serialize;

/// One element of a response.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "@type")]
pub(crate) enum Entity {
    /// What became of a command.
    #[serde(rename = "currentStatus")]
    CurrentStatus(CurrentStatus),
    /// Nothing was to be done.
    #[serde(rename = "warning_entity")]
    Warning(WarningEntity),
    /// SHOW STREAMS.
    #[serde(rename = "streams")]
    Streams(StreamList),
    /// SHOW TABLES.
    #[serde(rename = "tables")]
    Tables(TableList),
    /// SHOW TOPICS.
    #[serde(rename = "kafka_topics")]
    Topics(TopicList),
    /// SHOW QUERIES.
    #[serde(rename = "queries")]
    Queries(QueryList),
    /// DESCRIBE.
    #[serde(rename = "sourceDescription")]
    SourceDescription(Box<SourceDescriptionEntity>),
    /// SHOW STREAMS|TABLES EXTENDED.
    #[serde(rename = "source_descriptions")]
    SourceDescriptions(SourceDescriptionList),
    /// TERMINATE of a push query.
    #[serde(rename = "terminate_query")]
    TerminateQuery(TerminateQuery),
}

/// A remark beside a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Warning {
    /// The remark.
    pub(crate) message: String,
}

/// Warnings of these texts.
pub(crate) fn warnings(texts: &[String]) -> Vec<Warning> {
    texts.iter().map(|message| Warning { message: message.clone() }).collect()
}

#[cfg(test)]
mod tests;
