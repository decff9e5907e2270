//! The PROTOBUF and PROTOBUF_NOSR formats: Protocol Buffers messages, behind the id of the writer's schema and the place
//! of the message in it, or bare. Rules of ksqlDB's formats of these names, which read through Kafka Connect's types.
//!
//! A plan is made once per schema and holds, by field number, into which column a field goes; payloads are then read
//! straight into the columns. What is not there has the default of its type, except where null can be told.

mod calendar;
mod decode;
mod encode;
mod hash_order;
mod plan;
mod scalar;

#[cfg(test)]
mod tests;

use millstream_schemas::{Registry, WriterSchema, proto};
use millstream_types::{Column, Format, FormatSpec, SqlType};

use crate::writers::Writers;
use crate::{Decoder, Encoder, Unsupported};

/// A decoder of the columns at `used`.
pub(crate) fn decoder(
    spec: FormatSpec,
    columns: &[Column],
    used: &[usize],
    registry: &Registry,
) -> Result<Box<dyn Decoder>, Unsupported> {
    check(columns)?;
    let targets: Vec<(String, SqlType)> =
        used.iter().filter_map(|&i| columns.get(i)).map(|c| (c.name.clone(), c.ty.clone())).collect();
    if spec.format == Format::ProtobufNosr {
        let text = proto::generate(columns, spec.nullability, None);
        return Ok(Box::new(decode::ProtobufDecoder::bare(targets, &text).map_err(Unsupported)?));
    }
    Ok(Box::new(decode::ProtobufDecoder::registered(targets, Writers::new(registry, spec, columns)?)))
}

/// An encoder of these columns, with the schema that is registered or with one of their own.
pub(crate) fn encoder(
    columns: &[Column],
    spec: FormatSpec,
    schema: Option<&WriterSchema>,
) -> Result<Box<dyn Encoder>, Unsupported> {
    check(columns)?;
    let (model, name) = match schema.filter(|_| spec.format == Format::Protobuf) {
        Some(schema) => {
            (proto::parse(&schema.schema.text, &schema.schema.imports).map_err(Unsupported)?, schema.full_name.clone())
        }
        None => (proto::parse(&proto::generate(columns, spec.nullability, None), &[]).map_err(Unsupported)?, None),
    };
    let id = (spec.format == Format::Protobuf).then(|| schema.and_then(|s| s.id).unwrap_or_default());
    let encoder = encode::ProtobufEncoder::new(&model, name.as_deref(), columns, id);
    Ok(Box::new(encoder.map_err(Unsupported)?))
}

fn check(columns: &[Column]) -> Result<(), Unsupported> {
    columns.iter().try_for_each(|column| check_type(&column.ty))
}

fn check_type(ty: &SqlType) -> Result<(), Unsupported> {
    match ty {
        SqlType::Map(key, _) if **key != SqlType::String => {
            Err(Unsupported("PROTOBUF format only supports MAP types with STRING keys".to_owned()))
        }
        SqlType::Array(inner) | SqlType::Map(_, inner) => check_type(inner),
        SqlType::Struct(fields) => fields.iter().try_for_each(|field| check_type(&field.ty)),
        _ => Ok(()),
    }
}
