//! Expressions over batches, with the rows that fail isolated.
//!
//! A kernel fails for the whole batch. ksqlDB's rule is per row: the expression of a failing row is null and the
//! error is logged. So a failing batch is halved until the failing rows stand alone: a batch of n rows with one bad
//! row costs about 2·log2(n) evaluations, a good one costs one.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::concat;
use datafusion_common::DataFusionError;
use datafusion_physical_expr::PhysicalExpr;
use millstream_plan::reason;

use crate::error::EngineError;

/// A row for which an expression failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// Its index in the batch.
    pub row: usize,
    /// What the expression said.
    pub reason: String,
}

/// The values of `expr` for all rows; null for the rows that fail, which are appended to `failed` in row order.
pub fn evaluate(
    expr: &Arc<dyn PhysicalExpr>,
    rows: &RecordBatch,
    failed: &mut Vec<FailedRow>,
) -> Result<ArrayRef, EngineError> {
    let first = match whole(expr, rows) {
        Ok(array) => return Ok(array),
        Err(e) => e,
    };
    let null = new_null_array(&expr.data_type(&rows.schema()).map_err(|e| EngineError::Query(reason(&e)))?, 1);
    let mut parts = Vec::new();
    isolate(expr, rows, 0, first, &null, &mut parts, failed);
    let parts: Vec<&dyn arrow::array::Array> = parts.iter().map(AsRef::as_ref).collect();
    Ok(concat(&parts)?)
}

fn whole(expr: &Arc<dyn PhysicalExpr>, rows: &RecordBatch) -> Result<ArrayRef, DataFusionError> {
    expr.evaluate(rows)?.into_array(rows.num_rows())
}

/// Splits rows whose evaluation failed with `error`; `at` is the index of their first row in the batch.
fn isolate(
    expr: &Arc<dyn PhysicalExpr>,
    rows: &RecordBatch,
    at: usize,
    error: DataFusionError,
    null: &ArrayRef,
    parts: &mut Vec<ArrayRef>,
    failed: &mut Vec<FailedRow>,
) {
    let n = rows.num_rows();
    if n <= 1 {
        failed.push(FailedRow { row: at, reason: reason(&error) });
        parts.push(Arc::clone(null));
        return;
    }
    for (start, len) in [(0, n / 2), (n / 2, n - n / 2)] {
        let half = rows.slice(start, len);
        match whole(expr, &half) {
            Ok(array) => parts.push(array),
            Err(e) => isolate(expr, &half, at + start, e, null, parts, failed),
        }
    }
}

#[cfg(test)]
mod tests;
