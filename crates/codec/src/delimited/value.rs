//! A field's text to a value of a column, by the parsers that ksqlDB uses.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::column::{Column, DecimalShape, Full};
use crate::text::{DAY_MS, Number, Unscaled, parse_double, unfit};

/// Java's basic decoder: padding may be left out, spare bits are not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Appends the value of a field that is not empty. Errors: why the text is none of the column's type.
#[inline]
pub(super) fn push(column: &mut Column, text: &str) -> Result<(), String> {
    match column {
        Column::Text(column) => column.push(text).map_err(full)?,
        Column::Bigint(column) => column.push(long(text, "BIGINT")?),
        Column::Integer(column) => column.push(text.parse().map_err(|_| unfit(text, "INTEGER"))?),
        Column::Double(column) => column.push(parse_double(text).ok_or_else(|| unfit(text, "DOUBLE"))?),
        Column::Boolean(column) => column.push(text.eq_ignore_ascii_case("true")),
        Column::Decimal(column, shape) => column.push(decimal(text, *shape)?.small()),
        Column::BigDecimal(column, shape) => column.push(decimal(text, *shape)?.wide()),
        Column::Bytes(column) => {
            BASE64.decode_vec(text, column.buffer()).map_err(|_| unfit(text, "BYTES as base64"))?;
            column.end().map_err(full)?;
        }
        Column::Date(column) => {
            let days = long(text, "DATE")?;
            column.push(i32::try_from(days).map_err(|_| unfit(text, "DATE"))?);
        }
        Column::Time(column) => {
            let ms = long(text, "TIME")?;
            let valid = i32::try_from(ms).ok().filter(|_| (0..=DAY_MS).contains(&ms));
            column.push(valid.ok_or_else(|| unfit(text, "TIME"))?);
        }
        Column::Timestamp(column) => column.push(long(text, "TIMESTAMP")?),
        Column::List(_) | Column::Map(_) | Column::Struct(_) => return Err("a field holds no nested value".to_owned()),
    }
    Ok(())
}

fn long(text: &str, ty: &str) -> Result<i64, String> {
    text.parse().map_err(|_| unfit(text, ty))
}

fn decimal(text: &str, shape: DecimalShape) -> Result<Unscaled, String> {
    let DecimalShape { precision, scale } = shape;
    Number::parse(text)
        .and_then(|number| number.unscaled(shape))
        .ok_or_else(|| unfit(text, &format!("DECIMAL({precision}, {scale}) without rounding")))
}

fn full(Full: Full) -> String {
    "a column holds more than 2 GiB in one batch".to_owned()
}
