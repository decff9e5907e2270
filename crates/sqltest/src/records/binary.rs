//! Records of the formats with schemas: test JSON to payloads by the registered schema, and payloads back by the one that
//! they were written with.
//!
//! The values go through the codecs: a schema's types become columns, JSON is read into these and written by the format's
//! encoder, and the other way round.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millstream_codec::{Payloads, decoder, encoder_with};
use millstream_plan::Source;
use millstream_schemas::{Inference, Registered, Registry, Reused, Side, WriterSchema, infer};
use millstream_types::{Column, Format, FormatSpec, Role, SqlType, Wrapping};

use crate::json::Json;

use super::decimal::Decimal;
use super::output::Actual;

/// The format of one side of a topic, and what else its payloads depend on.
#[derive(Debug, Clone, Copy)]
pub struct SideFormat<'a> {
    pub(super) spec: FormatSpec,
    pub(super) columns: &'a [Column],
    full_name: Option<&'a str>,
    side: Side,
    topic: &'a str,
    registry: &'a Registry,
}

impl<'a> SideFormat<'a> {
    /// How keys or values of a source's topic are written.
    pub fn of(source: &'a Source, side: Side, registry: &'a Registry) -> Self {
        let (spec, columns, schema) = match side {
            Side::Key => (source.key_format, source.schema.keys(), &source.schemas.key),
            Side::Value => (source.value_format, source.schema.values(), &source.schemas.value),
        };
        let full_name = schema.as_ref().and_then(|s| s.full_name.as_deref());
        Self { spec, columns, full_name, side, topic: &source.topic, registry }
    }

    /// The columns that a schema's values become, and how: all fields of a message, or one column of any type.
    fn columns(&self, schema: Option<&Registered>) -> Result<(Vec<Column>, FormatSpec), String> {
        let Some(schema) = schema else {
            return Ok((self.columns.to_vec(), self.spec));
        };
        let message = self.spec.format.is_protobuf();
        let how = Inference { single: "V", unwrapped: !message, full_name: self.full_name, keep_names: true };
        let columns = infer(&schema.schema, how)?;
        let columns = columns.into_iter().map(|(name, ty)| Column { name, ty, role: Role::Value }).collect();
        let wrapping = if message { self.spec.wrapping } else { Some(Wrapping::Unwrap) };
        Ok((columns, FormatSpec { wrapping, ..self.spec }))
    }

    /// The payload of a value of a test.
    pub(super) fn write(&self, value: &Json) -> Result<Option<Vec<u8>>, String> {
        if self.columns.is_empty() {
            return Ok(None);
        }
        let latest = match self.registry.get() {
            Some(registry) if self.spec.format.has_registry() => {
                Some(registry.latest(&self.side.subject(self.topic)).map_err(|e| e.to_string())?)
            }
            _ => None,
        };
        let (columns, spec) = self.columns(latest.as_deref())?;
        let rows = from_json(value, &columns, spec)?;
        let schema = latest.map(|latest| WriterSchema {
            id: Some(latest.id),
            schema: latest.schema.clone(),
            full_name: self.full_name.map(str::to_owned),
            reused: Reused::ById,
        });
        let mut payloads = Payloads::default();
        let mut encoder = encoder_with(spec, &columns, schema.as_ref()).map_err(|e| e.to_string())?;
        encoder.encode(&rows, None, &mut payloads).map_err(|e| e.to_string())?;
        Ok(payloads.get(0).map(<[u8]>::to_vec))
    }

    /// The value of a payload.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Actual, String> {
        let written = match (self.registry.get(), bytes.split_first_chunk::<5>()) {
            (Some(registry), Some(([0, id @ ..], _))) if self.spec.format.has_registry() => {
                Some(registry.by_id(i32::from_be_bytes(*id)).map_err(|e| e.to_string())?)
            }
            _ => None,
        };
        let (columns, spec) = self.columns(written.as_deref())?;
        let used: Vec<usize> = (0..columns.len()).collect();
        let mut decoder = decoder(spec, &columns, &used, self.registry).map_err(|e| e.to_string())?;
        decoder.push(Some(bytes)).map_err(|e| e.to_string())?;
        let arrays = decoder.finish();
        let single = columns.len() == 1 && !spec.wrapped();
        match (arrays.first(), columns.first()) {
            (Some(array), Some(column)) if single => Ok(actual(array, &column.ty, 0)),
            _ => {
                let member =
                    |(column, array): (&Column, &ArrayRef)| (column.name.clone(), actual(array, &column.ty, 0));
                Ok(Actual::Object(columns.iter().zip(&arrays).map(member).collect()))
            }
        }
    }
}

/// One row of columns of a JSON value.
fn from_json(value: &Json, columns: &[Column], spec: FormatSpec) -> Result<Vec<ArrayRef>, String> {
    let wrapping = Some(Wrapping::of(spec.wrapped() || columns.len() > 1));
    let json = FormatSpec { wrapping, ..FormatSpec::value(Format::Json) };
    let columns: Vec<Column> = columns
        .iter()
        .map(|c| Column { name: c.name.to_uppercase(), ty: upper(&c.ty), role: c.role.clone() })
        .collect();
    let used: Vec<usize> = (0..columns.len()).collect();
    let mut decoder = decoder(json, &columns, &used, &Registry::none()).map_err(|e| e.to_string())?;
    decoder.push(Some(value.to_string().as_bytes())).map_err(|e| e.to_string())?;
    Ok(decoder.finish())
}

/// A type with all of its names in upper case, as JSON's are folded.
fn upper(ty: &SqlType) -> SqlType {
    match ty {
        SqlType::Array(item) => SqlType::Array(Arc::new(upper(item))),
        SqlType::Map(key, value) => SqlType::Map(Arc::clone(key), Arc::new(upper(value))),
        SqlType::Struct(fields) => SqlType::Struct(
            fields
                .iter()
                .map(|f| millstream_types::StructField { name: f.name.to_uppercase(), ty: upper(&f.ty) })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A value of an array.
fn actual(array: &ArrayRef, ty: &SqlType, row: usize) -> Actual {
    if array.is_null(row) {
        return Actual::Null;
    }
    let decimal = |text: String| Decimal::parse(&text).map_or(Actual::Null, Actual::Decimal);
    match ty {
        SqlType::Boolean => Actual::Bool(array.as_boolean().value(row)),
        SqlType::Integer => Actual::Long(array.as_primitive::<Int32Type>().value(row).into()),
        SqlType::Bigint => Actual::Long(array.as_primitive::<Int64Type>().value(row)),
        SqlType::Double => Actual::Double(array.as_primitive::<Float64Type>().value(row)),
        SqlType::Decimal { precision, .. } if *precision <= 38 => {
            decimal(array.as_primitive::<Decimal128Type>().value_as_string(row))
        }
        SqlType::Decimal { .. } => decimal(array.as_primitive::<Decimal256Type>().value_as_string(row)),
        SqlType::String => Actual::Text(array.as_string::<i32>().value(row).to_owned()),
        SqlType::Bytes => Actual::Text(STANDARD.encode(array.as_binary::<i32>().value(row))),
        SqlType::Date => Actual::Long(array.as_primitive::<Date32Type>().value(row).into()),
        SqlType::Time => Actual::Long(array.as_primitive::<Time32MillisecondType>().value(row).into()),
        SqlType::Timestamp => Actual::Long(array.as_primitive::<TimestampMillisecondType>().value(row)),
        SqlType::Array(item) => {
            let items = array.as_list::<i32>().value(row);
            Actual::Array((0..items.len()).map(|i| actual(&items, item, i)).collect())
        }
        SqlType::Map(_, value) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1));
            Actual::Object((0..keys.len()).map(|i| (keys.value(i).to_owned(), actual(values, value, i))).collect())
        }
        SqlType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let member = |(field, column): (&millstream_types::StructField, &ArrayRef)| {
                (field.name.clone(), actual(column, &field.ty, row))
            };
            Actual::Object(fields.iter().zip(columns).map(member).collect())
        }
    }
}
