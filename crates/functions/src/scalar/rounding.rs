//! What ROUND and TRUNC share: signatures, and rounding of doubles by their digits and of decimals.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Float64Array, Float64Builder, Int32Array, Int64Array, new_empty_array, new_null_array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type, i256};
use millstream_types::SqlType;

use crate::{Arg, Call, Error, Overload, Param, ParamType, Returns, decimal};

/// Where a number goes that lies between two others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To the nearest, ties up: -1.5 to -1.
    HalfUp,
    /// Toward 0.
    Down,
}

impl Rounding {
    /// `value` divided by `unit`.
    fn quotient(self, value: i256, unit: i256) -> Option<i256> {
        match self {
            Self::HalfUp => decimal::round(value, unit),
            Self::Down => value.checked_div(unit),
        }
    }
}

/// What computes an overload.
type Eval = fn(&Call<'_>) -> Result<ArrayRef, Error>;

/// Signatures: to a whole number, and to a scale.
pub(super) const fn overloads(whole: Eval, scaled: Eval, scaled_decimal: Eval) -> [Overload; 6] {
    [
        overload(&[Param { name: "value", ty: ParamType::Integer }], Returns::Type(ParamType::Bigint), false, whole),
        overload(&[Param { name: "value", ty: ParamType::Bigint }], Returns::Type(ParamType::Bigint), false, whole),
        overload(&[Param { name: "value", ty: ParamType::Double }], Returns::Type(ParamType::Bigint), false, whole),
        overload(&[Param { name: "value", ty: ParamType::Decimal }], Returns::By(whole_decimal), true, whole),
        overload(
            &[Param { name: "value", ty: ParamType::Double }, Param { name: "scale", ty: ParamType::Integer }],
            Returns::Like(0),
            true,
            scaled,
        ),
        overload(
            &[Param { name: "value", ty: ParamType::Decimal }, Param { name: "scale", ty: ParamType::Integer }],
            Returns::Like(0),
            true,
            scaled_decimal,
        ),
    ]
}

const fn overload(params: &'static [Param], returns: Returns, fallible: bool, eval: Eval) -> Overload {
    Overload { params, variadic: false, returns, fallible, eval }
}

fn whole_decimal(params: &[SqlType]) -> SqlType {
    match params.first() {
        Some(SqlType::Decimal { precision, scale }) => {
            SqlType::Decimal { precision: precision.saturating_sub(*scale).max(1), scale: 0 }
        }
        _ => SqlType::Bigint,
    }
}

/// The whole number: of a DOUBLE as BIGINT.
pub(super) fn whole(call: &Call<'_>, rounding: Rounding) -> Result<ArrayRef, Error> {
    let arg = call.arg(0)?;
    Ok(match arg.array().data_type() {
        DataType::Int32 | DataType::Int64 => cast(arg.array(), &DataType::Int64)?,
        DataType::Float64 => {
            // A cast saturates, and turns NaN to 0, as Java's does.
            let rounded: Int64Array = arg.array().as_primitive::<Float64Type>().unary(|v| match rounding {
                Rounding::HalfUp => {
                    let down = v.floor();
                    (if v - down >= 0.5 { down + 1.0 } else { down }) as i64
                }
                Rounding::Down => v as i64,
            });
            Arc::new(rounded)
        }
        _ => {
            let unit = decimal::power_of_ten(decimal::scale(arg)?);
            decimal::map(arg, call.returns, |v| rounding.quotient(v, unit))?
        }
    })
}

/// A DOUBLE with so many digits after the point.
pub(super) fn scaled(call: &Call<'_>, rounding: Rounding) -> Result<ArrayRef, Error> {
    let values = call.arg(0)?.view::<Float64Array>()?;
    let scales = call.arg(1)?.view::<Int32Array>()?;
    let mut out = Float64Builder::with_capacity(call.rows);
    let mut scratch = String::new();
    for row in 0..call.rows {
        match (values.get(row), scales.get(row)) {
            (Some(value), Some(scale)) => out.append_value(round_text(value, scale, rounding, &mut scratch)?),
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// Rounds the shortest decimal text of `value`, as Java's BigDecimal.valueOf does: 1.005 is a tie, although its double is not.
fn round_text(value: f64, scale: i32, rounding: Rounding, scratch: &mut String) -> Result<f64, Error> {
    if !value.is_finite() {
        return Err(Error::Data(format!("{value} has no decimal digits")));
    }
    scratch.clear();
    let fatal = |_| Error::Fatal("formatting a number".into());
    write!(scratch, "{:e}", value.abs()).map_err(fatal)?;
    let (digits, exponent) = scratch.split_once('e').unwrap_or((scratch, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    // Digits that stay: those before the point and `scale` after it.
    let keep = exponent + 1 + i64::from(scale);
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    if keep >= digits.len() as i64 {
        return Ok(value);
    }
    if keep < 0 {
        return Ok(0.0);
    }
    let (kept, rest) = digits.split_at(keep as usize);
    let tie = rest.first() == Some(&5) && rest.get(1..).is_none_or(|r| r.iter().all(|d| *d == 0));
    let up = match rounding {
        Rounding::Down => false,
        Rounding::HalfUp if tie => value > 0.0,
        Rounding::HalfUp => rest.first().is_some_and(|d| *d >= 5),
    };
    let mantissa = kept.iter().fold(0u64, |m, d| m.saturating_mul(10).saturating_add(u64::from(*d))) + u64::from(up);
    let sign = if value < 0.0 && mantissa != 0 { "-" } else { "" };
    scratch.clear();
    write!(scratch, "{sign}{mantissa}e{}", -i64::from(scale))
        .map_err(|_| Error::Fatal("formatting a number".into()))?;
    scratch.parse().map_err(|_| Error::Fatal("reading a rounded number".into()))
}

/// A DECIMAL with so many digits after the point, the others zero.
pub(super) fn scaled_decimal(call: &Call<'_>, rounding: Rounding) -> Result<ArrayRef, Error> {
    let (value, scales) = (call.arg(0)?, call.arg(1)?);
    let own = i64::from(decimal::scale(value)?);
    // One scale for all rows is the rule; else each row is a batch of its own.
    if scales.is_constant() {
        return match scales.view::<Int32Array>()?.get(0) {
            Some(scale) => round_decimal(value, call.returns, own - i64::from(scale), rounding),
            None => Ok(new_null_array(call.returns, call.rows)),
        };
    }
    let scales = scales.view::<Int32Array>()?;
    let mut rows: Vec<ArrayRef> = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let one = Arg::constant(value.array().slice(value.index(row), 1));
        rows.push(match scales.get(row) {
            Some(scale) => round_decimal(&one, call.returns, own - i64::from(scale), rounding)?,
            None => new_null_array(call.returns, 1),
        });
    }
    if rows.is_empty() {
        return Ok(new_empty_array(call.returns));
    }
    Ok(concat(&rows.iter().map(AsRef::as_ref).collect::<Vec<_>>())?)
}

/// Rounds away `digits` digits.
fn round_decimal(value: &Arg, returns: &DataType, digits: i64, rounding: Rounding) -> Result<ArrayRef, Error> {
    match u8::try_from(digits) {
        Ok(0) => Ok(ArrayRef::clone(value.array())),
        Ok(digits) if digits <= 76 => {
            let unit = decimal::power_of_ten(digits);
            decimal::map(value, returns, |v| rounding.quotient(v, unit)?.checked_mul(unit))
        }
        _ if digits < 0 => Ok(ArrayRef::clone(value.array())),
        _ => decimal::map(value, returns, |_| Some(i256::ZERO)),
    }
}
