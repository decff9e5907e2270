//! Arithmetic on DECIMAL: types of results and exact kernels.
//!
//! With (p1,s1) and (p2,s2): `+ -` give scale max(s1,s2) and one more integer digit; `*` gives (p1+p2+1, s1+s2);
//! `/` gives scale max(6, s1+p2+1) and is rounded half up; `%` gives scale max(s1,s2). Operands are cast so that the
//! kernel works on plain integers of the result's width.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowNativeTypeOp};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, DecimalType, i256};
use arrow::error::ArrowError;
use datafusion_common::ScalarValue;
use millstream_functions::coercion::decimal_of;
use millstream_functions::{Arg, Error};
use millstream_types::SqlType;

use super::arithmetic::{Calculation, binary};
use super::decimal_text::MAX_PRECISION;
use super::operation::Operation;
use super::{Typed, cast};

/// A decimal constant in units of `10^-scale`.
pub(super) fn scalar(value: i256, precision: u8, scale: u8) -> ScalarValue {
    match value.to_i128() {
        Some(value) if precision <= 38 => ScalarValue::Decimal128(Some(value), precision, scale as i8),
        _ => ScalarValue::Decimal256(Some(value), precision, scale as i8),
    }
}

/// The operation over two numbers of which at least one is DECIMAL and none DOUBLE. `None`: too many digits.
pub(super) fn arithmetic(op: Calculation, left: Typed, right: Typed) -> Option<Typed> {
    let (p1, s1) = left.ty.as_ref().and_then(decimal_of).map(|(p, s)| (u32::from(p), u32::from(s)))?;
    let (p2, s2) = right.ty.as_ref().and_then(decimal_of).map(|(p, s)| (u32::from(p), u32::from(s)))?;
    let (i1, i2) = (p1.saturating_sub(s1), p2.saturating_sub(s2));
    let wide = s1.max(s2);
    // Precision and scale of the result, and of the operands that the kernel takes.
    let (result, a, b) = match op {
        Calculation::Add | Calculation::Subtract => {
            let result = (wide + i1.max(i2) + 1, wide);
            (result, result, result)
        }
        Calculation::Multiply => {
            let precision = p1 + p2 + 1;
            ((precision, s1 + s2), (precision, s1), (precision, s2))
        }
        Calculation::Divide => {
            let scale = 6.max(s1 + p2 + 1);
            let precision = i1 + s2 + scale;
            ((precision, scale), (precision, scale + s2), (precision, s2))
        }
        Calculation::Modulo => {
            let operand = (wide + i1.max(i2), wide);
            ((wide + i1.min(i2), wide), operand, operand)
        }
    };
    let ty = |(precision, scale): (u32, u32)| {
        let precision = precision.max(1);
        (precision <= u32::from(MAX_PRECISION))
            .then_some(SqlType::Decimal { precision: precision as u8, scale: scale as u8 })
    };
    let fails = matches!(op, Calculation::Divide | Calculation::Modulo);
    let mut args = vec![cast::convert(left, &ty(a)?), cast::convert(right, &ty(b)?)];
    if op == Calculation::Modulo {
        // The result may be narrower than the kernel's operands: compute in theirs, then narrow.
        let typed = Typed::operation(DecimalArithmetic { op }, args, ty(a)?, fails);
        return Some(cast::convert(typed, &ty(result)?));
    }
    // Operands must have the width of the result.
    for arg in &mut args {
        debug_assert_eq!(width(arg.ty.as_ref()), width(ty(result).as_ref()));
    }
    Some(Typed::operation(DecimalArithmetic { op }, args, ty(result)?, fails))
}

fn width(ty: Option<&SqlType>) -> bool {
    matches!(ty, Some(SqlType::Decimal { precision, .. }) if *precision > 38)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DecimalArithmetic {
    op: Calculation,
}

impl Operation for DecimalArithmetic {
    fn name(&self) -> String {
        format!("DECIMAL {:?}", self.op).to_uppercase()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        let [left, right] = args else { return Err(Error::Fatal("two operands expected".into())) };
        match returns {
            DataType::Decimal128(..) => calculate::<Decimal128Type>(self.op, left, right, returns),
            _ => calculate::<Decimal256Type>(self.op, left, right, returns),
        }
    }
}

fn calculate<T: DecimalType>(op: Calculation, left: &Arg, right: &Arg, returns: &DataType) -> Result<ArrayRef, Error> {
    let array = binary::<T>(left, right, |a, b| match op {
        Calculation::Add => Ok(a.add_wrapping(b)),
        Calculation::Subtract => Ok(a.sub_wrapping(b)),
        Calculation::Multiply => a.mul_checked(b),
        _ if b.is_zero() => Err(ArrowError::DivideByZero),
        Calculation::Divide => Ok(divide_half_up(a, b)),
        Calculation::Modulo => Ok(a.mod_wrapping(b)),
    })?;
    Ok(Arc::new(array.with_data_type(returns.clone())))
}

/// Rounds half away from zero. The divisor is not zero.
fn divide_half_up<N: ArrowNativeTypeOp>(a: N, b: N) -> N {
    let abs = |v: N| if v.is_lt(N::ZERO) { v.neg_wrapping() } else { v };
    let (quotient, rest) = (a.div_wrapping(b), abs(a.mod_wrapping(b)));
    if rest.is_lt(abs(b).sub_wrapping(rest)) {
        quotient
    } else if a.is_lt(N::ZERO) == b.is_lt(N::ZERO) {
        quotient.add_wrapping(N::ONE)
    } else {
        quotient.sub_wrapping(N::ONE)
    }
}
