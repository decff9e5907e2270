//! What EXPLAIN and SHOW QUERIES EXTENDED answer with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FieldInfo, Warning};

/// `queryDescription`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryDescriptionEntity {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The query.
    pub(crate) query_description: QueryDescription,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// `query_descriptions`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryDescriptionList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// Persistent queries by id, then push queries.
    pub(crate) query_descriptions: Vec<QueryDescription>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// Everything about a query.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryDescription {
    /// Its id; empty for a statement that only is explained.
    pub(crate) id: String,
    /// Its statement.
    pub(crate) statement_text: String,
    /// `TUMBLING`, `HOPPING` or `SESSION` when its result is windowed.
    pub(crate) window_type: Option<&'static str>,
    /// Columns of its result.
    pub(crate) fields: Vec<FieldInfo>,
    /// Names of the sources that it reads.
    pub(crate) sources: Vec<String>,
    /// Names of the sources that it feeds.
    pub(crate) sinks: Vec<String>,
    /// What the engine runs, stage by stage.
    pub(crate) topology: String,
    /// The steps, results first.
    pub(crate) execution_plan: String,
    /// Properties that its request had set.
    pub(crate) overridden_properties: BTreeMap<String, String>,
    /// Its state by server.
    pub(crate) ksql_host_query_status: BTreeMap<String, &'static str>,
    /// `PERSISTENT` or `PUSH`.
    pub(crate) query_type: &'static str,
    /// Why it stopped lately.
    pub(crate) query_errors: Vec<QueryError>,
    /// How many records came too late for it since it started on this server, where any did (an extension).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) late_records: Option<u64>,
    /// How far it has read.
    pub(crate) tasks_metadata: Vec<TaskMetadata>,
    /// Its consumer group.
    pub(crate) consumer_group_id: String,
    /// Its state.
    pub(crate) state: Option<&'static str>,
}

/// A failure of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryError {
    /// When, ms.
    pub(crate) timestamp: i64,
    /// The cause.
    pub(crate) error_message: String,
    /// Whose fault it is: `USER`, `SYSTEM` or `UNKNOWN`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

/// A task of a query: the same partition of all its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskMetadata {
    /// `<stage>_<partition>`
    pub(crate) task_id: String,
    /// Its inputs.
    pub(crate) topic_offsets: Vec<TopicOffset>,
    /// Since when it waits for an input, ms; never reported.
    pub(crate) time_current_idling_started: Option<i64>,
}

/// How far a partition was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicOffset {
    /// The partition.
    pub(crate) topic_partition_entity: TopicPartition,
    /// The offset behind its last record.
    pub(crate) end_offset: i64,
    /// The offset from which the query will go on; 0 when it has committed none.
    pub(crate) committed_offset: i64,
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TopicPartition {
    /// The topic.
    pub(crate) topic: String,
    /// Its number.
    pub(crate) partition: i32,
}
