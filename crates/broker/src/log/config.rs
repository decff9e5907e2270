//! What a topic's configuration means to its partitions' logs.

/// Settings of one topic's logs, from the topic's configuration; names are Kafka's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogConfig {
    /// `cleanup.policy` contains `delete`.
    pub(crate) delete: bool,
    /// `cleanup.policy` contains `compact`.
    pub(crate) compact: bool,
    /// `retention.ms`; `None`: for ever.
    pub(crate) retention_ms: Option<i64>,
    /// `retention.bytes`; `None`: unbounded.
    pub(crate) retention_bytes: Option<u64>,
    /// `segment.bytes`.
    pub(crate) segment_bytes: u64,
    /// `segment.ms`.
    pub(crate) segment_ms: i64,
    /// `index.interval.bytes`.
    pub(crate) index_interval_bytes: u64,
    /// `max.message.bytes`: bytes of a batch.
    pub(crate) max_message_bytes: usize,
    /// `message.timestamp.type` is `LogAppendTime`.
    pub(crate) log_append_time: bool,
    /// `message.timestamp.before.max.ms`; `None`: unbounded.
    pub(crate) timestamp_before_max_ms: Option<i64>,
    /// `message.timestamp.after.max.ms`.
    pub(crate) timestamp_after_max_ms: Option<i64>,
    /// `min.cleanable.dirty.ratio`.
    pub(crate) min_cleanable_dirty_ratio: f64,
    /// `delete.retention.ms`: how long tombstones and markers outlive their compaction.
    pub(crate) delete_retention_ms: i64,
    /// `min.compaction.lag.ms`.
    pub(crate) min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`; `None`: unbounded.
    pub(crate) max_compaction_lag_ms: Option<i64>,
}

impl Default for LogConfig {
    /// Apache Kafka's defaults (4.1).
    fn default() -> Self {
        Self {
            delete: true,
            compact: false,
            retention_ms: Some(7 * 24 * 60 * 60 * 1000),
            retention_bytes: None,
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 60 * 60 * 1000,
            index_interval_bytes: 4096,
            max_message_bytes: 1_048_588,
            log_append_time: false,
            timestamp_before_max_ms: None,
            timestamp_after_max_ms: Some(60 * 60 * 1000),
            min_cleanable_dirty_ratio: 0.5,
            delete_retention_ms: 24 * 60 * 60 * 1000,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: None,
        }
    }
}
