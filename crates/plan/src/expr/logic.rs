//! AND, OR, NOT, and conditions as a whole.
//!
//! Comparisons are never null, but boolean columns may be: null then counts as unknown. An operand fails a row only if the
//! operands before it leave the row open.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{and_kleene, not, or_kleene};
use arrow::datatypes::DataType;
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::ColumnarValue;
use millstream_functions::{Arg, Error};
use millstream_sql::ast::{Expr, ExprKind};
use millstream_types::SqlType;

use super::operation::{OpExpr, Operation, failure};
use super::shown::Shown;
use super::{Compiler, Typed};

impl Compiler<'_> {
    /// The condition of a WHERE or HAVING clause.
    pub(crate) fn predicate(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.compile(expr)?;
        if typed.ty != Some(SqlType::Boolean) {
            let is = format!("Should evaluate to boolean but is {} ({}) instead.", Shown(expr), typed.type_name());
            return self.reject(expr.span, format!("Type error in {} expression: {is}", self.clause.name()));
        }
        Some(typed)
    }

    pub(super) fn logic(&mut self, expr: &Expr) -> Option<Typed> {
        let or = matches!(expr.kind, ExprKind::Or(..));
        let compiled: Vec<Option<Typed>> = chain(expr, or).into_iter().map(|e| self.boolean_operand(e)).collect();
        let args = compiled.into_iter().collect::<Option<Vec<Typed>>>()?;
        Some(joined(or, args))
    }

    pub(super) fn not(&mut self, operand: &Expr) -> Option<Typed> {
        let typed = self.boolean_operand(operand)?;
        Some(negated(typed, true))
    }

    fn boolean_operand(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.operand(expr)?;
        match &typed.ty {
            Some(SqlType::Boolean) => Some(typed),
            None => Some(Typed::null_of(&SqlType::Boolean)),
            Some(ty) => self.reject_type(expr.span, format!("Expected a BOOLEAN but {} is {ty}.", Shown(expr))),
        }
    }
}

/// `typed`, negated if so asked.
pub(super) fn negated(typed: Typed, negated: bool) -> Typed {
    if negated { Typed::operation(Not, vec![typed], SqlType::Boolean, false) } else { typed }
}

/// True where all of `conditions` are.
pub(super) fn all(conditions: Vec<Typed>) -> Typed {
    joined(false, conditions)
}

fn joined(or: bool, args: Vec<Typed>) -> Typed {
    let lazy = args.iter().map(|a| a.fails).collect();
    Typed::operation(Logic { or, lazy }, args, SqlType::Boolean, false)
}

/// The operands of a chain of ANDs or ORs in written order. Iterative, since such chains are long.
pub(crate) fn chain(expr: &Expr, or: bool) -> Vec<&Expr> {
    let (mut out, mut pending) = (Vec::new(), vec![expr]);
    while let Some(expr) = pending.pop() {
        match &expr.kind {
            ExprKind::And(left, right) if !or => pending.extend([right.as_ref(), left.as_ref()]),
            ExprKind::Or(left, right) if or => pending.extend([right.as_ref(), left.as_ref()]),
            _ => out.push(expr),
        }
    }
    out
}

/// A chain of ANDs or ORs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Logic {
    or: bool,
    /// Which operands can fail a row, and so must not be asked about rows that are already decided.
    lazy: Vec<bool>,
}

impl Logic {
    fn join(&self, a: &BooleanArray, b: &BooleanArray) -> Result<BooleanArray> {
        Ok(if self.or { or_kleene(a, b)? } else { and_kleene(a, b)? })
    }

    /// Whether every row has the value that decides the chain.
    fn is_decided(&self, so_far: &BooleanArray) -> bool {
        so_far.null_count() == 0 && if self.or { !so_far.has_false() } else { !so_far.has_true() }
    }

    /// The rows that are not decided yet.
    fn open_rows(&self, so_far: &BooleanArray) -> Result<BooleanArray> {
        let decided = BooleanArray::new(so_far.values().clone(), None);
        let decided = if self.or { decided } else { not(&decided)? };
        Ok(match so_far.nulls() {
            // A null is open whatever stands below it.
            Some(nulls) => BooleanArray::new(&!decided.values() | &!nulls.inner(), None),
            None => not(&decided)?,
        })
    }
}

impl Operation for Logic {
    fn name(&self) -> String {
        if self.or { "OR".into() } else { "AND".into() }
    }

    fn evaluate(&self, _args: &[Arg], _rows: usize, _returns: &DataType) -> std::result::Result<ArrayRef, Error> {
        Err(Error::Fatal("AND and OR evaluate their operands themselves".into()))
    }

    fn evaluate_batch(&self, expr: &OpExpr<Self>, batch: &RecordBatch) -> Result<ColumnarValue> {
        let rows = batch.num_rows();
        let mut so_far: Option<BooleanArray> = None;
        for (operand, lazy) in expr.args().iter().zip(&self.lazy) {
            so_far = Some(match so_far {
                None => booleans(operand.evaluate(batch)?, rows)?,
                Some(so_far) if self.is_decided(&so_far) => {
                    return Ok(ColumnarValue::Array(Arc::new(so_far)));
                }
                Some(so_far) => {
                    // Evaluating all rows is cheaper than copying the open ones, and right unless a row fails.
                    let value = match operand.evaluate(batch) {
                        Err(DataFusionError::Execution(_)) if *lazy => {
                            operand.evaluate_selection(batch, &self.open_rows(&so_far)?)?
                        }
                        value => value?,
                    };
                    self.join(&so_far, &booleans(value, rows)?)?
                }
            });
        }
        match so_far {
            Some(array) => Ok(ColumnarValue::Array(Arc::new(array))),
            None => Err(failure(Error::Fatal("a chain without operands".into()))),
        }
    }
}

fn booleans(value: ColumnarValue, rows: usize) -> Result<BooleanArray> {
    match value {
        ColumnarValue::Scalar(ScalarValue::Boolean(value)) => Ok(BooleanArray::from(vec![value; rows])),
        other => {
            let array = other.into_array(rows)?;
            array.as_boolean_opt().cloned().ok_or_else(|| failure(Error::Fatal("a condition is not BOOLEAN".into())))
        }
    }
}

/// `NOT x`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Not;

impl Operation for Not {
    fn name(&self) -> String {
        "NOT".into()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> std::result::Result<ArrayRef, Error> {
        let operand = args.first().and_then(|a| a.array().as_boolean_opt());
        let operand = operand.ok_or_else(|| Error::Fatal("a condition is not BOOLEAN".into()))?;
        Ok(Arc::new(not(operand)?))
    }
}
