//! The JSON format: plain UTF-8 text without a schema. Rules of ksqlDB's `JSON`.

mod decode;
mod encode;
mod fault;
mod map;
mod quoted;
mod read;
mod scan;
mod skip;

#[cfg(test)]
mod tests;

use millstream_types::{Column, SqlType};

use crate::{Decoder, Encoder, Unsupported};

/// A decoder of the columns at `used`.
pub(crate) fn decoder(columns: &[Column], used: &[usize], wrapped: bool) -> Result<Box<dyn Decoder>, Unsupported> {
    decoder_in(columns, used, wrapped, false)
}

/// The same; `any_case`: names match whatever case they have, as in the formats with a registry.
pub(crate) fn decoder_in(
    columns: &[Column],
    used: &[usize],
    wrapped: bool,
    any_case: bool,
) -> Result<Box<dyn Decoder>, Unsupported> {
    check(columns, wrapped)?;
    Ok(Box::new(decode::JsonDecoder::new(used.iter().filter_map(|&i| columns.get(i)), wrapped, any_case)))
}

/// An encoder of these columns.
pub(crate) fn encoder(columns: &[Column], wrapped: bool) -> Result<Box<dyn Encoder>, Unsupported> {
    check(columns, wrapped)?;
    Ok(Box::new(encode::JsonEncoder::new(columns, wrapped)))
}

fn check(columns: &[Column], wrapped: bool) -> Result<(), Unsupported> {
    if !wrapped && columns.len() > 1 {
        return Err(Unsupported("'WRAP_SINGLE_VALUE' is only valid for single-field value schemas".to_owned()));
    }
    columns.iter().try_for_each(|column| check_type(&column.ty))
}

fn check_type(ty: &SqlType) -> Result<(), Unsupported> {
    match ty {
        SqlType::Map(key, _) if **key != SqlType::String => {
            Err(Unsupported("JSON only supports MAP types with STRING keys".to_owned()))
        }
        SqlType::Array(inner) | SqlType::Map(_, inner) => check_type(inner),
        SqlType::Struct(fields) => fields.iter().try_for_each(|field| check_type(&field.ty)),
        _ => Ok(()),
    }
}
