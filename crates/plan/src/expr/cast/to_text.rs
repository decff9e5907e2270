//! Everything to text, in the forms of Java's `toString`.

use std::fmt::{self, Write};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType,
};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use millstream_functions::{Error, iso, java_order};
use millstream_types::SqlType;

/// Casts any type to STRING: `true`, `1.0E10`, `2020-01-01T00:00:00.000`, `[1, 2]`, `{a=1}`, `Struct{A=1,B=2}`.
pub(super) fn cast(array: &ArrayRef, from: &SqlType) -> Result<ArrayRef, Error> {
    let mut out = StringBuilder::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            out.append_null();
        } else {
            write_value(&mut out, array, row).map_err(|_| Error::Data(format!("Cannot cast a {from} to STRING")))?;
            out.append_value("");
        }
    }
    Ok(Arc::new(out.finish()))
}

/// The value of `row`, which is not null. Recursion is as deep as the type.
fn write_value(out: &mut StringBuilder, array: &ArrayRef, row: usize) -> fmt::Result {
    match array.data_type() {
        DataType::Boolean => write!(out, "{}", array.as_boolean().value(row)),
        DataType::Int32 => write!(out, "{}", array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => write!(out, "{}", array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => write_double(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(..) => out.write_str(&array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => out.write_str(&array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Utf8 => out.write_str(array.as_string::<i32>().value(row)),
        DataType::Binary => write!(out, "{}", Base64Display::new(array.as_binary::<i32>().value(row), &STANDARD)),
        DataType::Date32 => iso::write_date(out, array.as_primitive::<Date32Type>().value(row)),
        DataType::Time32(_) => iso::write_time(out, array.as_primitive::<Time32MillisecondType>().value(row)),
        DataType::Timestamp(..) => {
            iso::write_timestamp(out, array.as_primitive::<TimestampMillisecondType>().value(row))
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            out.write_str("[")?;
            for i in 0..items.len() {
                out.write_str(if i == 0 { "" } else { ", " })?;
                write_element(out, &items, i)?;
            }
            out.write_str("]")
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            out.write_str("{")?;
            for (place, i) in java_order(entries.column(0), 0..entries.len()).into_iter().enumerate() {
                out.write_str(if place == 0 { "" } else { ", " })?;
                write_element(out, entries.column(0), i)?;
                out.write_str("=")?;
                write_element(out, entries.column(1), i)?;
            }
            out.write_str("}")
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            out.write_str("Struct{")?;
            // Kafka Connect's text of a struct leaves null fields out.
            let present = fields.iter().zip(columns).filter(|(_, c)| c.is_valid(row));
            for (i, (field, column)) in present.enumerate() {
                write!(out, "{}{}=", if i == 0 { "" } else { "," }, field.name())?;
                write_value(out, column, row)?;
            }
            out.write_str("}")
        }
        _ => Err(fmt::Error),
    }
}

fn write_element(out: &mut StringBuilder, array: &ArrayRef, row: usize) -> fmt::Result {
    if array.is_null(row) { out.write_str("null") } else { write_value(out, array, row) }
}

/// Java's `Double.toString`.
pub(in crate::expr) fn java_double(value: f64) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write_double(&mut out, value);
    out
}

fn write_double(out: &mut impl Write, value: f64) -> fmt::Result {
    if value.is_nan() {
        return out.write_str("NaN");
    }
    if value.is_infinite() {
        return out.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        return write!(out, "{value:?}");
    }
    // `{:e}` has the shortest digits but no point when there is one digit.
    let mut scratch = Scratch::default();
    write!(scratch, "{value:e}")?;
    let (mantissa, exponent) = scratch.as_str().split_once('e').ok_or(fmt::Error)?;
    write!(out, "{mantissa}{}E{exponent}", if mantissa.contains('.') { "" } else { ".0" })
}

/// Room for a number in exponent form, on the stack.
#[derive(Default)]
struct Scratch {
    bytes: [u8; 32],
    length: usize,
}

impl Scratch {
    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
    }
}

impl Write for Scratch {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
