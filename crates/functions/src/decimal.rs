//! Decimals of any width by one path: values as 256-bit integers in units of the last digit.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Decimal256Array};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, i256};

use crate::{Arg, Error};

/// Applies `f` to each value (in units of `10^-scale` of the argument) and gives decimals of type `returns`.
///
/// Errors: [`Error::Data`] when a result has more digits than `returns` holds.
pub(crate) fn map(arg: &Arg, returns: &DataType, f: impl Fn(i256) -> Option<i256>) -> Result<ArrayRef, Error> {
    let (DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale)) = returns else {
        return Err(Error::Fatal(format!("{returns} is not a decimal type")));
    };
    let limit = power_of_ten(*precision);
    let checked = |value: i256| match f(value) {
        Some(result) if result > limit.wrapping_neg() && result < limit => Ok(result),
        _ => Err(Error::Data(format!("Numeric field overflow: the result does not fit DECIMAL({precision}, {scale})"))),
    };
    let mut values: Vec<Option<i256>> = Vec::with_capacity(arg.array().len());
    match arg.array().data_type() {
        DataType::Decimal128(..) => {
            for value in arg.array().as_primitive::<Decimal128Type>() {
                values.push(value.map(i256::from_i128).map(checked).transpose()?);
            }
        }
        _ => {
            for value in arg.view::<Decimal256Array>()?.iter() {
                values.push(value.map(checked).transpose()?);
            }
        }
    }
    Ok(match returns {
        DataType::Decimal128(..) => {
            let narrow = values.into_iter().map(|v| v.and_then(i256::to_i128));
            Arc::new(narrow.collect::<Decimal128Array>().with_data_type(returns.clone()))
        }
        _ => {
            let array: arrow::array::PrimitiveArray<Decimal256Type> = values.into_iter().collect();
            Arc::new(array.with_data_type(returns.clone()))
        }
    })
}

/// `10^exponent`, for exponents up to 76.
pub(crate) fn power_of_ten(exponent: u8) -> i256 {
    i256::from_i128(10).wrapping_pow(u32::from(exponent.min(76)))
}

/// The scale of a decimal argument.
pub(crate) fn scale(arg: &Arg) -> Result<u8, Error> {
    match arg.array().data_type() {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => Ok(scale.unsigned_abs()),
        other => Err(Error::Fatal(format!("{other} is not a decimal type"))),
    }
}

/// `value` divided by `unit` and rounded down.
pub(crate) fn floor(value: i256, unit: i256) -> Option<i256> {
    let (quotient, rest) = (value.checked_div(unit)?, value.checked_rem(unit)?);
    Some(if rest < i256::ZERO { quotient.wrapping_sub(i256::ONE) } else { quotient })
}

/// `value` divided by `unit` and rounded to the nearest, ties up.
pub(crate) fn round(value: i256, unit: i256) -> Option<i256> {
    let down = floor(value, unit)?;
    let rest = value.checked_sub(down.checked_mul(unit)?)?;
    Some(if rest.checked_add(rest)? >= unit { down.wrapping_add(i256::ONE) } else { down })
}
