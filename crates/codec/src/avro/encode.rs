//! The encoder of Avro payloads: columns in the order and types of the writer's schema.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::i256;
use millstream_schemas::avro::{Avro, Field, Kind, Logical, NodeId};
use millstream_types::{Column, SqlType, StructField};
use serde_json::Value;

use crate::cells::{Cells, entries};
use crate::wire::{put_varint, put_zigzag};
use crate::writers::frame;
use crate::{Encoder, Payloads, Unwritable, unscaled};

/// Types within each other that are followed while a schema is laid out.
const DEPTH_MAX: usize = 64;

/// Writes rows as records of the writer's schema, or as the one column's value.
pub(super) struct AvroEncoder {
    types: Vec<SqlType>,
    layout: Layout,
    wrapped: bool,
    id: i32,
}

/// How a value is written.
enum Layout {
    /// Where the schema has no null.
    Required(Form),
    /// The branch of null, that of the value, and it.
    Nullable(u8, u8, Box<Layout>),
    /// One of several types: the branch of null, if there is one, and of each field of the struct that they are the
    /// branch, its place and its layout.
    Union(Option<u8>, Vec<(u8, usize, Layout)>),
}

enum Form {
    Null,
    Boolean,
    Whole,
    Float,
    Double,
    Text,
    Enum(Vec<String>),
    Bytes,
    Fixed(usize),
    Decimal { scale: u32, fixed: Option<usize> },
    List(Box<Layout>),
    Map(Box<Layout>),
    Entries(Box<Layout>, Box<Layout>),
    Record(Vec<FieldLayout>),
}

/// A field of a record of the writer.
struct FieldLayout {
    name: String,
    /// Which of the columns or fields it is, and how it is written.
    source: Option<(usize, Layout)>,
    /// What is written when there is none.
    default: Option<Vec<u8>>,
}

impl AvroEncoder {
    /// Error: a column does not fit the schema.
    pub(super) fn new(avro: &Avro, columns: &[Column], wrapped: bool, id: i32) -> Result<Self, String> {
        let types: Vec<SqlType> = columns.iter().map(|c| c.ty.clone()).collect();
        let layout = match (wrapped, types.first()) {
            (false, Some(ty)) => layout(avro, avro.root(), ty, 0)?,
            _ => {
                let root = avro.nullable(avro.root()).map_or(avro.root(), |(.., inner)| inner);
                let sources: Vec<(&str, &SqlType)> = columns.iter().map(|c| (c.name.as_str(), &c.ty)).collect();
                let record = Layout::Required(record(avro, root, &sources, 0)?);
                match avro.nullable(avro.root()) {
                    Some((null, value, _)) => nullable(null, value, record),
                    None => record,
                }
            }
        };
        Ok(Self { types, layout, wrapped, id })
    }
}

fn nullable(null: Option<usize>, value: usize, layout: Layout) -> Layout {
    let index = |i: usize| u8::try_from(i * 2).unwrap_or(0); // zigzag
    // A union of one has no null: only the branch is written.
    Layout::Nullable(null.map_or(u8::MAX, index), index(value), Box::new(layout))
}

fn layout(avro: &Avro, id: NodeId, ty: &SqlType, depth: usize) -> Result<Layout, String> {
    if depth > DEPTH_MAX {
        return Err("the schema is nested too deeply".to_owned());
    }
    if let Some((null, value, inner)) = avro.nullable(id) {
        return Ok(nullable(null, value, layout(avro, inner, ty, depth + 1)?));
    }
    let node = avro.node(id);
    if let (Kind::Union(branches), SqlType::Struct(fields)) = (&node.kind, ty) {
        return union(avro, branches, fields, depth);
    }
    let deeper = |id: NodeId, ty: &SqlType| layout(avro, id, ty, depth + 1).map(Box::new);
    let form = match (&node.kind, node.logical, ty) {
        (Kind::Null, ..) => Form::Null,
        (Kind::Bytes, Logical::Decimal { scale, .. }, SqlType::Decimal { .. }) => Form::Decimal { scale, fixed: None },
        (Kind::Fixed(size), Logical::Decimal { scale, .. }, SqlType::Decimal { .. }) => {
            Form::Decimal { scale, fixed: Some(*size) }
        }
        (Kind::Boolean, _, SqlType::Boolean) => Form::Boolean,
        (Kind::Int, _, SqlType::Integer | SqlType::Date | SqlType::Time)
        | (Kind::Long, _, SqlType::Integer | SqlType::Bigint | SqlType::Timestamp | SqlType::Date | SqlType::Time) => {
            Form::Whole
        }
        (Kind::Float, _, SqlType::Double) => Form::Float,
        (Kind::Double, _, SqlType::Double) => Form::Double,
        (Kind::String, _, SqlType::String) => Form::Text,
        (Kind::Enum(symbols), _, SqlType::String) => Form::Enum(symbols.clone()),
        (Kind::Bytes, _, SqlType::Bytes) => Form::Bytes,
        (Kind::Fixed(size), _, SqlType::Bytes) => Form::Fixed(*size),
        (Kind::Array(items), _, SqlType::Map(key, value)) => match avro.map_entry(*items) {
            Some((k, v)) => Form::Entries(deeper(k.node, key)?, deeper(v.node, value)?),
            None => return Err(misfit(ty)),
        },
        (Kind::Array(items), _, SqlType::Array(item)) => Form::List(deeper(*items, item)?),
        (Kind::Map(values), _, SqlType::Map(_, value)) => Form::Map(deeper(*values, value)?),
        (Kind::Record(_), _, SqlType::Struct(fields)) => {
            let sources: Vec<(&str, &SqlType)> = fields.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
            record(avro, id, &sources, depth)?
        }
        _ => return Err(misfit(ty)),
    };
    Ok(Layout::Required(form))
}

/// A union of several types is a struct of them, as Kafka Connect sees it: its first field that is not null is written.
fn union(avro: &Avro, branches: &[NodeId], fields: &[StructField], depth: usize) -> Result<Layout, String> {
    let (mut null, mut members) = (None, Vec::new());
    for (place, branch) in branches.iter().enumerate() {
        let index = branch_index(place).ok_or("a union has too many types")?;
        if avro.node(*branch).kind == Kind::Null {
            null = Some(index);
        }
        let Some(upper) = avro.member_name(*branch).map(str::to_uppercase) else { continue };
        let found = fields.iter().enumerate().find(|(_, field)| field.name.to_uppercase() == upper);
        if let Some((source, field)) = found {
            members.push((index, source, layout(avro, *branch, &field.ty, depth + 1)?));
        }
    }
    Ok(Layout::Union(null, members))
}

/// The index of a branch as it is written, if that is one byte.
fn branch_index(place: usize) -> Option<u8> {
    u8::try_from(place * 2).ok().filter(|index| *index < 0x80) // zigzag
}

fn misfit(ty: &SqlType) -> String {
    format!("Avro schema does not fit a column of type {ty}")
}

fn record(avro: &Avro, id: NodeId, sources: &[(&str, &SqlType)], depth: usize) -> Result<Form, String> {
    let Kind::Record(record) = &avro.node(id).kind else {
        return Err("Avro schema is no record of columns".to_owned());
    };
    let mut fields = Vec::with_capacity(record.fields.len());
    for field in &record.fields {
        let exact = sources.iter().position(|(name, _)| *name == field.name);
        let upper = field.name.to_uppercase();
        let found = exact.or_else(|| sources.iter().position(|(name, _)| name.to_uppercase() == upper));
        let source = match found.and_then(|index| Some((index, sources.get(index)?.1))) {
            Some((index, ty)) => {
                let layout = layout(avro, field.node, ty, depth + 1).map_err(|e| format!("{}: {e}", field.name))?;
                Some((index, layout))
            }
            None => None,
        };
        fields.push(FieldLayout { name: field.name.clone(), source, default: default_of(avro, field) });
    }
    Ok(Form::Record(fields))
}

/// What is written for a field of which there is no value: its default, or null where it may be.
fn default_of(avro: &Avro, field: &Field) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    if let Some(value) = &field.default
        && write_default(avro, field.node, value, &mut out, 0)
    {
        return Some(out);
    }
    let Kind::Union(branches) = &avro.node(field.node).kind else { return None };
    let null = branches.iter().position(|branch| avro.node(*branch).kind == Kind::Null)?;
    Some(vec![branch_index(null)?])
}

/// Appends a default as its JSON tells it; says whether it could.
fn write_default(avro: &Avro, id: NodeId, value: &Value, out: &mut Vec<u8>, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    match (&avro.node(id).kind, value) {
        (Kind::Null, Value::Null) => true,
        // A default is of the first of the types that it fits.
        (Kind::Union(branches), value) => branches.iter().enumerate().any(|(index, branch)| {
            let start = out.len();
            put_zigzag(i64::try_from(index).unwrap_or_default(), out);
            let fits = write_default(avro, *branch, value, out, depth + 1);
            if !fits {
                out.truncate(start);
            }
            fits
        }),
        (Kind::Boolean, Value::Bool(value)) => {
            out.push(u8::from(*value));
            true
        }
        (Kind::Int | Kind::Long, Value::Number(number)) => number.as_i64().is_some_and(|value| {
            put_zigzag(value, out);
            true
        }),
        (Kind::Float, Value::Number(number)) => {
            out.extend_from_slice(&(number.as_f64().unwrap_or_default() as f32).to_le_bytes());
            true
        }
        (Kind::Double, Value::Number(number)) => {
            out.extend_from_slice(&number.as_f64().unwrap_or_default().to_le_bytes());
            true
        }
        (Kind::String, Value::String(text)) => {
            put_bytes(text.as_bytes(), out);
            true
        }
        // Each character is a byte.
        (Kind::Bytes, Value::String(text)) => {
            put_bytes(&text.chars().map(|c| c as u8).collect::<Vec<_>>(), out);
            true
        }
        (Kind::Fixed(size), Value::String(text)) => {
            out.extend(text.chars().map(|c| c as u8));
            text.chars().count() == *size
        }
        (Kind::Enum(symbols), Value::String(text)) => symbols.iter().position(|s| s == text).is_some_and(|index| {
            put_zigzag(i64::try_from(index).unwrap_or_default(), out);
            true
        }),
        (Kind::Array(items), Value::Array(values)) => {
            if !values.is_empty() {
                put_zigzag(i64::try_from(values.len()).unwrap_or_default(), out);
            }
            let written = values.iter().all(|value| write_default(avro, *items, value, out, depth + 1));
            out.push(0);
            written
        }
        (Kind::Map(items), Value::Object(members)) => {
            if !members.is_empty() {
                put_zigzag(i64::try_from(members.len()).unwrap_or_default(), out);
            }
            let written = members.iter().all(|(key, value)| {
                put_bytes(key.as_bytes(), out);
                write_default(avro, *items, value, out, depth + 1)
            });
            out.push(0);
            written
        }
        (Kind::Record(record), Value::Object(members)) => {
            record.fields.iter().all(|field| match members.get(&field.name).or(field.default.as_ref()) {
                Some(value) => write_default(avro, field.node, value, out, depth + 1),
                None => false,
            })
        }
        _ => false,
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_varint((bytes.len() as u64) << 1, out); // zigzag of what is not negative
    out.extend_from_slice(bytes);
}

impl Encoder for AvroEncoder {
    fn encode(
        &mut self,
        columns: &[ArrayRef],
        absent: Option<&BooleanBuffer>,
        out: &mut Payloads,
    ) -> Result<(), Unwritable> {
        let rows = columns.first().map_or(0, |column| column.len());
        let cells: Vec<Cells<'_>> = self.types.iter().zip(columns).map(|(ty, column)| Cells::new(ty, column)).collect();
        for row in 0..rows {
            let bare_null = !self.wrapped && cells.first().is_none_or(|cells| cells.is_null(row));
            if bare_null || absent.is_some_and(|absent| absent.value(row)) {
                out.end_null();
                continue;
            }
            frame(self.id, out.buffer());
            let written = match (self.wrapped, cells.first()) {
                (false, Some(cells)) => write(&self.layout, Some(cells), row, out.buffer()),
                _ => write_row(&self.layout, &cells, row, out.buffer()),
            };
            if let Err(missing) = written {
                out.end_null();
                return Err(Unwritable(format!("Unable to serialize record: {missing}")));
            }
            out.end();
        }
        Ok(())
    }
}

fn write_row(layout: &Layout, cells: &[Cells<'_>], row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    match layout {
        Layout::Nullable(_, branch, inner) => {
            out.push(*branch);
            write_row(inner, cells, row, out)
        }
        Layout::Required(Form::Record(fields)) => write_fields(fields, cells, row, out),
        Layout::Required(_) | Layout::Union(..) => Err("the schema is no record".to_owned()),
    }
}

/// Writes a value; none is null.
#[inline]
fn write(layout: &Layout, cells: Option<&Cells<'_>>, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let there = cells.filter(|cells| !cells.is_null(row));
    match (layout, there) {
        (Layout::Nullable(_, branch, inner), Some(cells)) => {
            out.push(*branch);
            match &**inner {
                Layout::Required(form) => write_form(form, cells, row, out),
                inner => write(inner, Some(cells), row, out),
            }
        }
        (Layout::Nullable(u8::MAX, ..), None) => Err("a value is null that must not be".to_owned()),
        (Layout::Nullable(null, ..), None) => {
            out.push(*null);
            Ok(())
        }
        (Layout::Required(form), Some(cells)) => write_form(form, cells, row, out),
        (Layout::Union(_, members), Some(Cells::Struct(_, cells))) => write_union(members, cells, row, out),
        (Layout::Required(Form::Null), None) => Ok(()),
        (Layout::Union(Some(null), _), None) => {
            out.push(*null);
            Ok(())
        }
        (Layout::Union(..), Some(_)) => Err("a value does not belong to its schema".to_owned()),
        (Layout::Required(_) | Layout::Union(..), None) => Err("a value is null that must not be".to_owned()),
    }
}

/// The first of the members that is not null.
fn write_union(
    members: &[(u8, usize, Layout)],
    cells: &[Cells<'_>],
    row: usize,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    for (branch, source, layout) in members {
        if let Some(cells) = cells.get(*source).filter(|cells| !cells.is_null(row)) {
            out.push(*branch);
            return write(layout, Some(cells), row, out);
        }
    }
    Err("none of the types of a union has a value".to_owned())
}

fn write_fields(fields: &[FieldLayout], cells: &[Cells<'_>], row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    for FieldLayout { name, source, default } in fields {
        let value = source.as_ref().and_then(|(index, layout)| Some((layout, cells.get(*index)?)));
        match (value, default) {
            (Some((layout, cells)), _) if !cells.is_null(row) => {
                write(layout, Some(cells), row, out).map_err(|e| format!("{name}: {e}"))?;
            }
            // A null where there may be one, else what the schema says instead.
            (Some((layout @ (Layout::Nullable(..) | Layout::Union(..)), _)), None) => {
                write(layout, None, row, out).map_err(|e| format!("{name}: {e}"))?;
            }
            (Some((Layout::Nullable(null, ..), _)), Some(_)) if *null != u8::MAX => out.push(*null),
            (Some((Layout::Union(Some(null), _), _)), Some(_)) => out.push(*null),
            (_, Some(default)) => out.extend_from_slice(default),
            (_, None) => return Err(format!("{name}: a value is null that must not be")),
        }
    }
    Ok(())
}

fn write_form(form: &Form, cells: &Cells<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    match (form, cells) {
        (Form::Null, _) => {}
        (Form::Whole, cells) => put_zigzag(cells.whole(row).unwrap_or_default(), out),
        (Form::Text, Cells::Text(a)) => put_bytes(a.value(row).as_bytes(), out),
        (Form::Double, Cells::Double(a)) => out.extend_from_slice(&a.value(row).to_le_bytes()),
        (Form::Boolean, Cells::Boolean(a)) => out.push(u8::from(a.value(row))),
        (Form::Float, Cells::Double(a)) => out.extend_from_slice(&(a.value(row) as f32).to_le_bytes()),
        (Form::Bytes, Cells::Bytes(a)) => put_bytes(a.value(row), out),
        (Form::Fixed(size), Cells::Bytes(a)) if a.value(row).len() == *size => out.extend_from_slice(a.value(row)),
        (Form::Fixed(size), _) => return Err(format!("it must have {size} bytes")),
        (Form::Enum(symbols), Cells::Text(a)) => {
            let text = a.value(row);
            let index = symbols.iter().position(|s| s == text);
            let index = index.ok_or_else(|| format!("'{text}' is none of the symbols of its enum"))?;
            put_zigzag(i64::try_from(index).unwrap_or_default(), out);
        }
        (Form::Decimal { scale, fixed }, cells) => write_decimal(*scale, *fixed, cells, row, out)?,
        (Form::List(item), Cells::List(a, items)) => {
            write_block(entries(a.value_offsets(), row), out, |i, out| write(item, Some(items), i, out))?;
        }
        (Form::Map(item), Cells::Map(a, keys, values)) => {
            write_block(entries(a.value_offsets(), row), out, |i, out| {
                write_form(&Form::Text, keys, i, out)?;
                write(item, Some(values), i, out)
            })?;
        }
        (Form::Entries(key, item), Cells::Map(a, keys, values)) => {
            write_block(entries(a.value_offsets(), row), out, |i, out| {
                write(key, Some(keys), i, out)?;
                write(item, Some(values), i, out)
            })?;
        }
        (Form::Record(fields), Cells::Struct(_, cells)) => write_fields(fields, cells, row, out)?,
        _ => return Err("a value does not belong to its schema".to_owned()),
    }
    Ok(())
}

/// One block of all items, and the end.
fn write_block(
    items: std::ops::Range<usize>,
    out: &mut Vec<u8>,
    mut item: impl FnMut(usize, &mut Vec<u8>) -> Result<(), String>,
) -> Result<(), String> {
    if !items.is_empty() {
        put_varint((items.len() as u64) << 1, out);
    }
    for i in items {
        item(i, out)?;
    }
    out.push(0);
    Ok(())
}

/// Of the schema's scale, of which the column's may be less.
fn write_decimal(
    scale: u32,
    fixed: Option<usize>,
    cells: &Cells<'_>,
    row: usize,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let Some((mut value, own)) = cells.decimal(row) else { return Err("it is no decimal".to_owned()) };
    let more = scale.checked_sub(own.into()).ok_or("its scale is smaller than the column's")?;
    for _ in 0..more {
        value = value.checked_mul(i256::from_i128(10)).ok_or("it has too many digits")?;
    }
    let Some(size) = fixed else {
        unscaled::bytes(value, |bytes| put_bytes(bytes, out));
        return Ok(());
    };
    let mut fits = false;
    unscaled::bytes(value, |bytes| {
        if let Some(padding) = size.checked_sub(bytes.len()) {
            out.extend(std::iter::repeat_n(if value.is_negative() { 0xff } else { 0 }, padding));
            out.extend_from_slice(bytes);
            fits = true;
        }
    });
    if fits { Ok(()) } else { Err(format!("it has more than {size} bytes")) }
}
