//! The encoder of Protocol Buffers payloads: columns as the fields of the writer's message.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use millstream_schemas::proto::{Field, FieldType, Label, Meaning, MessageId, Proto, meaning};
use millstream_types::{Column, SqlType};

use super::calendar::date;
use super::hash_order;
use super::scalar::{DELIMITED, VARINT, wire_type};
use crate::cells::{Cells, entries};
use crate::wire::{put_varint, put_zigzag};
use crate::writers::frame;
use crate::{Encoder, Payloads, Unwritable, unscaled};

/// Messages within each other that are followed while a schema is laid out.
const DEPTH_MAX: usize = 64;

/// Writes rows as messages.
pub(super) struct ProtobufEncoder {
    types: Vec<SqlType>,
    message: MessageLayout,
    /// The registry's id; `None` where messages stand alone.
    id: Option<i32>,
    /// The place of the message in its schema, as it stands before each.
    place: Vec<u8>,
}

struct MessageLayout {
    fields: Vec<FieldLayout>,
}

struct FieldLayout {
    number: u64,
    /// Which of the columns or fields it is.
    source: usize,
    shape: Shape,
}

enum Shape {
    /// Not written when it is the default.
    Implicit(Single),
    Optional(Single),
    Packed(Single),
    List(Single),
    /// The keys' type and the values.
    Map(FieldType, Single),
    /// A field of a oneof, which is a struct or null: its place there.
    Member(usize, Single),
}

enum Single {
    Scalar(FieldType),
    Enum(Vec<(String, i32)>),
    Message(MessageLayout),
    Timestamp,
    Date,
    Time,
    Decimal { precision: u8 },
    Wrapper(FieldType),
    Nested(Box<FieldLayout>),
}

impl ProtobufEncoder {
    /// Error: a column has no place in the message, or does not fit there.
    pub(super) fn new(proto: &Proto, name: Option<&str>, columns: &[Column], id: Option<i32>) -> Result<Self, String> {
        let found = proto.find(name).ok_or_else(|| match name {
            Some(name) => format!("Protobuf schema has no message {name}"),
            None => "Protobuf schema has no message".to_owned(),
        })?;
        let sources: Vec<(&str, &SqlType)> = columns.iter().map(|c| (c.name.as_str(), &c.ty)).collect();
        let mut place = Vec::new();
        match proto.message(found).path.as_slice() {
            [0] => place.push(0),
            path => {
                put_zigzag(i64::try_from(path.len()).unwrap_or_default(), &mut place);
                path.iter().for_each(|index| put_zigzag((*index).into(), &mut place));
            }
        }
        Ok(Self {
            types: columns.iter().map(|c| c.ty.clone()).collect(),
            message: message(proto, found, &sources, 0)?,
            id,
            place,
        })
    }
}

fn message(proto: &Proto, id: MessageId, sources: &[(&str, &SqlType)], depth: usize) -> Result<MessageLayout, String> {
    if depth > DEPTH_MAX {
        return Err("the schema is nested too deeply".to_owned());
    }
    let mut fields = Vec::new();
    for (name, members) in proto.message(id).unions() {
        let Some((source, SqlType::Struct(inner))) = find(&name, sources) else { continue };
        let inner: Vec<(&str, &SqlType)> = inner.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
        for field in members {
            let Some((member, ty)) = find(&field.name, &inner) else { continue };
            let single = single(proto, field, ty, depth).map_err(|e| format!("{}: {e}", field.name))?;
            fields.push(FieldLayout { number: field.number.into(), source, shape: Shape::Member(member, single) });
        }
    }
    for field in proto.message(id).fields.iter().filter(|field| field.oneof.is_none()) {
        if let Some((source, ty)) = find(&field.name, sources) {
            fields.push(of_field(proto, field, ty, source, depth).map_err(|e| format!("{}: {e}", field.name))?);
        }
    }
    // In the order of their numbers, as Java writes them.
    fields.sort_by_key(|f| f.number);
    Ok(MessageLayout { fields })
}

/// The source of that very name, else of that name in any case.
fn find<'s>(name: &str, sources: &[(&str, &'s SqlType)]) -> Option<(usize, &'s SqlType)> {
    let upper = name.to_uppercase();
    let exact = sources.iter().position(|(source, _)| *source == name);
    let found = exact.or_else(|| sources.iter().position(|(source, _)| source.to_uppercase() == upper))?;
    sources.get(found).map(|(_, ty)| (found, *ty))
}

fn of_field(proto: &Proto, field: &Field, ty: &SqlType, source: usize, depth: usize) -> Result<FieldLayout, String> {
    let shape = match (field.ty, field.label, ty) {
        (FieldType::Message(entry), _, SqlType::Map(_, value)) if proto.message(entry).map_entry => {
            let [key, of_value] = proto.message(entry).fields.as_slice() else {
                return Err("an entry has no value".to_owned());
            };
            Shape::Map(key.ty, single(proto, of_value, value, depth)?)
        }
        (_, Label::Repeated, SqlType::Array(item)) => {
            let single = single(proto, field, item, depth)?;
            if field.packed { Shape::Packed(single) } else { Shape::List(single) }
        }
        (_, Label::Repeated, ty) => return Err(misfit(ty)),
        (_, Label::Implicit, ty) => Shape::Implicit(single(proto, field, ty, depth)?),
        (_, Label::Optional, ty) => Shape::Optional(single(proto, field, ty, depth)?),
    };
    Ok(FieldLayout { number: field.number.into(), source, shape })
}

fn misfit(ty: &SqlType) -> String {
    format!("Protobuf schema does not fit a column of type {ty}")
}

fn single(proto: &Proto, field: &Field, ty: &SqlType, depth: usize) -> Result<Single, String> {
    let id = match (field.ty, ty) {
        (FieldType::Enum(id), SqlType::String) => return Ok(Single::Enum(proto.enum_type(id).values.clone())),
        (FieldType::Message(id), _) => id,
        (scalar, ty) if fits(scalar, ty) => return Ok(Single::Scalar(scalar)),
        (_, ty) => return Err(misfit(ty)),
    };
    let fields = &proto.message(id).fields;
    Ok(match (meaning(&proto.message(id).full_name), ty) {
        (Meaning::Timestamp, SqlType::Timestamp) => Single::Timestamp,
        (Meaning::Date, SqlType::Date) => Single::Date,
        (Meaning::Time, SqlType::Time) => Single::Time,
        (Meaning::Decimal, SqlType::Decimal { precision, .. }) => Single::Decimal { precision: *precision },
        (Meaning::Wrapper, ty) => match fields.first() {
            Some(field) if fits(field.ty, ty) => Single::Wrapper(field.ty),
            _ => return Err(misfit(ty)),
        },
        (Meaning::Struct, SqlType::Struct(inner)) => {
            let sources: Vec<(&str, &SqlType)> = inner.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
            Single::Message(message(proto, id, &sources, depth + 1)?)
        }
        (Meaning::Struct, SqlType::Array(_) | SqlType::Map(..)) => match fields.as_slice() {
            [field] if field.name == "value" && depth <= DEPTH_MAX => {
                Single::Nested(Box::new(of_field(proto, field, ty, 0, depth + 1)?))
            }
            _ => return Err(misfit(ty)),
        },
        (_, ty) => return Err(misfit(ty)),
    })
}

fn fits(scalar: FieldType, ty: &SqlType) -> bool {
    match scalar {
        FieldType::Double | FieldType::Float => *ty == SqlType::Double,
        FieldType::Bool => *ty == SqlType::Boolean,
        FieldType::String => *ty == SqlType::String,
        FieldType::Bytes => *ty == SqlType::Bytes,
        FieldType::Int32 | FieldType::Sint32 | FieldType::Sfixed32 => *ty == SqlType::Integer,
        FieldType::Int64
        | FieldType::Uint32
        | FieldType::Uint64
        | FieldType::Sint64
        | FieldType::Fixed32
        | FieldType::Fixed64
        | FieldType::Sfixed64 => matches!(ty, SqlType::Bigint | SqlType::Integer),
        FieldType::Message(_) | FieldType::Enum(_) => false,
    }
}

impl Encoder for ProtobufEncoder {
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
            if let Some(id) = self.id {
                frame(id, out.buffer());
                out.buffer().extend_from_slice(&self.place);
            }
            if let Err(wrong) = write_message(&self.message, &cells, row, out.buffer()) {
                out.end_null();
                return Err(Unwritable(format!("Unable to serialize record: {wrong}")));
            }
            out.end();
        }
        Ok(())
    }
}

fn write_message(layout: &MessageLayout, cells: &[Cells<'_>], row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    for field in &layout.fields {
        if let Some(cells) = cells.get(field.source) {
            write_field(field, cells, row, out)?;
        }
    }
    Ok(())
}

fn write_field(field: &FieldLayout, cells: &Cells<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    if cells.is_null(row) {
        return Ok(());
    }
    match (&field.shape, cells) {
        (Shape::Implicit(single), cells) if is_default(single, cells, row) => Ok(()),
        (Shape::Implicit(single) | Shape::Optional(single), cells) => {
            write_tagged(field.number, single, cells, row, out)
        }
        (Shape::Packed(single), Cells::List(array, items)) => {
            let range = entries(array.value_offsets(), row);
            if range.is_empty() {
                return Ok(());
            }
            put_varint(field.number << 3 | DELIMITED, out);
            sized(out, |out| range.into_iter().try_for_each(|i| write_single(single, items, i, out)))
        }
        (Shape::List(single), Cells::List(array, items)) => {
            entries(array.value_offsets(), row).try_for_each(|i| write_tagged(field.number, single, items, i, out))
        }
        (Shape::Map(key, single), Cells::Map(array, keys, values)) => {
            hash_order::of(keys, entries(array.value_offsets(), row)).into_iter().try_for_each(|i| {
                put_varint(field.number << 3 | DELIMITED, out);
                sized(out, |out| {
                    write_key(*key, keys, i, out)?;
                    if values.is_null(i) { Ok(()) } else { write_tagged(2, single, values, i, out) }
                })
            })
        }
        (Shape::Member(member, single), Cells::Struct(_, members)) => match members.get(*member) {
            Some(cells) if !cells.is_null(row) => write_tagged(field.number, single, cells, row, out),
            _ => Ok(()),
        },
        _ => Err("a value does not belong to its schema".to_owned()),
    }
}

/// Writes the key of an entry, of which a map has the text.
fn write_key(ty: FieldType, keys: &Cells<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    if ty == FieldType::String {
        return write_tagged(1, &Single::Scalar(ty), keys, row, out);
    }
    let Cells::Text(texts) = keys else { return Err("a value does not belong to its schema".to_owned()) };
    let text = texts.value(row);
    put_varint(1 << 3 | wire_type(ty), out);
    let value: i64 = match (ty, text) {
        (FieldType::Bool, "true") => 1,
        (FieldType::Bool, "false") => 0,
        _ => text.parse().map_err(|_| format!("'{text}' is no key of its map"))?,
    };
    put_whole(ty, value, out);
    Ok(())
}

/// Whether a scalar has the value that it has when it is not there.
fn is_default(single: &Single, cells: &Cells<'_>, row: usize) -> bool {
    match (single, cells) {
        (Single::Scalar(_), Cells::Boolean(a)) => !a.value(row),
        (Single::Scalar(_), Cells::Double(a)) => a.value(row).to_bits() == 0,
        (Single::Scalar(_), Cells::Text(a)) => a.value(row).is_empty(),
        (Single::Scalar(_), Cells::Bytes(a)) => a.value(row).is_empty(),
        (Single::Scalar(_), cells) => cells.whole(row) == Some(0),
        (Single::Enum(values), Cells::Text(a)) => {
            values.first().is_some_and(|(name, n)| *n == 0 && name == a.value(row))
        }
        _ => false,
    }
}

fn write_tagged(number: u64, single: &Single, cells: &Cells<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let wire = match single {
        Single::Scalar(ty) => wire_type(*ty),
        Single::Enum(_) => VARINT,
        _ => DELIMITED,
    };
    put_varint(number << 3 | wire, out);
    write_single(single, cells, row, out)
}

/// Writes a value; null is written as its default: within lists there is nothing else.
fn write_single(single: &Single, cells: &Cells<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let null = cells.is_null(row);
    match (single, cells) {
        (Single::Scalar(ty), cells) => write_scalar(*ty, cells, row, null, out),
        (Single::Enum(_), _) if null => {
            out.push(0);
            Ok(())
        }
        (Single::Enum(values), Cells::Text(a)) => {
            let text = a.value(row);
            let found = values.iter().find(|(name, _)| name == text);
            let (_, number) = found.ok_or_else(|| format!("'{text}' is none of the values of its enum"))?;
            put_varint(i64::from(*number) as u64, out);
            Ok(())
        }
        (_, _) if null => {
            out.push(0); // a message without fields
            Ok(())
        }
        (Single::Message(layout), Cells::Struct(_, cells)) => sized(out, |out| write_message(layout, cells, row, out)),
        (Single::Nested(field), cells) => sized(out, |out| write_field(field, cells, row, out)),
        (Single::Wrapper(ty), cells) => sized(out, |out| {
            if is_default(&Single::Scalar(*ty), cells, row) {
                return Ok(());
            }
            write_tagged(1, &Single::Scalar(*ty), cells, row, out)
        }),
        (Single::Timestamp, Cells::Timestamp(a)) => {
            let ms = a.value(row);
            sized(out, |out| {
                put_number(1, ms.div_euclid(1000), out);
                put_number(2, ms.rem_euclid(1000) * 1_000_000, out);
                Ok(())
            })
        }
        (Single::Date, Cells::Date(a)) => {
            let (year, month, day) = date(a.value(row));
            sized(out, |out| {
                (1..).zip([year, month, day]).for_each(|(number, value)| put_number(number, value, out));
                Ok(())
            })
        }
        (Single::Time, Cells::Time(a)) => {
            let ms = i64::from(a.value(row));
            let parts = [ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000 * 1_000_000];
            sized(out, |out| {
                (1..).zip(parts).for_each(|(number, value)| put_number(number, value, out));
                Ok(())
            })
        }
        (Single::Decimal { precision }, cells) => {
            let (value, scale) = cells.decimal(row).ok_or("it is no decimal")?;
            sized(out, |out| {
                unscaled::bytes(value, |bytes| {
                    put_varint(1 << 3 | DELIMITED, out);
                    put_varint(bytes.len() as u64, out);
                    out.extend_from_slice(bytes);
                });
                put_number(2, i64::from(*precision), out);
                put_number(3, i64::from(scale), out);
                Ok(())
            })
        }
        _ => Err("a value does not belong to its schema".to_owned()),
    }
}

/// Writes a varint field, unless it is 0.
fn put_number(number: u64, value: i64, out: &mut Vec<u8>) {
    if value != 0 {
        put_varint(number << 3 | VARINT, out);
        put_varint(value as u64, out);
    }
}

fn write_scalar(ty: FieldType, cells: &Cells<'_>, row: usize, null: bool, out: &mut Vec<u8>) -> Result<(), String> {
    match (ty, cells) {
        (FieldType::String, Cells::Text(a)) => put_delimited(if null { "" } else { a.value(row) }.as_bytes(), out),
        (FieldType::Bytes, Cells::Bytes(a)) => put_delimited(if null { &[] } else { a.value(row) }, out),
        (FieldType::Double, Cells::Double(a)) => {
            out.extend_from_slice(&if null { 0.0 } else { a.value(row) }.to_le_bytes());
        }
        (FieldType::Float, Cells::Double(a)) => {
            out.extend_from_slice(&(if null { 0.0 } else { a.value(row) } as f32).to_le_bytes());
        }
        (FieldType::Bool, Cells::Boolean(a)) => out.push(u8::from(!null && a.value(row))),
        (ty, cells) => {
            put_whole(ty, if null { 0 } else { cells.whole(row).ok_or("it is no whole number")? }, out);
        }
    }
    Ok(())
}

fn put_whole(ty: FieldType, value: i64, out: &mut Vec<u8>) {
    match ty {
        FieldType::Sint32 | FieldType::Sint64 => put_zigzag(value, out),
        FieldType::Fixed32 | FieldType::Sfixed32 => out.extend_from_slice(&(value as u32).to_le_bytes()),
        FieldType::Fixed64 | FieldType::Sfixed64 => out.extend_from_slice(&value.to_le_bytes()),
        FieldType::Uint32 => put_varint(u64::from(value as u32), out),
        _ => put_varint(value as u64, out),
    }
}

fn put_delimited(bytes: &[u8], out: &mut Vec<u8>) {
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Writes a length and what has it: most are short, so one byte is kept free for the length, and more are moved in where
/// that is not enough.
fn sized(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>) -> Result<(), String>) -> Result<(), String> {
    let start = out.len();
    out.push(0);
    body(out)?;
    let length = (out.len() - start - 1) as u64;
    match out.get_mut(start) {
        Some(byte) if length < 0x80 => *byte = length as u8,
        _ => {
            let mut prefix = Vec::with_capacity(5);
            put_varint(length, &mut prefix);
            out.splice(start..=start, prefix);
        }
    }
    Ok(())
}
