//! Texts to everything. Blanks at both ends do not count.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BinaryBuilder, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array,
    Time32MillisecondArray, TimestampMillisecondArray,
};
use base64::Engine;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use millstream_functions::{Error, iso};
use millstream_types::{SqlType, arrow_type};

use super::number::decimals;
use super::{failure, overflow};
use crate::expr::decimal_text::Digits;

/// Standard base64, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Casts STRING to `to`.
pub(super) fn cast(array: &ArrayRef, to: &SqlType) -> Result<ArrayRef, Error> {
    let texts = array.as_string_opt::<i32>().ok_or_else(|| Error::Fatal("not a text".into()))?;
    Ok(match to {
        SqlType::Boolean => Arc::new(texts.iter().map(|t| t.map(boolean)).collect::<BooleanArray>()),
        SqlType::Integer => Arc::new(read::<_, Int32Array>(texts, to, |t| t.parse().ok())?),
        SqlType::Bigint => Arc::new(read::<_, Int64Array>(texts, to, |t| t.parse().ok())?),
        SqlType::Double => Arc::new(read::<_, Float64Array>(texts, to, double)?),
        SqlType::Date => Arc::new(read_iso::<_, Date32Array>(texts, iso::date)?),
        SqlType::Time => Arc::new(read_iso::<_, Time32MillisecondArray>(texts, iso::time)?),
        SqlType::Timestamp => Arc::new(read_iso::<_, TimestampMillisecondArray>(texts, iso::timestamp)?),
        SqlType::Decimal { precision, scale } => {
            let values = texts.iter().map(|t| match t.map(str::trim) {
                None => Ok(None),
                Some(t) => match Digits::read(t) {
                    None => Err(failure(t, to)),
                    Some(digits) => {
                        digits.rounded(*precision, *scale).map(Some).ok_or_else(|| overflow(t, *precision, *scale))
                    }
                },
            });
            decimals(values.collect::<Result<_, _>>()?, &arrow_type(to))?
        }
        SqlType::Bytes => {
            let mut out = BinaryBuilder::new();
            let mut scratch = Vec::new();
            for text in texts {
                scratch.clear();
                match text {
                    None => out.append_null(),
                    Some(text) => {
                        BASE64.decode_vec(text.trim(), &mut scratch).map_err(|_| failure(text, to))?;
                        out.append_value(&scratch);
                    }
                }
            }
            Arc::new(out.finish())
        }
        other => return Err(Error::Fatal(format!("STRING is not cast to {other}"))),
    })
}

fn read<T, A: FromIterator<Option<T>>>(
    texts: &arrow::array::StringArray,
    to: &SqlType,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<A, Error> {
    texts.iter().map(|t| t.map(|t| parse(t.trim()).ok_or_else(|| failure(t, to))).transpose()).collect()
}

fn read_iso<T, A: FromIterator<Option<T>>>(
    texts: &arrow::array::StringArray,
    parse: fn(&str) -> Result<T, Error>,
) -> Result<A, Error> {
    texts.iter().map(|t| t.map(|t| parse(t.trim())).transpose()).collect()
}

/// True for a non-empty beginning of `true` or `yes`, else false.
fn boolean(text: &str) -> bool {
    let text = text.trim();
    let begins = |word: &str| word.get(..text.len()).is_some_and(|w| w.eq_ignore_ascii_case(text));
    !text.is_empty() && (begins("true") || begins("yes"))
}

fn double(text: &str) -> Option<f64> {
    // Java accepts a type suffix; neither names infinity or NaN for SQL.
    let number = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    number.parse::<f64>().ok().filter(|v| v.is_finite() && number.ends_with(|c: char| c.is_ascii_digit() || c == '.'))
}
