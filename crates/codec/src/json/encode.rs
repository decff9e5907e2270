//! The encoder of JSON payloads: what ksqlDB writes, one buffer for a whole batch.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, ListArray, MapArray, PrimitiveArray, StringArray, StructArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type,
    Time32MillisecondType, TimestampMillisecondType,
};
use millstream_types::{Column, SqlType, java_double};

use super::quoted::escape;
use crate::text::{write_base64, write_decimal, write_wide_decimal};
use crate::{Encoder, Payloads, Unwritable};

/// Writes rows as objects of all columns (nulls included), or as the one column's value.
#[derive(Debug)]
pub(super) struct JsonEncoder {
    columns: Vec<Member>,
    wrapped: bool,
}

/// A column or a struct's field.
#[derive(Debug)]
struct Member {
    /// What stands before its value: `{"A":` or `,"B":`.
    prefix: Vec<u8>,
    layout: Layout,
}

/// The nesting of a type, with all names ready to be written.
#[derive(Debug)]
enum Layout {
    Boolean,
    Integer,
    Bigint,
    Double,
    Decimal { scale: u8 },
    BigDecimal { scale: u8 },
    Text,
    Bytes,
    Date,
    Time,
    Timestamp,
    List(Box<Layout>),
    Map(Box<Layout>),
    Struct(Vec<Member>),
}

impl Layout {
    fn of(ty: &SqlType) -> Self {
        match ty {
            SqlType::Boolean => Self::Boolean,
            SqlType::Integer => Self::Integer,
            SqlType::Bigint => Self::Bigint,
            SqlType::Double => Self::Double,
            SqlType::Decimal { precision, scale } if *precision <= 38 => Self::Decimal { scale: *scale },
            SqlType::Decimal { scale, .. } => Self::BigDecimal { scale: *scale },
            SqlType::String => Self::Text,
            SqlType::Bytes => Self::Bytes,
            SqlType::Date => Self::Date,
            SqlType::Time => Self::Time,
            SqlType::Timestamp => Self::Timestamp,
            SqlType::Array(item) => Self::List(Box::new(Self::of(item))),
            SqlType::Map(_, value) => Self::Map(Box::new(Self::of(value))),
            SqlType::Struct(fields) => Self::Struct(members(fields.iter().map(|f| (f.name.as_str(), &f.ty)))),
        }
    }
}

fn members<'a>(fields: impl Iterator<Item = (&'a str, &'a SqlType)>) -> Vec<Member> {
    let member = |(i, (name, ty)): (usize, (&str, &SqlType))| {
        let mut prefix = vec![if i == 0 { b'{' } else { b',' }, b'"'];
        escape(name, |piece| prefix.extend_from_slice(piece.as_bytes()));
        prefix.extend_from_slice(b"\":");
        Member { prefix, layout: Layout::of(ty) }
    };
    fields.enumerate().map(member).collect()
}

impl JsonEncoder {
    pub(super) fn new(columns: &[Column], wrapped: bool) -> Self {
        Self { columns: members(columns.iter().map(|c| (c.name.as_str(), &c.ty))), wrapped }
    }
}

impl Encoder for JsonEncoder {
    fn encode(
        &mut self,
        columns: &[ArrayRef],
        absent: Option<&BooleanBuffer>,
        out: &mut Payloads,
    ) -> Result<(), Unwritable> {
        let rows = columns.first().map_or(0, |column| column.len());
        let cells = fields(&self.columns, columns);
        for row in 0..rows {
            if absent.is_some_and(|absent| absent.value(row)) {
                out.end_null();
            } else if self.wrapped {
                write_object(&cells, row, out.buffer());
                out.end();
            } else if columns.first().is_none_or(|column| column.is_null(row)) {
                out.end_null();
            } else {
                cells.iter().for_each(|(_, cells)| cells.write(row, out.buffer()));
                out.end();
            }
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
    List(&'a ListArray, Box<Cells<'a>>),
    Map(&'a MapArray, &'a StringArray, Box<Cells<'a>>),
    Struct(&'a StructArray, Fields<'a>),
}

/// What stands before each field's value, and its values.
type Fields<'a> = Vec<(&'a [u8], Cells<'a>)>;

fn fields<'a>(members: &'a [Member], columns: &'a [ArrayRef]) -> Fields<'a> {
    members.iter().zip(columns).map(|(member, column)| (&*member.prefix, Cells::new(&member.layout, column))).collect()
}

impl<'a> Cells<'a> {
    /// The array must have the Arrow type of the column's SQL type, as the planner promises.
    fn new(layout: &'a Layout, array: &'a ArrayRef) -> Self {
        match layout {
            Layout::Boolean => Self::Boolean(array.as_boolean()),
            Layout::Integer => Self::Integer(array.as_primitive()),
            Layout::Bigint => Self::Bigint(array.as_primitive()),
            Layout::Double => Self::Double(array.as_primitive()),
            Layout::Decimal { scale } => Self::Decimal(array.as_primitive(), *scale),
            Layout::BigDecimal { scale } => Self::BigDecimal(array.as_primitive(), *scale),
            Layout::Text => Self::Text(array.as_string()),
            Layout::Bytes => Self::Bytes(array.as_binary()),
            Layout::Date => Self::Date(array.as_primitive()),
            Layout::Time => Self::Time(array.as_primitive()),
            Layout::Timestamp => Self::Timestamp(array.as_primitive()),
            Layout::List(item) => {
                let list = array.as_list();
                Self::List(list, Box::new(Cells::new(item, list.values())))
            }
            Layout::Map(value) => {
                let map = array.as_map();
                Self::Map(map, map.keys().as_string(), Box::new(Cells::new(value, map.values())))
            }
            Layout::Struct(members) => {
                let structs = array.as_struct();
                Self::Struct(structs, fields(members, structs.columns()))
            }
        }
    }

    /// Appends the value of row `i`.
    fn write(&self, i: usize, out: &mut Vec<u8>) {
        match self {
            Self::Boolean(a) if a.is_valid(i) => out.extend_from_slice(if a.value(i) { b"true" } else { b"false" }),
            Self::Integer(a) => write_integer(a, i, out),
            Self::Bigint(a) => write_integer(a, i, out),
            Self::Date(a) => write_integer(a, i, out),
            Self::Time(a) => write_integer(a, i, out),
            Self::Timestamp(a) => write_integer(a, i, out),
            Self::Double(a) if a.is_valid(i) => write_double(a.value(i), out),
            Self::Decimal(a, scale) if a.is_valid(i) => write_decimal(a.value(i), *scale, out),
            Self::BigDecimal(a, scale) if a.is_valid(i) => write_wide_decimal(a.value(i), *scale, out),
            Self::Text(a) if a.is_valid(i) => write_text(a.value(i), out),
            Self::Bytes(a) if a.is_valid(i) => write_bytes(a.value(i), out),
            Self::List(a, items) if a.is_valid(i) => write_list(a, items, i, out),
            Self::Map(a, keys, values) if a.is_valid(i) => write_map(a, keys, values, i, out),
            Self::Struct(a, fields) if a.is_valid(i) => write_object(fields, i, out),
            _ => out.extend_from_slice(b"null"),
        }
    }
}

#[inline]
fn write_integer<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, i: usize, out: &mut Vec<u8>)
where
    T::Native: itoa::Integer,
{
    if array.is_null(i) {
        return out.extend_from_slice(b"null");
    }
    out.extend_from_slice(itoa::Buffer::new().format(array.value(i)).as_bytes());
}

/// JSON has no numbers for what is not finite: like Jackson, these become text.
fn write_double(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        return java_double(value, out);
    }
    out.push(b'"');
    java_double(value, out);
    out.push(b'"');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, |piece| out.extend_from_slice(piece.as_bytes()));
    out.push(b'"');
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    write_base64(bytes, out);
    out.push(b'"');
}

fn write_list(array: &ListArray, items: &Cells<'_>, i: usize, out: &mut Vec<u8>) {
    out.push(b'[');
    for (n, item) in entries(array.value_offsets(), i).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        items.write(item, out);
    }
    out.push(b']');
}

fn write_map(array: &MapArray, keys: &StringArray, values: &Cells<'_>, i: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    for (n, entry) in entries(array.value_offsets(), i).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_text(keys.value(entry), out);
        out.push(b':');
        values.write(entry, out);
    }
    out.push(b'}');
}

/// The items that belong to row `i`.
fn entries(offsets: &[i32], i: usize) -> std::ops::Range<usize> {
    match offsets.get(i..) {
        Some([start, end, ..]) => *start as usize..*end as usize,
        _ => 0..0,
    }
}

fn write_object(fields: &Fields<'_>, i: usize, out: &mut Vec<u8>) {
    if fields.is_empty() {
        out.push(b'{');
    }
    for (prefix, cells) in fields {
        out.extend_from_slice(prefix);
        cells.write(i, out);
    }
    out.push(b'}');
}
