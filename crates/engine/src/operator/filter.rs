//! WHERE: keeps the rows for which a condition is true.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::buffer::BooleanBuffer;
use datafusion_physical_expr::PhysicalExpr;

use super::{Context, Operator};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::evaluate::evaluate;

/// Keeps rows whose condition is true. False, null and failing rows are dropped, failing ones recorded; a record whose
/// value was null fails every condition (ksqlDB's rule for streams).
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

impl Operator for Filter {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let mut failed = Vec::new();
        let verdict = evaluate(&self.predicate, &batch.rows, &mut failed)?;
        for f in &failed {
            // A record without a value is dropped anyway, whatever the condition made of its nulls.
            if !batch.is_absent(f.row) {
                cx.ledger.evaluate_failed(&batch, f.row, &self.sql, &f.reason);
            }
        }
        let Some(verdict) = verdict.as_boolean_opt() else {
            return Err(EngineError::Query(format!("condition is not BOOLEAN: {}", self.sql)));
        };
        let keep = truth(verdict);
        let keep = match &batch.change {
            Change::Append { absent: Some(absent) } => &keep & &!absent,
            Change::Append { absent: None } => keep,
        };
        out.push(batch.filter(&BooleanArray::new(keep, None))?);
        Ok(())
    }
}

/// True where the value is true; null counts as false.
fn truth(verdict: &BooleanArray) -> BooleanBuffer {
    match verdict.nulls() {
        Some(nulls) => verdict.values() & nulls.inner(),
        None => verdict.values().clone(),
    }
}
