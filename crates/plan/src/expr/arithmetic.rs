//! `+ - * / %` on numbers, `+` on texts, `||`, and signs.
//!
//! The wider operand decides the type: INTEGER < BIGINT < DECIMAL < DOUBLE. Integers wrap; division truncates and fails the
//! row for a zero divisor, while DOUBLE follows IEEE 754.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray, StringArray};
use arrow::compute::kernels::numeric;
use arrow::compute::{try_binary, try_unary};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::error::ArrowError;
use millstream_functions::{Arg, Error, TextColumn, coercion};
use millstream_sql::ast::{ArithmeticOp, Expr, ExprKind};
use millstream_types::SqlType;

use super::operation::Operation;
use super::shown::Shown;
use super::{Compiler, Typed, cast, decimal, literal};

impl Compiler<'_> {
    pub(super) fn arithmetic(&mut self, whole: &Expr, op: ArithmeticOp, left: &Expr, right: &Expr) -> Option<Typed> {
        let typed = self.calculation(whole, op, left, right)?;
        match &typed.ty {
            // ksqlDB's lambdas compute with values that are there, and fail otherwise.
            Some(ty) if ty.is_number() && self.in_lambda() => {
                let ty = ty.clone();
                Some(Typed::operation(Present, vec![typed], ty, true))
            }
            _ => Some(typed),
        }
    }

    fn calculation(&mut self, whole: &Expr, op: ArithmeticOp, left: &Expr, right: &Expr) -> Option<Typed> {
        if let Some(moved) = self.moved(whole, op, left, right) {
            return moved;
        }
        let op = match op {
            ArithmeticOp::Concat => return self.concat(whole, left, right),
            ArithmeticOp::Add => Calculation::Add,
            ArithmeticOp::Subtract => Calculation::Subtract,
            ArithmeticOp::Multiply => Calculation::Multiply,
            ArithmeticOp::Divide => Calculation::Divide,
            ArithmeticOp::Modulo => Calculation::Modulo,
        };
        let (left, right) = self.operands(left, right)?;
        let (Some(l), Some(r)) = (&left.ty, &right.ty) else {
            let types =
                format!("Arithmetic on types {} and {} are not supported.", left.type_name(), right.type_name());
            return self.reject_type(whole.span, format!("Error processing expression: {}. {types}", Shown(whole)));
        };
        if op == Calculation::Add && *l == SqlType::String && *r == SqlType::String {
            return Some(Typed::operation(JoinTexts, vec![left, right], SqlType::String, false));
        }
        if !(l.is_number() && r.is_number()) {
            let types = format!("Unsupported arithmetic types. {} {}", l.base_name(), r.base_name());
            return self.reject_type(whole.span, format!("Error processing expression: {}. {types}", Shown(whole)));
        }
        let ty = match (l, r) {
            (SqlType::Double, _) | (_, SqlType::Double) => SqlType::Double,
            (SqlType::Decimal { .. }, _) | (_, SqlType::Decimal { .. }) => {
                let Some(typed) = decimal::arithmetic(op, left, right) else {
                    let limit = "The result has more than 76 digits; such decimals are not supported.";
                    return self
                        .reject_type(whole.span, format!("Error processing expression: {}. {limit}", Shown(whole)));
                };
                return Some(typed);
            }
            _ => coercion::common_type(l, r)?,
        };
        let whole_number = ty != SqlType::Double;
        let fails = whole_number && matches!(op, Calculation::Divide | Calculation::Modulo) && !has_divisor(&right);
        let args = vec![cast::convert(left, &ty), cast::convert(right, &ty)];
        Some(Typed::operation(Arithmetic { op, whole_number }, args, ty, fails))
    }

    /// `a || b || c` is one CONCAT(a, b, c), which copies each text once.
    fn concat(&mut self, whole: &Expr, left: &Expr, right: &Expr) -> Option<Typed> {
        let (mut parts, mut rest) = (vec![right], left);
        while let ExprKind::Arithmetic { op: ArithmeticOp::Concat, left, right } = &rest.kind {
            parts.push(right);
            rest = left;
        }
        parts.push(rest);
        let parts: Vec<Option<Typed>> = parts.into_iter().rev().map(|part| self.operand(part)).collect();
        self.call_typed(whole.span, "CONCAT", parts.into_iter().collect::<Option<_>>()?)
    }

    pub(super) fn sign(&mut self, whole: &Expr, negative: bool, operand: &Expr) -> Option<Typed> {
        // The smallest INTEGER has no positive counterpart.
        if negative && operand.kind == ExprKind::Bigint(-i64::from(i32::MIN)) {
            return Some(literal::integer(i32::MIN));
        }
        let typed = self.operand(operand)?;
        match typed.ty.clone() {
            Some(ty) if ty.is_number() && negative => Some(Typed::operation(Negate, vec![typed], ty, false)),
            Some(ty) if ty.is_number() => Some(typed),
            _ => {
                let message =
                    format!("Error processing expression: {}. Sign of type {}.", Shown(whole), typed.type_name());
                self.reject_type(whole.span, message)
            }
        }
    }
}

/// A number that must not be null.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Present;

impl Operation for Present {
    fn name(&self) -> String {
        "PRESENT".into()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let value = args.first().ok_or_else(|| Error::Fatal("no operand".into()))?.array();
        if value.null_count() > 0 {
            return Err(Error::Data("Arithmetic on null in a lambda".into()));
        }
        Ok(ArrayRef::clone(value))
    }
}

/// Whether a constant divisor other than zero is given: division by it cannot fail.
fn has_divisor(right: &Typed) -> bool {
    use datafusion_common::ScalarValue::{Int32, Int64};
    matches!(right.constant(), Some(Int32(Some(v))) if *v != 0)
        || matches!(right.constant(), Some(Int64(Some(v))) if *v != 0)
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// Arithmetic on INTEGER, BIGINT and DOUBLE; both operands have the type of the result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Arithmetic {
    op: Calculation,
    whole_number: bool,
}

impl Operation for Arithmetic {
    fn name(&self) -> String {
        format!("{:?}", self.op).to_uppercase()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        let [left, right] = args else { return Err(Error::Fatal("two operands expected".into())) };
        Ok(match self.op {
            Calculation::Add => numeric::add_wrapping(left, right)?,
            Calculation::Subtract => numeric::sub_wrapping(left, right)?,
            Calculation::Multiply => numeric::mul_wrapping(left, right)?,
            Calculation::Divide if !self.whole_number => numeric::div(left, right)?,
            Calculation::Modulo if !self.whole_number => numeric::rem(left, right)?,
            op if *returns == DataType::Int32 => Arc::new(divide::<Int32Type>(op, left, right)?),
            op => Arc::new(divide::<Int64Type>(op, left, right)?),
        })
    }
}

/// Java's integer division: truncates, wraps for the smallest value by -1. Arrow's kernel refuses the latter.
fn divide<T: ArrowPrimitiveType>(op: Calculation, left: &Arg, right: &Arg) -> Result<PrimitiveArray<T>, Error>
where
    T::Native: ArrowNativeTypeOp,
{
    binary::<T>(left, right, |a, b| match op {
        _ if b.is_zero() => Err(ArrowError::DivideByZero),
        Calculation::Divide => Ok(a.div_wrapping(b)),
        _ => Ok(a.mod_wrapping(b)),
    })
}

/// Applies `f` to the rows in which both operands have a value.
pub(super) fn binary<T: ArrowPrimitiveType>(
    left: &Arg,
    right: &Arg,
    f: impl Fn(T::Native, T::Native) -> Result<T::Native, ArrowError>,
) -> Result<PrimitiveArray<T>, Error> {
    let (Some(a), Some(b)) = (left.array().as_primitive_opt::<T>(), right.array().as_primitive_opt::<T>()) else {
        return Err(Error::Fatal("operands of unexpected type".into()));
    };
    Ok(match (left.is_constant(), right.is_constant()) {
        (true, false) if left.is_null(0) => PrimitiveArray::new_null(b.len()),
        (false, true) if right.is_null(0) => PrimitiveArray::new_null(a.len()),
        (true, false) => try_unary(b, |y| f(a.value(0), y))?,
        (false, true) => try_unary(a, |x| f(x, b.value(0)))?,
        _ => try_binary(a, b, f)?,
    })
}

/// `+` on texts: null when one is null, unlike `||`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct JoinTexts;

impl Operation for JoinTexts {
    fn name(&self) -> String {
        "ADD".into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let [left, right] = args else { return Err(Error::Fatal("two operands expected".into())) };
        let (left, right) = (left.view::<StringArray>()?, right.view::<StringArray>()?);
        let mut out = TextColumn::default();
        for row in 0..rows {
            match left.get(row).zip(right.get(row)) {
                Some((a, b)) => {
                    out.push(a)?;
                    out.push(b)?;
                    out.end();
                }
                None => out.null(),
            }
        }
        Ok(out.finish())
    }
}

/// `-x`, wrapping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Negate;

impl Operation for Negate {
    fn name(&self) -> String {
        "NEGATE".into()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let [arg] = args else { return Err(Error::Fatal("one operand expected".into())) };
        Ok(numeric::neg_wrapping(arg.array())?)
    }
}
