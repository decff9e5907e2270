//! The encoder of DELIMITED payloads, one buffer for a whole batch.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, PrimitiveArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType,
};
use millstream_types::{Column, SqlType, java_double};

use super::Separator;
use super::quote::{must_quote, quote_from};
use crate::text::{write_base64, write_decimal, write_wide_decimal};
use crate::{Encoder, Payloads, Unwritable};

/// Writes rows as lines without their end. A null is an empty field: a row of one null is an empty payload, not a null
/// one.
#[derive(Debug)]
pub(super) struct DelimitedEncoder {
    types: Vec<SqlType>,
    separator: Separator,
}

impl DelimitedEncoder {
    pub(super) fn new(columns: &[Column], separator: Separator) -> Self {
        Self { types: columns.iter().map(|c| c.ty.clone()).collect(), separator }
    }
}

impl Encoder for DelimitedEncoder {
    fn encode(
        &mut self,
        columns: &[ArrayRef],
        absent: Option<&BooleanBuffer>,
        out: &mut Payloads,
    ) -> Result<(), Unwritable> {
        let rows = columns.first().map_or(0, |column| column.len());
        let cells: Vec<Cells<'_>> = self.types.iter().zip(columns).map(|(ty, column)| Cells::new(ty, column)).collect();
        for row in 0..rows {
            if absent.is_some_and(|absent| absent.value(row)) {
                out.end_null();
                continue;
            }
            for (i, cells) in cells.iter().enumerate() {
                if i > 0 {
                    out.buffer().extend_from_slice(self.separator.bytes());
                }
                cells.write(row, i == 0, &self.separator, out.buffer());
            }
            out.end();
        }
        Ok(())
    }
}

/// The values of one column, its type resolved once per batch.
enum Cells<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a PrimitiveArray<Int32Type>),
    Bigint(&'a PrimitiveArray<Int64Type>),
    Double(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a PrimitiveArray<Decimal128Type>, u8),
    BigDecimal(&'a PrimitiveArray<Decimal256Type>, u8),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time32MillisecondType>),
    Timestamp(&'a PrimitiveArray<TimestampMillisecondType>),
    /// Of a type that was refused when the encoder was made.
    Nothing,
}

impl<'a> Cells<'a> {
    /// The array must have the Arrow type of the column's SQL type, as the planner promises.
    fn new(ty: &SqlType, array: &'a ArrayRef) -> Self {
        match ty {
            SqlType::Boolean => Self::Boolean(array.as_boolean()),
            SqlType::Integer => Self::Integer(array.as_primitive()),
            SqlType::Bigint => Self::Bigint(array.as_primitive()),
            SqlType::Double => Self::Double(array.as_primitive()),
            SqlType::Decimal { precision, scale } if *precision <= 38 => Self::Decimal(array.as_primitive(), *scale),
            SqlType::Decimal { scale, .. } => Self::BigDecimal(array.as_primitive(), *scale),
            SqlType::String => Self::Text(array.as_string()),
            SqlType::Bytes => Self::Bytes(array.as_binary()),
            SqlType::Date => Self::Date(array.as_primitive()),
            SqlType::Time => Self::Time(array.as_primitive()),
            SqlType::Timestamp => Self::Timestamp(array.as_primitive()),
            SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_) => Self::Nothing,
        }
    }

    /// Appends the field of row `i`, in quotes where it must be.
    #[inline]
    fn write(&self, i: usize, first: bool, separator: &Separator, out: &mut Vec<u8>) {
        let start = out.len();
        if !self.write_value(i, out) {
            return;
        }
        if must_quote(out.get(start..).unwrap_or_default(), first, separator) {
            quote_from(start, out);
        }
    }

    /// Appends the text of row `i`; says whether there is a value.
    #[inline]
    fn write_value(&self, i: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Boolean(a) if a.is_valid(i) => out.extend_from_slice(if a.value(i) { b"true" } else { b"false" }),
            Self::Integer(a) if a.is_valid(i) => write_integer(a.value(i), out),
            Self::Bigint(a) if a.is_valid(i) => write_integer(a.value(i), out),
            Self::Date(a) if a.is_valid(i) => write_integer(a.value(i), out),
            Self::Time(a) if a.is_valid(i) => write_integer(a.value(i), out),
            Self::Timestamp(a) if a.is_valid(i) => write_integer(a.value(i), out),
            Self::Double(a) if a.is_valid(i) => java_double(a.value(i), out),
            Self::Decimal(a, scale) if a.is_valid(i) => write_decimal(a.value(i), *scale, out),
            Self::BigDecimal(a, scale) if a.is_valid(i) => write_wide_decimal(a.value(i), *scale, out),
            Self::Text(a) if a.is_valid(i) => out.extend_from_slice(a.value(i).as_bytes()),
            Self::Bytes(a) if a.is_valid(i) => write_base64(a.value(i), out),
            _ => return false,
        }
        true
    }
}

fn write_integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}
