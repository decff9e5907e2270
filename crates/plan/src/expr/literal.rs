//! Literals: `1`, `3000000000`, `1.50`, `1E0`, `'text'`, `TRUE`.

use datafusion_common::ScalarValue;
use millstream_types::SqlType;

use super::Typed;
use super::decimal::scalar;
use super::decimal_text::Digits;

pub(super) fn boolean(value: bool) -> Typed {
    Typed::literal(ScalarValue::Boolean(Some(value)), SqlType::Boolean)
}

pub(super) fn integer(value: i32) -> Typed {
    Typed::literal(ScalarValue::Int32(Some(value)), SqlType::Integer)
}

pub(super) fn bigint(value: i64) -> Typed {
    Typed::literal(ScalarValue::Int64(Some(value)), SqlType::Bigint)
}

pub(super) fn double(value: f64) -> Typed {
    Typed::literal(ScalarValue::Float64(Some(value)), SqlType::Double)
}

pub(super) fn text(value: &str) -> Typed {
    Typed::literal(ScalarValue::Utf8(Some(value.to_owned())), SqlType::String)
}

/// A decimal literal of the precision and scale its digits have. `None` when they are not a number or too many.
pub(super) fn decimal(digits: &str) -> Option<Typed> {
    let digits = Digits::read(digits)?;
    let (precision, scale) = digits.precision_and_scale()?;
    let value = digits.rounded(precision, scale)?;
    Some(Typed::literal(scalar(value, precision, scale), SqlType::Decimal { precision, scale }))
}
