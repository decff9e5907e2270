//! A compiled expression with its SQL type.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use datafusion_common::ScalarValue;
use datafusion_expr::ColumnarValue;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::{Column, Literal};
use millstream_types::{SqlType, arrow_type};

use super::operation::{OpExpr, Operation};

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    /// Evaluates it.
    pub(crate) expr: Arc<dyn PhysicalExpr>,
    /// Its type; `None` for the untyped NULL.
    pub(crate) ty: Option<SqlType>,
    /// Whether some row can make it fail: it must then be evaluated only for the rows that need it.
    pub(crate) fails: bool,
    /// Whether the outermost operation is a call that isolates its failures when it stands inside another expression.
    pub(crate) isolates: bool,
}

impl Typed {
    /// A constant.
    pub(crate) fn literal(value: ScalarValue, ty: SqlType) -> Self {
        Self { expr: Arc::new(Literal::new(value)), ty: Some(ty), fails: false, isolates: false }
    }

    /// The column at that position of a batch.
    pub(crate) fn column(name: &str, index: usize, ty: SqlType) -> Self {
        Self { expr: Arc::new(Column::new(name, index)), ty: Some(ty), fails: false, isolates: false }
    }

    /// The untyped NULL.
    pub(crate) fn null() -> Self {
        Self { expr: Arc::new(Literal::new(ScalarValue::Null)), ty: None, fails: false, isolates: false }
    }

    /// NULL of type `ty`.
    pub(crate) fn null_of(ty: &SqlType) -> Self {
        let value = ScalarValue::try_from(&arrow_type(ty)).unwrap_or(ScalarValue::Null);
        Self::literal(value, ty.clone())
    }

    /// An operation over operands. `fails` says whether the operation itself can fail.
    pub(crate) fn operation<O: Operation>(op: O, args: Vec<Typed>, ty: SqlType, fails: bool) -> Self {
        let volatile = op.is_volatile();
        let fails = fails || args.iter().any(|a| a.fails);
        let exprs = args.into_iter().map(|a| a.expr).collect();
        let expr = Arc::new(OpExpr::new(op, exprs, arrow_type(&ty)));
        let typed = Self { expr, ty: Some(ty), fails, isolates: false };
        if volatile { typed } else { typed.folded() }
    }

    /// Whether it is a constant.
    pub(crate) fn constant(&self) -> Option<&ScalarValue> {
        self.expr.downcast_ref::<Literal>().map(Literal::value)
    }

    /// Its type as messages show it: `null` for the untyped NULL.
    pub(crate) fn type_name(&self) -> String {
        self.ty.as_ref().map_or("null".into(), SqlType::to_string)
    }

    /// The constant that an operation over constants yields. One that fails stays as it is, so that rows fail.
    pub(super) fn folded(self) -> Self {
        if self.expr.children().iter().any(|c| !c.is::<Literal>()) {
            return self;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options);
        match batch.map(|b| self.expr.evaluate(&b)) {
            Ok(Ok(ColumnarValue::Scalar(value))) => {
                Self { expr: Arc::new(Literal::new(value)), fails: false, isolates: false, ..self }
            }
            _ => self,
        }
    }
}
