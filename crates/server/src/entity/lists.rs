//! What SHOW answers with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Warning;

/// `streams`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) streams: Vec<SourceInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// `tables`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TableList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) tables: Vec<SourceInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A stream or table in a list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceInfo {
    /// `STREAM` or `TABLE`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// Its topic.
    pub(crate) topic: String,
    /// Format of keys.
    pub(crate) key_format: &'static str,
    /// Format of values.
    pub(crate) value_format: &'static str,
    /// Whether keys carry a window.
    pub(crate) is_windowed: bool,
}

/// `kafka_topics`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) topics: Vec<TopicInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A topic in a list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicInfo {
    /// Its name.
    pub(crate) name: String,
    /// Replicas of each partition.
    pub(crate) replica_info: Vec<i32>,
}

/// `kafka_topics_extended`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtendedTopicList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// In name order.
    pub(crate) topics: Vec<ExtendedTopicInfo>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A topic with those that read it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtendedTopicInfo {
    /// Its name.
    pub(crate) name: String,
    /// Replicas of each partition.
    pub(crate) replica_info: Vec<i32>,
    /// Members of groups that have partitions of it.
    pub(crate) consumer_count: usize,
    /// The groups of those members.
    pub(crate) consumer_group_count: usize,
}

/// `queries`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// Persistent ones by id, then push queries.
    pub(crate) queries: Vec<RunningQuery>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// A query in a list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunningQuery {
    /// Its statement.
    pub(crate) query_string: String,
    /// The sources it feeds.
    pub(crate) sinks: Vec<String>,
    /// Their topics.
    pub(crate) sink_kafka_topics: Vec<String>,
    /// Its id.
    pub(crate) id: String,
    /// Servers by state.
    pub(crate) status_count: BTreeMap<&'static str, u32>,
    /// `PERSISTENT` or `PUSH`.
    pub(crate) query_type: &'static str,
    /// `RUNNING`, `PAUSED`, `ERROR` or `UNRESPONSIVE`.
    pub(crate) state: &'static str,
}

/// `terminate_query`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TerminateQuery {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The push query.
    pub(crate) query_id: String,
    /// Whether it was running.
    pub(crate) was_terminated: bool,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}
