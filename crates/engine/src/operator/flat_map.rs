//! Table functions: each element of a row's lists becomes a row.

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use millstream_plan::topology::Unnesting;

use super::{Context, Operator, index};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::evaluate::evaluate;

/// Rows of one batch that leaves: a row may become a million.
const ROWS_MAX: usize = 8192;

/// Makes rows of lists, side by side to the end of the longest, the shorter ones padded with nulls. Rows without elements
/// vanish, as do records without a value.
#[derive(Debug)]
pub struct FlatMap {
    lists: Vec<Unnesting>,
    rows: SchemaRef,
}

impl FlatMap {
    /// A step that appends the elements of `lists` as columns; `rows` is the Arrow schema of what leaves.
    pub fn new(lists: &[Unnesting], rows: &SchemaRef) -> Self {
        Self { lists: lists.to_vec(), rows: SchemaRef::clone(rows) }
    }

    /// The lists of each row. A row whose list fails has none and is recorded.
    fn evaluate(&self, batch: &Batch, cx: &mut Context<'_>) -> Result<Vec<ListArray>, EngineError> {
        let mut out = Vec::with_capacity(self.lists.len());
        let mut failed = Vec::new();
        for list in &self.lists {
            let array = evaluate(&list.expr, &batch.rows, &mut failed)?;
            for f in failed.drain(..) {
                if !batch.is_absent(f.row) {
                    cx.ledger.evaluate_failed(batch, f.row, &list.sql, &f.reason);
                }
            }
            let Some(array) = array.as_list_opt::<i32>() else {
                return Err(EngineError::Query(format!("not a list: {}", list.sql)));
            };
            out.push(array.clone());
        }
        Ok(out)
    }

    /// The batch of the rows that `picked` tells.
    fn make(&self, batch: &Batch, lists: &[ListArray], picked: &mut Picked) -> Result<Batch, EngineError> {
        let from = UInt32Array::from(std::mem::take(&mut picked.rows));
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.rows.fields().len());
        for column in batch.rows.columns() {
            columns.push(take(column, &from, None)?);
        }
        for (list, at) in lists.iter().zip(&mut picked.elements) {
            columns.push(take(list.values(), &UInt32Array::from(std::mem::take(at)), None)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(from.len()));
        let rows = RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), columns, &options)?;
        // Records without a value are not among them.
        Ok(Batch { change: Change::Append { absent: None }, ..batch.take(&from, rows)? })
    }
}

/// Which rows a batch is made of: the row that each comes from, and the element of each list.
struct Picked {
    rows: Vec<u32>,
    elements: Vec<Vec<Option<u32>>>,
}

impl Operator for FlatMap {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let lists = self.evaluate(&batch, cx)?;
        let mut picked = Picked { rows: Vec::new(), elements: vec![Vec::new(); lists.len()] };
        for row in (0..batch.len()).filter(|row| !batch.is_absent(*row)) {
            let spans: Vec<(usize, usize)> = lists.iter().map(|list| span(list, row)).collect();
            let longest = spans.iter().map(|(_, length)| *length).max().unwrap_or(0);
            for i in 0..longest {
                picked.rows.push(index(row)?);
                for ((first, length), elements) in spans.iter().zip(&mut picked.elements) {
                    elements.push(if i < *length { Some(index(first + i)?) } else { None });
                }
                if picked.rows.len() >= ROWS_MAX {
                    out.push(self.make(&batch, &lists, &mut picked)?);
                }
            }
        }
        if !picked.rows.is_empty() {
            out.push(self.make(&batch, &lists, &mut picked)?);
        }
        Ok(())
    }
}

/// Where the elements of a row stand, and how many they are.
fn span(list: &ListArray, row: usize) -> (usize, usize) {
    let offset = |i: usize| list.value_offsets().get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
    if list.is_null(row) { (0, 0) } else { (offset(row), offset(row + 1).saturating_sub(offset(row))) }
}

#[cfg(test)]
mod tests;
