//! SELECT: replaces the columns of a batch by expressions over them.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use millstream_plan::topology::Projection;

use super::{Context, Operator};
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};

/// Computes new columns. A row whose expression fails gets null in that column and is recorded (ksqlDB's rule).
#[derive(Debug)]
pub struct Project {
    columns: Vec<Projection>,
    rows: SchemaRef,
}

impl Project {
    /// A projection to `columns`, whose Arrow schema is `rows`.
    pub fn new(columns: &[Projection], rows: &SchemaRef) -> Self {
        Self { columns: columns.to_vec(), rows: SchemaRef::clone(rows) }
    }
}

impl Project {
    /// The new columns of these rows; `failed` is told what failed: the row and the expression.
    fn columns(
        &self,
        rows: &RecordBatch,
        mut failed: impl FnMut(&FailedRow, &Projection),
    ) -> Result<RecordBatch, EngineError> {
        let mut arrays = Vec::with_capacity(self.columns.len());
        let mut failures = Vec::new();
        for column in &self.columns {
            arrays.push(evaluate(&column.expr, rows, &mut failures)?);
            failures.drain(..).for_each(|f| failed(&f, column));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        Ok(RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), arrays, &options)?)
    }
}

impl Operator for Project {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let rows = self.columns(&batch.rows, |f, column| {
            // A record without a value stays one; its nulls are nobody's mistake.
            if !batch.is_absent(f.row) {
                cx.ledger.evaluate_failed(&batch, f.row, &column.sql, &f.reason);
            }
        })?;
        let change = match batch.change {
            Change::Upsert { deleted, before: Some(before) } => {
                // What failed then was recorded then.
                let before = Before { rows: self.columns(&before.rows, |_, _| {})?, ..before };
                Change::Upsert { deleted, before: Some(before) }
            }
            change => change,
        };
        out.push(Batch { rows, change, ..batch });
        Ok(())
    }
}
