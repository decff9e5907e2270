//! WHERE: keeps the rows for which a condition is true.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use datafusion_physical_expr::PhysicalExpr;

use super::{Context, Operator};
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};

/// Keeps rows whose condition is true. False, null and failing rows are dropped, failing ones recorded; a record whose
/// value was null fails every condition (ksqlDB's rule for streams).
///
/// A row of a table that is not kept is deleted for those behind, if it was kept before: then, and while nobody knows what
/// it was, a deletion leaves; else nothing does.
#[derive(Debug)]
pub struct Filter {
    predicate: Arc<dyn PhysicalExpr>,
    sql: String,
}

impl Filter {
    /// A filter by a BOOLEAN expression; `sql` is its text for the ledger.
    pub fn new(predicate: &Arc<dyn PhysicalExpr>, sql: &str) -> Self {
        Self { predicate: Arc::clone(predicate), sql: sql.to_owned() }
    }
}

impl Filter {
    /// True where the condition is true; false, null and failing rows are not. `failed` is told which failed.
    fn verdict(&self, rows: &RecordBatch, failed: &mut Vec<FailedRow>) -> Result<BooleanBuffer, EngineError> {
        let verdict = evaluate(&self.predicate, rows, failed)?;
        match verdict.as_boolean_opt() {
            Some(verdict) => Ok(truth(verdict)),
            None => Err(EngineError::Query(format!("condition is not BOOLEAN: {}", self.sql))),
        }
    }

    /// The changes of a table that leave, when `keep` are the rows that are there afterwards.
    fn changes(&self, batch: Batch, keep: &BooleanBuffer) -> Result<Batch, EngineError> {
        let Change::Upsert { before, .. } = batch.change else {
            return Ok(batch.filter(&BooleanArray::new(keep.clone(), None))?);
        };
        let (before, told) = match before {
            Some(Before { rows, there }) => {
                // What failed then was recorded then.
                let there = &self.verdict(&rows, &mut Vec::new())? & &there;
                let told = keep | &there;
                (Some(Before { rows, there }), told)
            }
            None => (None, BooleanBuffer::new_set(batch.time.len())),
        };
        let deleted = (keep.count_set_bits() < keep.len()).then(|| !keep);
        let batch = Batch { change: Change::Upsert { deleted, before }, ..batch };
        Ok(batch.filter(&BooleanArray::new(told, None))?)
    }
}

impl Operator for Filter {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let mut failed = Vec::new();
        let verdict = self.verdict(&batch.rows, &mut failed)?;
        for f in &failed {
            // A record without a value is dropped anyway, whatever the condition made of its nulls.
            if !batch.is_absent(f.row) {
                cx.ledger.evaluate_failed(&batch, f.row, &self.sql, &f.reason);
            }
        }
        let keep = match batch.change.absent() {
            Some(absent) => &verdict & &!absent,
            None => verdict,
        };
        out.push(self.changes(batch, &keep)?);
        Ok(())
    }
}

/// True where the value is true; null counts as false.
pub(super) fn truth(verdict: &BooleanArray) -> BooleanBuffer {
    match verdict.nulls() {
        Some(nulls) => verdict.values() & nulls.inner(),
        None => verdict.values().clone(),
    }
}
