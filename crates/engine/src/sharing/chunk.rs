//! A run of records of one partition, decoded for everybody who follows.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::error::ArrowError;
use millstream_plan::topology::SourceNode;

use crate::batch::{Batch, Origin};
use crate::ledger::RawRecord;
use crate::link::{Header, InputPartition, Record};

/// Records in offset order.
#[derive(Debug)]
pub struct Chunk {
    /// The offset behind the record before: between it and the first of these records there is none.
    pub(super) from: i64,
    /// Offset of the first record.
    pub first: i64,
    /// The offset behind the last one.
    pub next: i64,
    /// How many there are.
    pub records: usize,
    /// The latest of their timestamps, ms.
    pub latest: i64,
    /// What it takes in memory.
    pub bytes: usize,
    /// How the columns were read: those of everybody who had subscribed by then.
    pub(super) columns: Arc<SourceNode>,
    pub(super) content: Content,
}

/// Decoded, or as they were.
#[derive(Debug)]
pub(super) enum Content {
    /// Each record is a row.
    Rows(Box<Batch>),
    /// One of them could not be read, or not now: what becomes of it is each query's own matter, and may depend on which
    /// columns it reads.
    Records(Vec<(i64, RawRecord)>),
}

impl Chunk {
    /// Whether all that `source` reads was read.
    pub(super) fn serves(&self, source: &SourceNode) -> bool {
        matches!(self.content, Content::Records(_))
            || (source.used.iter().all(|used| self.columns.used.contains(used))
                && source.pseudo.iter().all(|pseudo| self.columns.pseudo.contains(pseudo)))
    }

    /// The records with an offset of at least `from` as rows of `source`, which this chunk serves; `None`: they are to be had as records only.
    /// `at`: the partition as the worker numbers it.
    pub fn rows(&self, source: &SourceNode, at: InputPartition, from: i64) -> Option<Result<Batch, ArrowError>> {
        let Content::Rows(batch) = &self.content else { return None };
        let skip = batch.origin.offsets.partition_point(|offset| *offset < from);
        Some(self.project(batch, source, at).map(|rows| rows.slice(skip, batch.len() - skip)))
    }

    fn project(&self, batch: &Batch, source: &SourceNode, at: InputPartition) -> Result<Batch, ArrowError> {
        let place = |used: &usize| self.columns.used.binary_search(used).ok();
        let pseudo = |wanted| Some(self.columns.used.len() + self.columns.pseudo.iter().position(|p| p == wanted)?);
        let places = source.used.iter().filter_map(place).chain(source.pseudo.iter().filter_map(pseudo));
        let columns = places.filter_map(|i| batch.rows.columns().get(i).cloned()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.len()));
        Ok(Batch {
            rows: RecordBatch::try_new_with_options(Arc::clone(&source.rows), columns, &options)?,
            time: batch.time.clone(),
            change: batch.change.clone(),
            keyless: batch.keyless.clone(),
            windows: batch.windows.clone(),
            headers: batch.headers.clone(),
            origin: Origin { partition: at, offsets: batch.origin.offsets.clone() },
        })
    }

    /// Lends the records with an offset of at least `from`, where they are to be had as records only.
    pub fn lend(&self, from: i64, each: &mut dyn FnMut(&[Record<'_>])) {
        let Content::Records(records) = &self.content else { return };
        for (offset, record) in records.iter().filter(|(offset, _)| *offset >= from) {
            let headers: Vec<Header<'_>> =
                record.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
            each(&[Record {
                offset: *offset,
                timestamp: record.timestamp,
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                headers: &headers,
            }]);
        }
    }

    /// How many records have an offset of at least `from`.
    pub fn count(&self, from: i64) -> usize {
        match &self.content {
            _ if from <= self.first => self.records,
            Content::Rows(batch) => batch.len() - batch.origin.offsets.partition_point(|offset| *offset < from),
            Content::Records(records) => records.len() - records.partition_point(|(offset, _)| *offset < from),
        }
    }
}
