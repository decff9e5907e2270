//! Numbers to numbers.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Decimal256Array, Float64Array, Int32Array, Int64Array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, i256};
use millstream_functions::Error;
use millstream_types::{SqlType, arrow_type};

use super::{failure, overflow};
use crate::expr::decimal_text::Digits;

/// Casts INTEGER, BIGINT, DOUBLE and DECIMAL to one another.
pub(super) fn cast(array: &ArrayRef, to: &SqlType) -> Result<ArrayRef, Error> {
    match (array.data_type(), to) {
        (_, SqlType::Decimal { precision, scale }) => to_decimal(array, *precision, *scale),
        (DataType::Int32, _) => arrow_cast(array, &arrow_type(to)),
        (DataType::Int64, SqlType::Integer) => {
            let narrowed: Int32Array = array.as_primitive::<Int64Type>().unary::<_, Int32Type>(|v| v as i32);
            Ok(Arc::new(narrowed))
        }
        (DataType::Int64, _) => arrow_cast(array, &arrow_type(to)),
        (DataType::Float64, SqlType::Integer) => {
            let truncated: Int32Array = array.as_primitive::<Float64Type>().unary::<_, Int32Type>(|v| v as i32);
            Ok(Arc::new(truncated))
        }
        (DataType::Float64, _) => {
            let truncated: Int64Array = array.as_primitive::<Float64Type>().unary::<_, Int64Type>(|v| v as i64);
            Ok(Arc::new(truncated))
        }
        (_, SqlType::Double) => decimal_to_double(array),
        (_, to) => decimal_to_integer(array, to),
    }
}

fn arrow_cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, Error> {
    Ok(cast_with_options(array, to, &CastOptions { safe: false, ..Default::default() })?)
}

fn to_decimal(array: &ArrayRef, precision: u8, scale: u8) -> Result<ArrayRef, Error> {
    let target = arrow_type(&SqlType::Decimal { precision, scale });
    if *array.data_type() != DataType::Float64 {
        // Rescales half up; the only failure is a value that does not fit.
        return arrow_cast(array, &target).map_err(|e| match e {
            Error::Data(_) | Error::Fatal(_) => overflow("a larger number", precision, scale),
            other => other,
        });
    }
    let mut text = String::new();
    let values = array.as_primitive::<Float64Type>().iter().map(|v| {
        let Some(v) = v else { return Ok(None) };
        // The shortest text of a double, as Java's BigDecimal.valueOf takes it.
        text.clear();
        let written = write!(text, "{v:e}").ok();
        let digits = written.and_then(|()| Digits::read(&text));
        let digits = digits.ok_or_else(|| failure(v, &SqlType::Decimal { precision, scale }))?;
        digits.rounded(precision, scale).map(Some).ok_or_else(|| overflow(v, precision, scale))
    });
    decimals(values.collect::<Result<Vec<_>, _>>()?, &target)
}

/// Decimals of either width.
pub(super) fn decimals(values: Vec<Option<i256>>, target: &DataType) -> Result<ArrayRef, Error> {
    Ok(match target {
        DataType::Decimal128(..) => {
            let array: Decimal128Array = values.into_iter().map(|v| v.and_then(i256::to_i128)).collect();
            Arc::new(array.with_data_type(target.clone()))
        }
        _ => {
            let array: Decimal256Array = values.into_iter().collect();
            Arc::new(array.with_data_type(target.clone()))
        }
    })
}

fn decimal_to_double(array: &ArrayRef) -> Result<ArrayRef, Error> {
    // Digits and a power of ten that doubles hold exactly divide to the nearest double; others are read from text.
    let nearest = |value: i128, scale: i8| -> f64 {
        if value.unsigned_abs() < (1 << 53) && (0..=22).contains(&scale) {
            value as f64 / 10f64.powi(i32::from(scale))
        } else {
            format!("{value}e{}", -i32::from(scale)).parse().unwrap_or(f64::NAN)
        }
    };
    let doubles: Float64Array = match array.data_type() {
        DataType::Decimal128(_, scale) => array.as_primitive::<Decimal128Type>().unary(|v| nearest(v, *scale)),
        DataType::Decimal256(_, scale) => array.as_primitive::<Decimal256Type>().unary(|v| match v.to_i128() {
            Some(v) => nearest(v, *scale),
            None => format!("{v}e{}", -i32::from(*scale)).parse().unwrap_or(f64::NAN),
        }),
        other => return Err(Error::Fatal(format!("{other} is not a number"))),
    };
    Ok(Arc::new(doubles))
}

fn decimal_to_integer(array: &ArrayRef, to: &SqlType) -> Result<ArrayRef, Error> {
    let whole: Int64Array = match array.data_type() {
        DataType::Decimal128(_, scale) => {
            let unit = 10i128.checked_pow(u32::from(scale.unsigned_abs())).unwrap_or(i128::MAX);
            array.as_primitive::<Decimal128Type>().unary(|v| (v / unit) as i64)
        }
        DataType::Decimal256(_, scale) => {
            let unit = i256::from_i128(10).wrapping_pow(u32::from(scale.unsigned_abs()));
            array.as_primitive::<Decimal256Type>().unary(|v| v.wrapping_div(unit).as_i128() as i64)
        }
        other => return Err(Error::Fatal(format!("{other} is not a number"))),
    };
    if *to == SqlType::Integer {
        // The low-order bits, as Java's BigDecimal.intValue gives them.
        return Ok(Arc::new(whole.unary::<_, Int32Type>(|v| v as i32)));
    }
    Ok(Arc::new(whole))
}
