//! A table or stream as a query in standard SQL reads it: opened once, scanned for each mention.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt64Array};
use arrow::compute::{filter_record_batch, not, take};
use futures::{StreamExt as _, stream};
use millstream_engine::batch::Batch;
use millstream_engine::link::InputPartition;
use millstream_engine::push::PushQuery;
use millstream_kafka::KafkaConfig;
use millstream_plan::{Access, PullSource};
use millstream_pull::{Batches, Equal, Scan, Source, SourceColumn};
use millstream_schemas::Registry;

use crate::kafka::KafkaTopicReader;
use crate::push::TopicReader;
use crate::server::Server;
use crate::view::{self, Snapshot};

/// Records of a stream that are taken at once.
const RECORDS_MAX: usize = 1000;
/// Longest wait for them.
const WAIT: Duration = Duration::from_millis(100);
/// Keys that are looked up at most; of more, every row is looked at.
const KEYS_MAX: usize = 10_000;

/// A source of a query.
pub(super) struct Asked {
    source: PullSource,
    columns: Vec<SourceColumn>,
    open: OnceLock<Open>,
}

/// What is read of it.
struct Open {
    query_id: String,
    registry: Registry,
    rows: Rows,
}

enum Rows {
    /// The rows of a table, and how many partitions they are of.
    Table(Arc<(Snapshot, usize)>),
    /// A stream's records before these offsets, one a partition.
    Stream { kafka: KafkaConfig, ends: Vec<i64> },
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("source", &self.source.source.name).finish_non_exhaustive()
    }
}

impl Asked {
    pub(super) fn new(source: PullSource) -> Self {
        let columns = source.columns.iter();
        let columns = columns.map(|c| SourceColumn { name: c.name.clone(), ty: c.ty.clone(), hidden: c.hidden });
        let columns = columns.collect();
        Self { source, columns, open: OnceLock::new() }
    }

    /// Fixes what every scan reads, a table no older than `age`. Blocks. Errors: it cannot be read.
    pub(super) fn open(&self, server: &Server, query_id: &str, age: Duration) -> Result<(), String> {
        let rows = if self.source.is_table() {
            Rows::Table(Arc::new(view::ready(server, &self.source.source, self.source.retention_ms, age)?))
        } else {
            Rows::Stream { kafka: server.kafka.clone(), ends: server.topics.ends(&self.source.source.topic)? }
        };
        let open = Open { query_id: query_id.to_owned(), registry: server.registry.clone(), rows };
        self.open.get_or_init(|| open);
        Ok(())
    }

    /// The lookup that conditions come to, if they fix every column of the key.
    fn access(&self, equal: &[Equal]) -> Access {
        let count = self.source.source.schema.key_count();
        let of_key = |place: usize| equal.iter().find(|e| self.source.key(e.column) == Some(place)).map(|e| &e.values);
        let values: Option<Vec<&ArrayRef>> = (0..count).map(of_key).collect();
        match values.filter(|values| !values.is_empty()) {
            Some(values) => product(&values).map_or(Access::All, Access::Keys),
            None => Access::All,
        }
    }
}

/// All combinations of values of several columns, column by column; `None`: they are too many.
fn product(columns: &[&ArrayRef]) -> Option<Vec<ArrayRef>> {
    let total = columns.iter().try_fold(1_usize, |n, column| n.checked_mul(column.len()))?;
    if total > KEYS_MAX {
        return None;
    }
    let mut behind = total;
    let mut out = Vec::with_capacity(columns.len());
    for column in columns {
        let length = column.len().max(1);
        behind /= length;
        let each = behind.max(1);
        let rows: UInt64Array = (0..total).map(|row| u64::try_from(row / each % length).ok()).collect();
        out.push(take(column, &rows, None).ok()?);
    }
    Some(out)
}

impl Source for Asked {
    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn scan(&self, scan: &Scan) -> Result<Batches, String> {
        let open = self.open.get().ok_or("The source is not open.")?;
        let name = &self.source.source.name;
        match &open.rows {
            Rows::Table(rows) => {
                let (part, places) = self.source.part(&scan.columns, self.access(&scan.equal));
                let rows = view::stream(open.query_id.clone(), part, Arc::clone(rows), open.registry.clone());
                Ok(rows.map(move |batch| project(&batch?, &places)).boxed())
            }
            Rows::Stream { kafka, ends } => {
                let (stage, places) = self.source.stage(&scan.columns);
                let failed = |e: String| format!("The stream {name} cannot be read: {e}");
                let query =
                    PushQuery::new(&open.query_id, &stage, &open.registry).map_err(|e| failed(e.to_string()))?;
                let topic = &self.source.source.topic;
                let reader = KafkaTopicReader::up_to(kafka, topic, ends.clone()).map_err(failed)?;
                let batches = stream::unfold(Some((query, reader)), fetch).flat_map(stream::iter);
                Ok(batches.map(move |batch| project(&batch?, &places)).boxed())
            }
        }
    }
}

/// The columns of a batch in the order in which they are wanted; none, where rows are only counted.
fn project(batch: &RecordBatch, places: &[usize]) -> Result<RecordBatch, String> {
    batch.project(places).map_err(|e| e.to_string())
}

type Reading = Option<(PushQuery, KafkaTopicReader)>;

/// What comes next of a stream.
async fn fetch(reading: Reading) -> Option<(Vec<Result<RecordBatch, String>>, Reading)> {
    let (mut query, mut reader) = reading?;
    // So that a query whose client is gone ends although no record comes.
    tokio::task::yield_now().await;
    if reader.finished() {
        return None;
    }
    let mut out = Vec::new();
    let fetched = reader.fetch(RECORDS_MAX, WAIT, &mut |partition, records| match query
        .rows(InputPartition { input: 0, partition }, records)
    {
        Ok(batches) => out.extend(batches.iter().map(|batch| present(batch).map_err(|e| e.to_string()))),
        Err(e) => out.push(Err(e.to_string())),
    });
    if let Err(e) = fetched {
        out.push(Err(e));
    }
    let failed = out.iter().any(Result::is_err);
    Some((out, Some((query, reader)).filter(|_| !failed)))
}

/// The rows of a batch without those of records that have no value, which are no rows to a client.
fn present(batch: &Batch) -> Result<RecordBatch, arrow::error::ArrowError> {
    match batch.change.absent() {
        Some(absent) => filter_record_batch(&batch.rows, &not(&BooleanArray::new(absent.clone(), None))?),
        None => Ok(batch.rows.clone()),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray as _, Int32Array, StringArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn keys_of_several_columns_are_combined() {
        let a: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let b: ArrayRef = Arc::new(StringArray::from(vec!["x", "y", "z"]));
        let all = product(&[&a, &b]).unwrap();
        let pair = |row: usize| (all[0].as_primitive::<Int32Type>().value(row), all[1].as_string::<i32>().value(row));
        assert_eq!((0..6).map(pair).collect::<Vec<_>>(), [(1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z")]);
        let many: ArrayRef = Arc::new(Int32Array::from_iter_values(0..1000));
        assert!(product(&[&many, &many]).is_none() && product(&[&many]).is_some());
    }
}
