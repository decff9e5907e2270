//! Tests of the JSON format.

mod accept;
mod encode;
mod fuzz;
mod records;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use millstream_types::{Column, Format, FormatSpec, Role, SqlType, StructField, Wrapping};

use crate::{Decoder, Payloads, Rejected, decoder, encoder};

const WRAPPED: FormatSpec = FormatSpec::value(Format::Json);
const BARE: FormatSpec = FormatSpec { wrapping: Some(Wrapping::Unwrap), ..FormatSpec::value(Format::Json) };

fn column(name: &str, ty: SqlType) -> Column {
    Column { name: name.into(), ty, role: Role::Value }
}

fn array(item: SqlType) -> SqlType {
    SqlType::Array(Arc::new(item))
}

fn map(value: SqlType) -> SqlType {
    SqlType::Map(Arc::new(SqlType::String), Arc::new(value))
}

fn structs(fields: &[(&str, SqlType)]) -> SqlType {
    SqlType::Struct(fields.iter().map(|(name, ty)| StructField { name: (*name).into(), ty: ty.clone() }).collect())
}

fn decimal(precision: u8, scale: u8) -> SqlType {
    SqlType::Decimal { precision, scale }
}

/// A decoder of all these columns.
fn decoder_of(spec: FormatSpec, columns: &[Column]) -> Box<dyn Decoder> {
    decoder(spec, columns, &(0..columns.len()).collect::<Vec<_>>(), &millstream_schemas::Registry::none()).unwrap()
}

/// The arrays, each proven to be well-formed and as long as the others.
fn finish(decoder: &mut dyn Decoder) -> Vec<ArrayRef> {
    let rows = decoder.rows();
    let arrays = decoder.finish();
    for array in &arrays {
        assert_eq!(array.len(), rows);
        array.to_data().validate_full().unwrap();
    }
    assert_eq!(decoder.rows(), 0);
    arrays
}

/// The one row that this payload is, as Arrow prints it (an independent look at what was read).
fn read_one(spec: FormatSpec, columns: &[Column], payload: &[u8]) -> Result<String, Rejected> {
    let mut decoder = decoder_of(spec, columns);
    let pushed = decoder.push(Some(payload));
    assert_eq!(decoder.rows(), usize::from(pushed.is_ok()));
    let arrays = finish(&mut *decoder);
    pushed.map(|_| arrays.iter().map(|array| shown(array, 0)).collect::<Vec<_>>().join(" | "))
}

fn shown(array: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default().with_null("null");
    ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string()
}

/// The payloads of these columns; `None` for a null one.
fn encoded(spec: FormatSpec, columns: &[Column], arrays: &[ArrayRef]) -> Vec<Option<String>> {
    let mut out = Payloads::default();
    encoder(spec, columns).unwrap().encode(arrays, None, &mut out).unwrap();
    out.iter().map(|payload| payload.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())).collect()
}
