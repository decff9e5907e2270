//! What DESCRIBE answers with.

use serde::Serialize;

use super::{FieldInfo, RunningQuery, Warning};

/// `sourceDescription`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceDescriptionEntity {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The source.
    pub(crate) source_description: SourceDescription,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// `source_descriptions`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceDescriptionList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// The sources in name order.
    pub(crate) source_descriptions: Vec<SourceDescription>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// Everything about a source.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceDescription {
    /// Its name.
    pub(crate) name: String,
    /// `TUMBLING`, `HOPPING` or `SESSION`; `None`: keys carry no window.
    pub(crate) window_type: Option<&'static str>,
    /// Queries that read it.
    pub(crate) read_queries: Vec<RunningQuery>,
    /// Queries that write it.
    pub(crate) write_queries: Vec<RunningQuery>,
    /// Its columns, keys first.
    pub(crate) fields: Vec<FieldInfo>,
    /// `STREAM` or `TABLE`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The column of event time; empty: the record's own timestamp.
    pub(crate) timestamp: String,
    /// Counters in words; empty unless extended.
    pub(crate) statistics: String,
    /// Error counters in words; empty unless extended.
    pub(crate) error_stats: String,
    /// EXTENDED was given.
    pub(crate) extended: bool,
    /// Format of keys.
    pub(crate) key_format: &'static str,
    /// Format of values.
    pub(crate) value_format: &'static str,
    /// Its topic.
    pub(crate) topic: String,
    /// Partitions of the topic; 0 unless extended.
    pub(crate) partitions: i32,
    /// Replicas of the topic; 0 unless extended.
    pub(crate) replication: i32,
    /// The statement that created it.
    pub(crate) statement: String,
    /// How far the queries that write it have read; empty unless extended.
    pub(crate) query_offset_summaries: Vec<GroupOffsets>,
    /// Sources that keep this one from being dropped.
    pub(crate) source_constraints: Vec<String>,
    /// Counters of other servers; not reported yet.
    pub(crate) cluster_statistics: Vec<()>,
    /// Error counters of other servers; not reported yet.
    pub(crate) cluster_error_stats: Vec<()>,
}

/// How far a consumer group has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupOffsets {
    /// The group.
    pub(crate) group_id: String,
    /// Its topics.
    pub(crate) topic_summaries: Vec<TopicOffsets>,
}

/// How far a topic was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicOffsets {
    /// The topic.
    pub(crate) kafka_topic: String,
    /// Its partitions in order.
    pub(crate) offsets: Vec<PartitionOffsets>,
}

/// How far a partition was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartitionOffsets {
    /// Its number.
    pub(crate) partition: i32,
    /// The first offset that it still has.
    pub(crate) log_start_offset: i64,
    /// The offset behind its last record.
    pub(crate) log_end_offset: i64,
    /// The offset from which the group goes on; 0 when it has committed none.
    pub(crate) consumer_offset: i64,
}
