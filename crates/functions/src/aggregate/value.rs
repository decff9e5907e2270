//! Single values of any type as bytes, for states that keep some: a tag, 0 for null and 1, and then
//!
//! | type | after the tag |
//! |---|---|
//! | BOOLEAN | one byte |
//! | numbers, DECIMAL, DATE, TIME, TIMESTAMP | the Arrow value, little-endian |
//! | STRING, BYTES | length, bytes |
//! | ARRAY | count, values |
//! | MAP | count, keys and values, sorted by the bytes of the keys |
//! | STRUCT | the values of the fields |
//!
//! Equal values have equal bytes (NaN has one form, a map's order does not count), so that states compare and hash bytes and
//! need no type for it. A value says where it ends, given its type. Lengths and counts have 32 bits.

use std::cmp::Ordering;

use arrow::datatypes::{DataType, i256};

use super::bytes::{Fixed, Reader, damaged, put_count};
use super::number::argument;
use super::value_column::ValueColumn;
use crate::values::{Values, compare_utf8, double_bits, range};
use crate::{Arg, Error, check_size};

/// The bytes of a null.
pub(super) const NULL: u8 = 0;

/// The values of an argument, one at a time as bytes.
#[derive(Debug)]
pub(super) struct ValueInput<'a> {
    values: Values<'a>,
    step: usize,
    bytes: Vec<u8>,
}

impl<'a> ValueInput<'a> {
    pub(super) fn of(args: &'a [Arg], position: usize) -> Result<Self, Error> {
        let arg = argument(args, position)?;
        Ok(Self { values: Values::of(arg.array())?, step: usize::from(!arg.is_constant()), bytes: Vec::new() })
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.values.is_null(row * self.step)
    }

    /// The value of `row`.
    ///
    /// Errors: [`Error::Data`] when it is too large to keep.
    pub(super) fn bytes(&mut self, row: usize) -> Result<&[u8], Error> {
        self.bytes.clear();
        put(&self.values, row * self.step, &mut self.bytes);
        check_size(0, self.bytes.len())?;
        Ok(&self.bytes)
    }

    /// Appends the value of `row`.
    pub(super) fn append(&self, row: usize, out: &mut Vec<u8>) {
        put(&self.values, row * self.step, out);
    }
}

pub(super) fn put(values: &Values<'_>, i: usize, out: &mut Vec<u8>) {
    if values.is_null(i) {
        return out.push(NULL);
    }
    out.push(1);
    match values {
        Values::Boolean(a) => out.push(u8::from(a.value(i))),
        Values::Integer(a) => a.value(i).put(out),
        Values::Bigint(a) => a.value(i).put(out),
        Values::Double(a) => double_bits(a.value(i)).put(out),
        Values::Decimal(a) => a.value(i).put(out),
        Values::WideDecimal(a) => a.value(i).put(out),
        Values::Text(a) => put_run(a.value(i).as_bytes(), out),
        Values::Bytes(a) => put_run(a.value(i), out),
        Values::Date(a) => a.value(i).put(out),
        Values::Time(a) => a.value(i).put(out),
        Values::Timestamp(a) => a.value(i).put(out),
        Values::List(a, items) => {
            let range = range(a.value_offsets(), i);
            put_count(range.len(), out);
            range.for_each(|i| put(items, i, out));
        }
        Values::Map(a, keys, values) => {
            let range = range(a.value_offsets(), i);
            put_count(range.len(), out);
            let mut entries: Vec<(Vec<u8>, usize)> = range
                .map(|i| {
                    let mut key = Vec::new();
                    put(keys, i, &mut key);
                    (key, i)
                })
                .collect();
            entries.sort();
            for (key, i) in entries {
                out.extend_from_slice(&key);
                put(values, i, out);
            }
        }
        Values::Struct(_, fields) => fields.iter().for_each(|(_, field)| put(field, i, out)),
    }
}

fn put_run(bytes: &[u8], out: &mut Vec<u8>) {
    put_count(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Reads `count` values of that type over, to see that they are whole, and gives where each ends.
///
/// Errors: [`Error::Fatal`] when they are not.
pub(super) fn scan(ty: &DataType, count: usize, bytes: &mut Reader<'_>) -> Result<Vec<usize>, Error> {
    let start = bytes.left();
    let mut column = ValueColumn::of(ty)?;
    let mut ends = Vec::with_capacity(count);
    for _ in 0..count {
        column.read(bytes).map_err(|_| damaged())?;
        ends.push(start - bytes.left());
    }
    // Texts are checked as a whole.
    column.finish().map_err(|_| damaged())?;
    Ok(ends)
}

/// One whole value of that type.
///
/// Errors: [`Error::Fatal`] when it is damaged.
pub(super) fn scan_one<'a>(ty: &DataType, bytes: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let end = scan(ty, 1, &mut bytes.clone())?.pop().unwrap_or(0);
    bytes.take(end)
}

/// One whole row of values of these types.
///
/// Errors: [`Error::Fatal`] when it is damaged.
pub(super) fn scan_row<'a>(types: &[DataType], bytes: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let mut rest = *bytes;
    for ty in types {
        scan_one(ty, &mut rest)?;
    }
    bytes.take(bytes.left() - rest.left())
}

/// How values of a type are ordered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Int32,
    Int64,
    Double,
    Decimal,
    WideDecimal,
    Text,
    Bytes,
}

impl Order {
    /// Errors: [`Error::Fatal`] for types without one.
    pub(super) fn of(ty: &DataType) -> Result<Self, Error> {
        Ok(match ty {
            DataType::Int32 | DataType::Date32 | DataType::Time32(_) => Self::Int32,
            DataType::Int64 | DataType::Timestamp(..) => Self::Int64,
            DataType::Float64 => Self::Double,
            DataType::Decimal128(..) => Self::Decimal,
            DataType::Decimal256(..) => Self::WideDecimal,
            DataType::Utf8 => Self::Text,
            DataType::Binary => Self::Bytes,
            other => return Err(Error::Fatal(format!("{other} has no order"))),
        })
    }

    /// Compares the first values of `a` and `b`, which are not null, as Java's `compareTo` does.
    pub(super) fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        // Both were written by this program or looked over: what cannot be read is equal to everything.
        self.try_compare(a, b).unwrap_or(Ordering::Equal)
    }

    fn try_compare(self, a: &[u8], b: &[u8]) -> Result<Ordering, Error> {
        let (mut a, mut b) = (Reader::of(a), Reader::of(b));
        let (a, b) = (&mut a, &mut b);
        a.u8()?;
        b.u8()?;
        Ok(match self {
            Self::Int32 => i32::get(a)?.cmp(&i32::get(b)?),
            Self::Int64 => i64::get(a)?.cmp(&i64::get(b)?),
            Self::Double => f64::get(a)?.total_cmp(&f64::get(b)?),
            Self::Decimal => i128::get(a)?.cmp(&i128::get(b)?),
            Self::WideDecimal => i256::get(a)?.cmp(&i256::get(b)?),
            Self::Text => compare_utf8(run(a)?, run(b)?),
            Self::Bytes => {
                let (a, b) = (run(a)?, run(b)?);
                a.iter().map(|b| b.cast_signed()).cmp(b.iter().map(|b| b.cast_signed()))
            }
        })
    }
}

fn run<'a>(bytes: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let length = bytes.count()?;
    bytes.take(length)
}

/// A STRING that is not null.
///
/// Errors: [`Error::Fatal`] when it is none.
pub(super) fn text(value: &[u8]) -> Result<&str, Error> {
    let mut bytes = Reader::of(value);
    if !bytes.flag()? {
        return Err(damaged());
    }
    std::str::from_utf8(run(&mut bytes)?).map_err(|_| damaged())
}
