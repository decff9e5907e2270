//! A call inside another expression that gives null where it fails, as ksqlDB's do: `IFNULL(PARSE(x), 0)` is 0 for a bad x.
//!
//! Only the outermost operation of a projection or condition fails a row and so reaches the error ledger.

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use datafusion_common::{DataFusionError, Result};
use datafusion_expr::ColumnarValue;
use millstream_functions::{Arg, Error};
use millstream_types::SqlType;

use super::Typed;
use super::operation::{OpExpr, Operation};

/// `typed`, isolated if it is a call that can fail.
pub(super) fn isolated(typed: Typed) -> Typed {
    if typed.isolates { always(typed) } else { typed }
}

/// `typed` with null wherever it would fail.
pub(super) fn always(typed: Typed) -> Typed {
    match (&typed.ty, typed.fails) {
        (Some(ty), true) => {
            let ty: SqlType = ty.clone();
            Typed { fails: false, ..Typed::operation(NullOnFailure, vec![typed], ty, false) }
        }
        _ => typed,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct NullOnFailure;

impl Operation for NullOnFailure {
    fn name(&self) -> String {
        "NULL ON FAILURE".into()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> std::result::Result<ArrayRef, Error> {
        args.first().map(|a| ArrayRef::clone(a.array())).ok_or_else(|| Error::Fatal("no operand".into()))
    }

    fn evaluate_batch(&self, expr: &OpExpr<Self>, batch: &RecordBatch) -> Result<ColumnarValue> {
        let Some(operand) = expr.args().first() else {
            return Err(DataFusionError::Internal("no operand".into()));
        };
        match operand.evaluate(batch) {
            Err(DataFusionError::Execution(_)) => {}
            other => return other,
        }
        let returns = operand.data_type(batch.schema_ref())?;
        let mut rows: Vec<ArrayRef> = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            rows.push(match operand.evaluate(&batch.slice(row, 1)) {
                Ok(value) => value.into_array(1)?,
                Err(DataFusionError::Execution(_)) => new_null_array(&returns, 1),
                Err(other) => return Err(other),
            });
        }
        if rows.is_empty() {
            return Ok(ColumnarValue::Array(new_null_array(&returns, 0)));
        }
        Ok(ColumnarValue::Array(concat(&rows.iter().map(AsRef::as_ref).collect::<Vec<_>>())?))
    }
}
