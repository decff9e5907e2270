//! `= <> < <= > >=` and `IS [NOT] DISTINCT FROM`.
//!
//! Two-valued, as in ksqlDB: a null operand makes a comparison false, so that `NOT (x = 1)` is true for a null x.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Datum};
use arrow::compute::kernels::cmp;
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use millstream_functions::{Arg, Error, coercion, iso, rows};
use millstream_sql::ast::{CompareOp, Expr, ExprKind};
use millstream_types::SqlType;

use super::operation::Operation;
use super::shown::Shown;
use super::{Compiler, Typed, cast, literal};

impl Compiler<'_> {
    pub(super) fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Option<Typed> {
        let op = Comparison::from(op);
        let l = self.comparand(left, right);
        let r = self.comparand(right, left);
        let prefix = self.clause.type_prefix();
        self.compared(op, (left, l?), (right, r?), prefix)
    }

    /// An operand of a comparison: a text compared with ROWTIME is a moment.
    pub(super) fn comparand(&mut self, expr: &Expr, other: &Expr) -> Option<Typed> {
        match &expr.kind {
            ExprKind::String(text) if self.scope.is_time(other) => match iso::timestamp(text) {
                Ok(ms) => Some(literal::bigint(ms)),
                Err(why) => {
                    let format = "Required format is: 'yyyy-MM-ddTHH:mm:ss.SSS', with an optional timezone; it may \
                                  stop early.";
                    self.findings.push(millstream_sql::Diagnostic::at(expr.span, why.to_string()).hint(format));
                    None
                }
            },
            _ => self.operand(expr),
        }
    }

    /// The comparison of two compiled operands, checked and brought to one type. What is wrong with the types begins with
    /// `prefix`.
    pub(super) fn compared(
        &mut self,
        op: Comparison,
        left: (&Expr, Typed),
        right: (&Expr, Typed),
        prefix: &str,
    ) -> Option<Typed> {
        let ty = self.comparison_type(op, (left.0, &left.1), (right.0, &right.1), prefix)?;
        Some(comparison(op, left.1, right.1, &ty))
    }

    /// The type in which two operands are compared.
    fn comparison_type(
        &mut self,
        op: Comparison,
        left: (&Expr, &Typed),
        right: (&Expr, &Typed),
        prefix: &str,
    ) -> Option<SqlType> {
        let (Some(l), Some(r)) = (&left.1.ty, &right.1.ty) else {
            let name = |typed: &Typed| typed.ty.as_ref().map_or("NULL".into(), ToString::to_string);
            let message = format!(
                "Comparison with NULL not supported: {} {} {}\nUse 'IS NULL' or 'IS NOT NULL' instead.",
                name(left.1),
                op.symbol(),
                name(right.1)
            );
            return self.reject(left.0.span.to(right.0.span), format!("{prefix}{message}"));
        };
        let ty = common(l, r).filter(|ty| op.is_equality() || is_ordered(ty));
        if ty.is_none() {
            let message =
                format!("Cannot compare {} ({l}) to {} ({r}) with {}.", Shown(left.0), Shown(right.0), op.name());
            return self.reject(left.0.span.to(right.0.span), format!("{prefix}{message}"));
        }
        ty
    }
}

/// The comparison in type `ty`, to which both operands convert.
fn comparison(op: Comparison, left: Typed, right: Typed, ty: &SqlType) -> Typed {
    let args = vec![cast::convert(left, ty), cast::convert(right, ty)];
    Typed::operation(Compare { op }, args, SqlType::Boolean, false)
}

/// The type in which values of two types are compared.
fn common(a: &SqlType, b: &SqlType) -> Option<SqlType> {
    use SqlType::{Date, Double, String, Time, Timestamp};
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (a, b) if a.is_number() && b.is_number() => Some(coercion::common_type(a, b).unwrap_or(Double)),
        (String, Date | Time | Timestamp) => Some(b.clone()),
        (Date | Time | Timestamp, String) => Some(a.clone()),
        (Date, Timestamp) | (Timestamp, Date) => Some(Timestamp),
        _ => None,
    }
}

fn is_ordered(ty: &SqlType) -> bool {
    !matches!(ty, SqlType::Boolean | SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_))
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Distinct,
    NotDistinct,
}

impl From<CompareOp> for Comparison {
    fn from(op: CompareOp) -> Self {
        match op {
            CompareOp::Equal => Self::Equal,
            CompareOp::NotEqual => Self::NotEqual,
            CompareOp::Less => Self::Less,
            CompareOp::LessOrEqual => Self::LessOrEqual,
            CompareOp::Greater => Self::Greater,
            CompareOp::GreaterOrEqual => Self::GreaterOrEqual,
            CompareOp::Distinct => Self::Distinct,
            CompareOp::NotDistinct => Self::NotDistinct,
        }
    }
}

impl Comparison {
    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual | Self::Distinct | Self::NotDistinct)
    }

    /// The name in ksqlDB's messages.
    fn name(self) -> &'static str {
        match self {
            Self::Equal => "EQUAL",
            Self::NotEqual => "NOT_EQUAL",
            Self::Less => "LESS_THAN",
            Self::LessOrEqual => "LESS_THAN_OR_EQUAL",
            Self::Greater => "GREATER_THAN",
            Self::GreaterOrEqual => "GREATER_THAN_OR_EQUAL",
            Self::Distinct => "IS_DISTINCT_FROM",
            Self::NotDistinct => "IS_NOT_DISTINCT_FROM",
        }
    }
}

impl Comparison {
    /// The operator as SQL.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Distinct => "IS DISTINCT FROM",
            Self::NotDistinct => "IS NOT DISTINCT FROM",
        }
    }
}

/// Null becomes false.
pub(super) fn two_valued(result: BooleanArray) -> BooleanArray {
    let (values, nulls) = result.into_parts();
    match nulls {
        Some(nulls) if nulls.null_count() > 0 => BooleanArray::new(&values & nulls.inner(), None),
        _ => BooleanArray::new(values, None),
    }
}

/// Arrow orders -0.0 before 0.0; SQL takes them as equal. Where both could meet, they are made one.
fn one_zero(args: &[Arg]) -> Option<Vec<Arg>> {
    let harmless = |a: &Arg| match a.array().as_primitive_opt::<Float64Type>() {
        None => true,
        Some(values) => a.is_constant() && values.value(0) != 0.0,
    };
    if args.iter().any(harmless) {
        return None;
    }
    Some(
        args.iter()
            .map(|a| {
                let array: ArrayRef =
                    Arc::new(a.array().as_primitive::<Float64Type>().unary::<_, Float64Type>(|v| v + 0.0));
                if a.is_constant() { Arg::constant(array) } else { Arg::column(array) }
            })
            .collect(),
    )
}

/// A comparison of operands of one type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Compare {
    op: Comparison,
}

impl Operation for Compare {
    fn name(&self) -> String {
        self.op.name().into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let unified = one_zero(args);
        let [left, right] = unified.as_deref().unwrap_or(args) else {
            return Err(Error::Fatal("two operands expected".into()));
        };
        if left.array().data_type().is_nested() {
            return Ok(Arc::new(compare_nested(self.op, left, right, rows)?));
        }
        let kernel: fn(&dyn Datum, &dyn Datum) -> Result<BooleanArray, ArrowError> = match self.op {
            Comparison::Equal => cmp::eq,
            Comparison::NotEqual => cmp::neq,
            Comparison::Less => cmp::lt,
            Comparison::LessOrEqual => cmp::lt_eq,
            Comparison::Greater => cmp::gt,
            Comparison::GreaterOrEqual => cmp::gt_eq,
            Comparison::Distinct => cmp::distinct,
            Comparison::NotDistinct => cmp::not_distinct,
        };
        Ok(Arc::new(two_valued(kernel(left, right)?)))
    }
}

fn compare_nested(op: Comparison, left: &Arg, right: &Arg, rows: usize) -> Result<BooleanArray, Error> {
    let same = rows::not_distinct(left, right, rows)?;
    let both = |row: usize| !left.is_null(row) && !right.is_null(row);
    Ok((0..rows)
        .map(|row| {
            let same = same.value(row);
            Some(match op {
                Comparison::Equal => same && both(row),
                Comparison::NotEqual => !same && both(row),
                Comparison::Distinct => !same,
                _ => same,
            })
        })
        .collect())
}
