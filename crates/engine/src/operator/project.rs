//! SELECT: replaces the columns of a batch by expressions over them.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use millstream_plan::topology::Projection;

use super::{Context, Operator};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::evaluate::evaluate;

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

impl Operator for Project {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut arrays = Vec::with_capacity(self.columns.len());
        let mut failed = Vec::new();
        for column in &self.columns {
            arrays.push(evaluate(&column.expr, &batch.rows, &mut failed)?);
            for f in failed.drain(..) {
                // A record without a value stays one; its nulls are nobody's mistake.
                if !batch.is_absent(f.row) {
                    cx.ledger.evaluate_failed(&batch, f.row, &column.sql, &f.reason);
                }
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.len()));
        let rows = RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), arrays, &options)?;
        out.push(Batch { rows, ..batch });
        Ok(())
    }
}
