//! What `/ksql` answers with, one element a statement, in the shapes and field order that ksqlDB's clients read.
//!
//! Only this crate knows these shapes: catalog and plans may change without touching the wire.

mod asserts;
mod connectors;
mod description;
mod errors;
mod functions;
mod lists;
mod query_description;
mod schema_info;
mod settings;
mod source_statement;
mod status;
mod watermarks;

pub(crate) use asserts::{SchemaAsserted, TopicAsserted};
pub(crate) use connectors::{
    ConnectorCreated, ConnectorDescription, ConnectorDropped, ConnectorInfo, ConnectorList, ConnectorPlugin,
    ConnectorPluginList, ConnectorStatus, SimpleConnector,
};
pub(crate) use description::{
    GroupOffsets, PartitionOffsets, SourceDescription, SourceDescriptionEntity, SourceDescriptionList, TopicOffsets,
};
pub(crate) use errors::{ErrorInfo, ErrorList, ErrorsReplayed};
pub(crate) use functions::{ArgumentInfo, FunctionDescription, FunctionInfo, FunctionList, FunctionName};
pub(crate) use lists::{
    ExtendedTopicInfo, ExtendedTopicList, QueryList, RunningQuery, SourceInfo, StreamList, TableList, TerminateQuery,
    TopicInfo, TopicList,
};
pub(crate) use query_description::{
    QueryDescription, QueryDescriptionEntity, QueryDescriptionList, QueryError, TaskMetadata, TopicOffset,
    TopicPartition,
};
pub(crate) use schema_info::{FieldInfo, SchemaInfo};
pub(crate) use settings::{PropertyInfo, PropertyList, TypeList, VariableInfo, VariableList};
pub(crate) use source_statement::SourceStatement;
pub(crate) use status::{CommandStatus, CurrentStatus, WarningEntity};
pub(crate) use watermarks::{Watermark, WatermarkList};

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
    /// SHOW TOPICS EXTENDED.
    #[serde(rename = "kafka_topics_extended")]
    ExtendedTopics(ExtendedTopicList),
    /// SHOW QUERIES.
    #[serde(rename = "queries")]
    Queries(QueryList),
    /// SHOW QUERIES EXTENDED.
    #[serde(rename = "query_descriptions")]
    QueryDescriptions(QueryDescriptionList),
    /// SHOW ERRORS.
    #[serde(rename = "errors")]
    Errors(ErrorList),
    /// REPLAY ERRORS.
    #[serde(rename = "errors_replayed")]
    ErrorsReplayed(ErrorsReplayed),
    /// SHOW CREATE.
    #[serde(rename = "source_statement")]
    SourceStatement(SourceStatement),
    /// SHOW WATERMARKS.
    #[serde(rename = "watermarks")]
    Watermarks(WatermarkList),
    /// EXPLAIN.
    #[serde(rename = "queryDescription")]
    QueryDescription(Box<QueryDescriptionEntity>),
    /// SHOW PROPERTIES.
    #[serde(rename = "properties")]
    Properties(PropertyList),
    /// SHOW TYPES.
    #[serde(rename = "type_list")]
    Types(TypeList),
    /// SHOW VARIABLES.
    #[serde(rename = "variables")]
    Variables(VariableList),
    /// SHOW FUNCTIONS.
    #[serde(rename = "function_names")]
    Functions(FunctionList),
    /// DESCRIBE FUNCTION.
    #[serde(rename = "describe_function")]
    FunctionDescription(FunctionDescription),
    /// DESCRIBE.
    #[serde(rename = "sourceDescription")]
    SourceDescription(Box<SourceDescriptionEntity>),
    /// SHOW STREAMS|TABLES EXTENDED.
    #[serde(rename = "source_descriptions")]
    SourceDescriptions(SourceDescriptionList),
    /// TERMINATE of a push query.
    #[serde(rename = "terminate_query")]
    TerminateQuery(TerminateQuery),
    /// ASSERT TOPIC.
    #[serde(rename = "assert_topic")]
    TopicAsserted(TopicAsserted),
    /// ASSERT SCHEMA.
    #[serde(rename = "assert_schema")]
    SchemaAsserted(SchemaAsserted),
    /// CREATE CONNECTOR.
    #[serde(rename = "connector_info")]
    ConnectorCreated(ConnectorCreated),
    /// DROP CONNECTOR.
    #[serde(rename = "drop_connector")]
    ConnectorDropped(ConnectorDropped),
    /// SHOW CONNECTORS.
    #[serde(rename = "connector_list")]
    Connectors(ConnectorList),
    /// SHOW CONNECTOR PLUGINS.
    #[serde(rename = "connector_plugins_list")]
    ConnectorPlugins(ConnectorPluginList),
    /// DESCRIBE CONNECTOR.
    #[serde(rename = "connector_description")]
    ConnectorDescription(Box<ConnectorDescription>),
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
