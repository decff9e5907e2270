//! The AVRO format: Avro's binary encoding behind the id of the writer's schema. Rules of ksqlDB's `AVRO`, which reads
//! through Kafka Connect's types.
//!
//! A plan is made once per writer's schema and holds, for each of the writer's fields in their order, into which column
//! it goes or that it is skipped; payloads are then read straight into the columns.

mod decode;
mod encode;
mod plan;
mod skip;
mod text;

#[cfg(test)]
mod tests;

use millstream_schemas::{Registry, WriterSchema, avro, generate};
use millstream_types::{Column, Format, FormatSpec, SqlType, Wrapping};

use crate::writers::{OWN, Writers};
use crate::{Decoder, Encoder, Unsupported};

/// A decoder of the columns at `used`.
pub(crate) fn decoder(
    columns: &[Column],
    used: &[usize],
    wrapped: bool,
    registry: &Registry,
) -> Result<Box<dyn Decoder>, Unsupported> {
    check(columns)?;
    let used: Vec<(String, SqlType)> =
        used.iter().filter_map(|&i| columns.get(i)).map(|c| (c.name.clone(), c.ty.clone())).collect();
    let spec = FormatSpec { wrapping: Some(Wrapping::of(wrapped)), ..FormatSpec::value(Format::Avro) };
    Ok(Box::new(decode::AvroDecoder::new(used, wrapped, Writers::new(registry, spec, columns)?)))
}

/// An encoder of these columns, with the schema that is registered or with one of their own.
pub(crate) fn encoder(
    columns: &[Column],
    spec: FormatSpec,
    schema: Option<&WriterSchema>,
) -> Result<Box<dyn Encoder>, Unsupported> {
    check(columns)?;
    let own;
    let (text, id) = match schema {
        Some(schema) => (&schema.schema, schema.id.unwrap_or_default()),
        None => {
            own = generate(spec, columns, None).ok_or_else(|| Unsupported("no columns".to_owned()))?;
            (&own, OWN)
        }
    };
    let avro = avro::parse(&text.text, &text.imports).map_err(Unsupported)?;
    Ok(Box::new(encode::AvroEncoder::new(&avro, columns, spec.wrapped(), id).map_err(Unsupported)?))
}

fn check(columns: &[Column]) -> Result<(), Unsupported> {
    columns.iter().try_for_each(|column| check_type(&column.ty))
}

fn check_type(ty: &SqlType) -> Result<(), Unsupported> {
    match ty {
        SqlType::Map(key, _) if **key != SqlType::String => {
            Err(Unsupported("Avro only supports MAPs with STRING keys".to_owned()))
        }
        SqlType::Array(inner) | SqlType::Map(_, inner) => check_type(inner),
        SqlType::Struct(fields) => fields.iter().try_for_each(|field| check_type(&field.ty)),
        _ => Ok(()),
    }
}
