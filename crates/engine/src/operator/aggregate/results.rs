//! Batches of the results of an aggregation.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::{interleave, take};
use arrow::datatypes::SchemaRef;
use millstream_plan::topology::{Aggregate, PseudoColumn};

use super::entry::{Entry, are_all, rows_of};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::windows::Windows;

/// Makes batches of results by the rows of one batch.
pub(super) struct Results<'a> {
    pub(super) node: &'a Aggregate,
    /// Headers and origins of the rows.
    pub(super) batch: &'a Batch,
    /// What the rows are grouped by.
    pub(super) added: &'a [ArrayRef],
    /// What they were grouped by, where they are those of a table.
    pub(super) taken_back: Option<&'a [ArrayRef]>,
}

impl Results<'_> {
    /// What the entries are grouped by.
    pub(super) fn groups(&self, entries: &[Entry]) -> Result<Vec<ArrayRef>, EngineError> {
        let Some(taken_back) = self.taken_back else {
            if are_all(entries, self.batch.len()) {
                return Ok(self.added.to_vec());
            }
            let rows = rows_of(entries)?;
            return self.added.iter().map(|column| Ok(take(column, &rows, None)?)).collect();
        };
        let picks: Vec<(usize, usize)> = entries.iter().map(|e| (usize::from(!e.add), e.row)).collect();
        let columns = self.added.iter().zip(taken_back);
        columns.map(|(new, old)| Ok(interleave(&[new.as_ref(), old.as_ref()], &picks)?)).collect()
    }

    /// The columns of results: groups, results of the calls, pseudo columns.
    pub(super) fn record(
        &self,
        groups: Vec<ArrayRef>,
        results: Vec<ArrayRef>,
        entries: &[Entry],
    ) -> Result<RecordBatch, EngineError> {
        let longs =
            |of: &dyn Fn(&Entry) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(entries.iter().map(of))) };
        let partition = self.batch.origin.partition.partition;
        let bound = |of: &dyn Fn(&Entry) -> i64| -> ArrayRef {
            if self.node.window.is_some() { longs(of) } else { Arc::new(Int64Array::new_null(entries.len())) }
        };
        let pseudo = self.node.pseudo.iter().map(|pseudo| match pseudo {
            PseudoColumn::RowTime => longs(&|e| e.time),
            PseudoColumn::RowPartition => Arc::new(Int32Array::from_value(partition, entries.len())),
            PseudoColumn::RowOffset => longs(&|e| self.batch.origin.offsets.get(e.row).copied().unwrap_or_default()),
            PseudoColumn::WindowStart => bound(&|e| e.start),
            PseudoColumn::WindowEnd => bound(&|e| e.end),
        });
        let columns = groups.into_iter().chain(results).chain(pseudo).collect();
        Ok(RecordBatch::try_new(SchemaRef::clone(&self.node.rows), columns)?)
    }

    /// The columns of the results that these replace, with their times: who keeps rows finds them by all that they have.
    pub(super) fn replaced(
        &self,
        groups: Vec<ArrayRef>,
        results: Vec<ArrayRef>,
        entries: &[Entry],
    ) -> Result<RecordBatch, EngineError> {
        let entries: Vec<Entry> = entries.iter().map(|e| Entry { time: e.was, ..*e }).collect();
        self.record(groups, results, &entries)
    }

    /// The batch of results with these columns.
    pub(super) fn batch(&self, record: RecordBatch, entries: &[Entry], change: Change) -> Result<Batch, EngineError> {
        let windows = self.node.window.map(|_| Windows {
            start: entries.iter().map(|e| e.start).collect(),
            end: entries.iter().map(|e| e.end).collect(),
        });
        let time = entries.iter().map(|e| e.time).collect();
        let taken = if are_all(entries, self.batch.len()) {
            Batch { rows: record, ..self.batch.clone() }
        } else {
            self.batch.take(&rows_of(entries)?, record)?
        };
        Ok(Batch { time, change, windows, ..taken })
    }
}

/// The results of the entries that go on, with nulls between them for those that do not.
pub(super) fn spread(entries: &[Entry], results: &[ArrayRef]) -> Result<Vec<ArrayRef>, EngineError> {
    let mut next = 0;
    let place = |entry: &Entry| {
        let at = entry.live.then_some(next);
        next += u32::from(entry.live);
        at
    };
    let places: UInt32Array = entries.iter().map(place).collect();
    results.iter().map(|column| Ok(take(column, &places, None)?)).collect()
}
