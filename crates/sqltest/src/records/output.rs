//! Output bytes back to values, by the formats of their topic.

use millstream_types::{Format, SqlType, java_double};

use crate::json::{Json, parse};

use super::SideFormat;
use super::decimal::Decimal;

/// A value as it was read back.
#[derive(Debug, Clone, PartialEq)]
pub enum Actual {
    /// None.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of 64 bits.
    Long(i64),
    /// A larger integer, which equals nothing.
    Big,
    /// A number with a fraction or an exponent.
    Decimal(Decimal),
    /// The same where numbers are not compared exactly.
    Double(f64),
    /// A text.
    Text(String),
    /// A list.
    Array(Vec<Actual>),
    /// A struct or map.
    Object(Vec<(String, Actual)>),
}

/// Reads one side of a record.
///
/// # Errors
/// The bytes are not what the format writes.
pub fn read(bytes: Option<&[u8]>, side: SideFormat<'_>, exact: bool) -> Result<Actual, String> {
    let Some(bytes) = bytes else { return Ok(Actual::Null) };
    match side.spec.format {
        Format::None => Ok(Actual::Null),
        Format::Json => json(bytes, exact),
        Format::Delimited => Ok(Actual::Text(String::from_utf8_lossy(bytes).into_owned())),
        Format::Kafka => kafka(bytes, side.columns.first().map(|c| &c.ty)),
        Format::JsonSr | Format::Avro | Format::Protobuf | Format::ProtobufNosr => side.read(bytes),
    }
}

/// Reads a JSON text.
pub(super) fn json(bytes: &[u8], exact: bool) -> Result<Actual, String> {
    Ok(of_json(parse(bytes)?, exact))
}

fn kafka(bytes: &[u8], ty: Option<&SqlType>) -> Result<Actual, String> {
    let misfit = || format!("{} bytes are no {}", bytes.len(), ty.map_or("text", SqlType::base_name));
    let eight = || <[u8; 8]>::try_from(bytes).map_err(|_| misfit());
    match ty {
        Some(SqlType::Integer) => {
            <[u8; 4]>::try_from(bytes).map(|b| Actual::Long(i32::from_be_bytes(b).into())).map_err(|_| misfit())
        }
        Some(SqlType::Bigint | SqlType::Timestamp) => Ok(Actual::Long(i64::from_be_bytes(eight()?))),
        Some(SqlType::Double) => {
            let mut text = Vec::new();
            java_double(f64::from_be_bytes(eight()?), &mut text);
            Decimal::parse(&String::from_utf8_lossy(&text)).map(Actual::Decimal).ok_or_else(misfit)
        }
        _ => Ok(Actual::Text(String::from_utf8_lossy(bytes).into_owned())),
    }
}

fn of_json(json: Json, exact: bool) -> Actual {
    match json {
        Json::Null => Actual::Null,
        Json::Bool(value) => Actual::Bool(value),
        Json::Number(text) if !text.contains(['.', 'e', 'E']) => text.parse().map_or(Actual::Big, Actual::Long),
        Json::Number(text) => match Decimal::parse(&text) {
            Some(decimal) if exact => Actual::Decimal(decimal),
            Some(decimal) => Actual::Double(decimal.to_double()),
            None => Actual::Text(text),
        },
        Json::String(text) => Actual::Text(text),
        Json::Array(items) => Actual::Array(items.into_iter().map(|i| of_json(i, exact)).collect()),
        Json::Object(members) => {
            Actual::Object(members.into_iter().map(|(name, value)| (name, of_json(value, exact))).collect())
        }
    }
}
