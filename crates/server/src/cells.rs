//! Arrow values as JSON cells of a response row.
//!
//! BYTES as base64, DATE `yyyy-MM-dd`, TIME `HH:mm[:ss[.SSS]]`, TIMESTAMP `yyyy-MM-ddTHH:mm:ss.SSS` in UTC, decimals and
//! doubles as plain numbers (NaN and infinities quoted), arrays, maps and structs as natural JSON.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int32Type, Int64Type,
    Time32MillisecondType, TimestampMillisecondType,
};
use arrow::temporal_conversions::{date32_to_datetime, timestamp_ms_to_datetime};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millstream_types::{Column, Role, SqlType, arrow_type, java_double};

/// Writes rows whose columns have these types.
pub(crate) struct Cells {
    types: Vec<SqlType>,
    /// Which of them are keys.
    keys: Vec<bool>,
}

impl Cells {
    /// A writer for rows of `columns`.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self {
            types: columns.iter().map(|c| c.ty.clone()).collect(),
            keys: columns.iter().map(|c| c.role == Role::Key).collect(),
        }
    }

    /// Whether the columns of `rows` are those that this writer is for.
    pub(crate) fn fits(&self, rows: &RecordBatch) -> bool {
        rows.num_columns() == self.types.len()
            && self.types.iter().zip(rows.columns()).all(|(ty, array)| arrow_type(ty) == *array.data_type())
    }

    /// Appends row `row` as a JSON array. The batch must fit; `row` must be below its number of rows.
    pub(crate) fn write_row(&self, rows: &RecordBatch, row: usize, out: &mut Vec<u8>) {
        self.write(rows, row, |_| true, out);
    }

    /// The same with null in the place of all values.
    pub(crate) fn write_key(&self, rows: &RecordBatch, row: usize, out: &mut Vec<u8>) {
        self.write(rows, row, |column| self.keys.get(column) == Some(&true), out);
    }

    fn write(&self, rows: &RecordBatch, row: usize, shown: impl Fn(usize) -> bool, out: &mut Vec<u8>) {
        out.push(b'[');
        for (i, (ty, array)) in self.types.iter().zip(rows.columns()).enumerate() {
            if i > 0 {
                out.push(b',');
            }
            if shown(i) {
                write_cell(ty, array, row, out);
            } else {
                out.extend_from_slice(b"null");
            }
        }
        out.push(b']');
    }
}

/// The first row of these arrays as a JSON object by the names of their columns; `bare`: the first of them alone.
pub(crate) fn object(columns: &[Column], arrays: &[ArrayRef], bare: bool) -> String {
    let mut out = Vec::new();
    let each = |i: usize, out: &mut Vec<u8>| {
        if let (Some(column), Some(array)) = (columns.get(i), arrays.get(i)) {
            if !bare {
                write_string(&column.name, out);
                out.push(b':');
            }
            write_cell(&column.ty, array, 0, out);
        }
    };
    if bare {
        each(0, &mut out);
    } else {
        write_all(&mut out, b'{', b'}', columns.len(), each);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends one value. An array of another type than `ty` says reads as null.
fn write_cell(ty: &SqlType, array: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    let written = if array.is_valid(row) { write_valid(ty, array, row, out) } else { None };
    if written.is_none() {
        out.extend_from_slice(b"null");
    }
}

fn write_valid(ty: &SqlType, array: &ArrayRef, row: usize, out: &mut Vec<u8>) -> Option<()> {
    match ty {
        SqlType::Boolean => {
            out.extend_from_slice(if array.as_boolean_opt()?.value(row) { b"true" } else { b"false" });
        }
        SqlType::Integer => write_text(out, value::<Int32Type>(array, row)?),
        SqlType::Bigint => write_text(out, value::<Int64Type>(array, row)?),
        SqlType::Double => write_double(value::<Float64Type>(array, row)?, out),
        SqlType::Decimal { precision, scale } => {
            let (precision, scale) = (*precision, i8::try_from(*scale).ok()?);
            let text = if precision <= 38 {
                Decimal128Type::format_decimal(value::<Decimal128Type>(array, row)?, precision, scale)
            } else {
                Decimal256Type::format_decimal(value::<Decimal256Type>(array, row)?, precision, scale)
            };
            out.extend_from_slice(text.as_bytes());
        }
        SqlType::String => write_string(array.as_string_opt::<i32>()?.value(row), out),
        SqlType::Bytes => {
            let text = STANDARD.encode(array.as_binary_opt::<i32>()?.value(row));
            write_string(&text, out);
        }
        SqlType::Date => {
            let date = date32_to_datetime(value::<Date32Type>(array, row)?)?;
            write_text(out, date.format("\"%Y-%m-%d\""));
        }
        SqlType::Time => write_string(&time_text(value::<Time32MillisecondType>(array, row)?), out),
        SqlType::Timestamp => {
            let time = timestamp_ms_to_datetime(value::<TimestampMillisecondType>(array, row)?)?;
            write_text(out, time.format("\"%Y-%m-%dT%H:%M:%S%.3f\""));
        }
        SqlType::Array(item) => {
            let items = array.as_list_opt::<i32>()?.value(row);
            write_all(out, b'[', b']', items.len(), |i, out| write_cell(item, &items, i, out));
        }
        SqlType::Map(key, item) => {
            let entries = array.as_map_opt()?.value(row);
            let (keys, values) = (entries.columns().first()?, entries.columns().get(1)?);
            write_all(out, b'{', b'}', entries.len(), |i, out| {
                write_key(key, keys, i, out);
                out.push(b':');
                write_cell(item, values, i, out);
            });
        }
        SqlType::Struct(fields) => {
            let columns = array.as_struct_opt()?.columns();
            write_all(out, b'{', b'}', fields.len().min(columns.len()), |i, out| {
                if let (Some(field), Some(column)) = (fields.get(i), columns.get(i)) {
                    write_string(&field.name, out);
                    out.push(b':');
                    write_cell(&field.ty, column, row, out);
                }
            });
        }
    }
    Some(())
}

fn value<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<T::Native> {
    array.as_primitive_opt::<T>().map(|a: &PrimitiveArray<T>| a.value(row))
}

fn write_all(out: &mut Vec<u8>, open: u8, close: u8, n: usize, mut each: impl FnMut(usize, &mut Vec<u8>)) {
    out.push(open);
    for i in 0..n {
        if i > 0 {
            out.push(b',');
        }
        each(i, out);
    }
    out.push(close);
}

/// A map's key: JSON wants text, so other types are written as the text of their cell.
fn write_key(ty: &SqlType, keys: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    let mut cell = Vec::new();
    write_cell(ty, keys, row, &mut cell);
    if cell.first() == Some(&b'"') {
        out.extend_from_slice(&cell);
    } else {
        write_string(&String::from_utf8_lossy(&cell), out);
    }
}

fn write_text(out: &mut Vec<u8>, text: impl std::fmt::Display) {
    use std::io::Write as _;
    // A vector takes everything; a date outside chrono's range was refused before.
    let _ = write!(out, "{text}");
}

fn write_double(value: f64, out: &mut Vec<u8>) {
    let quote = !value.is_finite();
    if quote {
        out.push(b'"');
    }
    java_double(value, out);
    if quote {
        out.push(b'"');
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    // A vector takes everything, and text is always JSON.
    let _ = serde_json::to_writer(out, text);
}

/// Java's `LocalTime.toString`: seconds and milliseconds only when they are not zero.
fn time_text(ms: i32) -> String {
    let (seconds, ms) = (ms.div_euclid(1000), ms.rem_euclid(1000));
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (s, ms) {
        (0, 0) => format!("{h:02}:{m:02}"),
        (_, 0) => format!("{h:02}:{m:02}:{s:02}"),
        _ => format!("{h:02}:{m:02}:{s:02}.{ms:03}"),
    }
}

#[cfg(test)]
mod tests;
