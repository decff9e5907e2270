//! The one bridge from our kernels to DataFusion's `PhysicalExpr`: children, equality, display and constants are handled
//! here, so that an operation is only a small value with an `evaluate`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::ColumnarValue;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::Literal;
use millstream_functions::{Arg, Error};

/// What an expression does with its operands.
pub(crate) trait Operation: fmt::Debug + Clone + Eq + Hash + Send + Sync + 'static {
    /// How the operation is shown in plans: `EQUAL`, `CAST AS BIGINT` …
    fn name(&self) -> String;

    /// Whether rows with the same operands may get different values: it is then neither folded nor evaluated once for all.
    fn is_volatile(&self) -> bool {
        false
    }

    /// Computes a batch: one value per row, or one value when `rows` is 1 and all arguments are constant.
    ///
    /// Errors: [`Error::Data`] when a row has no result; the batch is then evaluated row by row.
    fn evaluate(&self, args: &[Arg], rows: usize, returns: &DataType) -> std::result::Result<ArrayRef, Error>;

    /// Evaluates operands and operation on a batch. Operations that must not evaluate an operand for every row override it.
    fn evaluate_batch(&self, expr: &OpExpr<Self>, batch: &RecordBatch) -> Result<ColumnarValue> {
        let mut args = Vec::with_capacity(expr.args.len());
        for (child, constant) in expr.args.iter().zip(&expr.constants) {
            args.push(match constant {
                Some(array) => Arg::constant(ArrayRef::clone(array)),
                None => arg(child.evaluate(batch)?)?,
            });
        }
        let constant = !self.is_volatile() && args.iter().all(Arg::is_constant);
        let rows = if constant { 1 } else { batch.num_rows() };
        let array = self.evaluate(&args, rows, &expr.returns).map_err(failure)?;
        Ok(if constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
        } else {
            ColumnarValue::Array(array)
        })
    }
}

/// A DataFusion value as an argument of ours.
pub(crate) fn arg(value: ColumnarValue) -> Result<Arg> {
    Ok(match value {
        ColumnarValue::Array(array) => Arg::column(array),
        ColumnarValue::Scalar(value) => Arg::constant(value.to_array()?),
    })
}

/// A kernel's error as DataFusion carries it; [`crate::reason`] takes it apart again.
pub(crate) fn failure(error: Error) -> DataFusionError {
    match error {
        Error::Data(text) | Error::User(text) => DataFusionError::Execution(text),
        Error::Fatal(text) => DataFusionError::Internal(text),
    }
}

/// An operation with its operands.
#[derive(Debug, Clone)]
pub(crate) struct OpExpr<O> {
    op: O,
    args: Vec<Arc<dyn PhysicalExpr>>,
    /// Literal operands as arrays of length 1, made once.
    constants: Vec<Option<ArrayRef>>,
    returns: DataType,
}

impl<O: Operation> OpExpr<O> {
    /// The operation over `args`, with a result of type `returns`.
    pub(crate) fn new(op: O, args: Vec<Arc<dyn PhysicalExpr>>, returns: DataType) -> Self {
        let constants =
            args.iter().map(|a| a.downcast_ref::<Literal>().and_then(|l| l.value().to_array().ok())).collect();
        Self { op, args, constants, returns }
    }

    /// Arrow type of the result.
    pub(crate) fn returns(&self) -> &DataType {
        &self.returns
    }

    /// The operands.
    pub(crate) fn args(&self) -> &[Arc<dyn PhysicalExpr>] {
        &self.args
    }
}

// By hand: a derive would move out of the trait objects.
impl<O: Operation> PartialEq for OpExpr<O> {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op && self.args == other.args && self.returns == other.returns
    }
}

impl<O: Operation> Eq for OpExpr<O> {}

impl<O: Operation> Hash for OpExpr<O> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.op.hash(state);
        self.args.hash(state);
    }
}

impl<O: Operation> fmt::Display for OpExpr<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.op.name())?;
        for (i, arg) in self.args.iter().enumerate() {
            write!(f, "{}{arg}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}

impl<O: Operation> PhysicalExpr for OpExpr<O> {
    fn data_type(&self, _input: &Schema) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn nullable(&self, _input: &Schema) -> Result<bool> {
        Ok(true)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.op.evaluate_batch(self, batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        self.args.iter().collect()
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self::new(self.op.clone(), children, self.returns.clone())))
    }

    fn is_volatile_node(&self) -> bool {
        self.op.is_volatile()
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
