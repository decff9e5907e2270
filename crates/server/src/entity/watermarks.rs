//! What SHOW WATERMARKS answers with.

use serde::Serialize;

use super::Warning;

/// `watermarks` (an extension)
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WatermarkList {
    /// The statement as written.
    pub(crate) statement_text: String,
    /// By query, part and partition; the steps of a task in the order of the data.
    pub(crate) watermarks: Vec<Watermark>,
    /// Remarks.
    pub(crate) warnings: Vec<Warning>,
}

/// How far event time has come in a step of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Watermark {
    /// The query.
    pub(crate) query_id: String,
    /// The server that runs the task: this one.
    pub(crate) host: String,
    /// `<part>_<partition>`
    pub(crate) task_id: String,
    /// `aggregate`, `join` or `ttl`; `source` where no step keeps a stream time: then it is the latest time of a record.
    pub(crate) step: &'static str,
    /// The latest event time seen, ms; none before the first record.
    pub(crate) stream_time: Option<i64>,
    /// The same as a text, UTC.
    pub(crate) stream_timestamp: Option<String>,
    /// How long ago that was by the server's clock, ms.
    pub(crate) age_ms: Option<i64>,
    /// The topic on which the task waits, or which is furthest behind in event time.
    pub(crate) held_by_topic: Option<String>,
    /// Its partition.
    pub(crate) held_by_partition: Option<i32>,
    /// `AWAITED`: the other inputs wait for its next record, `IDLE`: it has no more, `READING`: it has.
    pub(crate) held_by_state: Option<&'static str>,
    /// Its latest event time since the task is here, ms.
    pub(crate) held_by_time: Option<i64>,
    /// Records that it has still to give; none where Kafka does not answer.
    pub(crate) held_by_lag: Option<i64>,
}
