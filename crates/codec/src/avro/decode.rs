//! The decoder of Avro payloads.

use std::borrow::Cow;

use arrow::array::ArrayRef;
use millstream_schemas::Registered;
use millstream_schemas::avro::{self, Avro, Kind};
use millstream_types::SqlType;

use super::plan::{FieldRead, Read, plan, record_plan};
use super::skip::{Blocks, branch, no_branch, skip};
use super::text::text;
use crate::column::{Column, Filled, ListColumn, MapColumn, StructColumn};
use crate::damage::Damage;
use crate::text::DAY_MS;
use crate::wire::{Bytes, utf8};
use crate::writers::Writers;
use crate::{Decoder, Rejected, unscaled};

/// Reads payloads into the columns that are used, whatever schemas they were written with. As in ksqlDB, what follows the
/// value is not looked at.
pub(super) struct AvroDecoder {
    row: StructColumn,
    used: Vec<(String, SqlType)>,
    /// Whether a payload is a record of columns, rather than the one column's value itself.
    wrapped: bool,
    writers: Writers<Writer>,
}

/// What is known of a writer.
#[derive(Debug)]
pub(super) struct Writer {
    avro: Avro,
    read: Read,
}

impl AvroDecoder {
    pub(super) fn new(used: Vec<(String, SqlType)>, wrapped: bool, writers: Writers<Writer>) -> Self {
        Self { row: StructColumn::new(used.iter().map(|(name, ty)| (name.as_str(), ty))), used, wrapped, writers }
    }
}

/// How the payloads of a schema are read.
fn writer(registered: &Registered, used: &[(String, SqlType)], wrapped: bool) -> Result<Writer, String> {
    let avro = avro::parse(&registered.schema.text, &registered.schema.imports)?;
    let read = if wrapped {
        let targets: Vec<(&str, &SqlType)> = used.iter().map(|(name, ty)| (name.as_str(), ty)).collect();
        let of = |id| match &avro.node(id).kind {
            Kind::Record(record) => Ok(record_plan(&avro, record, &targets)),
            Kind::Null => Ok(Read::Null),
            _ => Err("it is no record of columns".to_owned()),
        };
        match &avro.node(avro.root()).kind {
            Kind::Union(branches) => Read::Union(branches.iter().map(|b| of(*b)).collect::<Result<_, _>>()?),
            _ => of(avro.root())?,
        }
    } else {
        match used.first() {
            Some((_, ty)) => plan(&avro, avro.root(), ty),
            None => Read::Record(Vec::new()),
        }
    };
    Ok(Writer { avro, read })
}

impl Decoder for AvroDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        let Some(payload) = payload else {
            self.row.push_null();
            return Ok(false);
        };
        let Self { row, used, wrapped, writers } = self;
        let (writer, rest) = writers.open(payload, |found| writer(found, used, *wrapped))?;
        let rows = row.len();
        let pushed = if *wrapped {
            push_record(&writer.avro, &writer.read, &mut Bytes(rest), row)
        } else {
            push_single(&writer, &mut Bytes(rest), row)
        };
        pushed.map_err(|damage| {
            row.truncate(rows);
            damage.into()
        })
    }

    fn stalled(&mut self) -> Option<String> {
        self.writers.stalled()
    }

    fn rows(&self) -> usize {
        self.row.len()
    }

    fn truncate(&mut self, rows: usize) {
        self.row.truncate(rows);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.row.finish_fields()
    }
}

/// Appends a record as a row; says whether there is one, rather than null.
fn push_record(avro: &Avro, read: &Read, bytes: &mut Bytes<'_>, row: &mut StructColumn) -> Result<bool, Damage> {
    match read {
        Read::Record(fields) => record(avro, fields, bytes, row).map(|()| true),
        Read::Union(branches) => {
            let index = branch(bytes)?;
            push_record(avro, branches.get(index).ok_or_else(|| no_branch(index))?, bytes, row)
        }
        _ => {
            row.push_null();
            Ok(false)
        }
    }
}

fn push_single(writer: &Writer, bytes: &mut Bytes<'_>, row: &mut StructColumn) -> Result<bool, Damage> {
    let open = row.open();
    if let (Some(column), Some(filled)) = (open.columns.first_mut(), open.filled.first_mut()) {
        *filled = Filled::Exact;
        value(&writer.avro, &writer.read, bytes, column)?;
    } else {
        skip(&writer.avro, writer.avro.root(), bytes, 0)?;
    }
    row.end();
    Ok(true)
}

fn record(avro: &Avro, fields: &[FieldRead], bytes: &mut Bytes<'_>, row: &mut StructColumn) -> Result<(), Damage> {
    let open = row.open();
    for FieldRead { target, node, name } in fields {
        let read = match target {
            Some((index, read)) => match (open.columns.get_mut(*index), open.filled.get_mut(*index)) {
                (Some(column), Some(filled)) => {
                    *filled = Filled::Exact;
                    value(avro, read, bytes, column)
                }
                _ => Ok(()),
            },
            None => skip(avro, *node, bytes, 0),
        };
        read.map_err(|damage| damage.in_field(name))?;
    }
    row.end();
    Ok(())
}

/// Takes a value and appends it. After damage the column may be left with half a row.
fn value(avro: &Avro, read: &Read, bytes: &mut Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    match (read, column) {
        (Read::Null, column) => column.push_null(),
        (Read::Union(branches), column) => {
            let index = branch(bytes)?;
            value(avro, branches.get(index).ok_or_else(|| no_branch(index))?, bytes, column)?;
        }
        (Read::Whole, column) => whole(bytes.zigzag()?, column)?,
        (Read::String, Column::Text(column)) => column.push(utf8(bytes.sized()?)?)?,
        (Read::Double, Column::Double(column)) => column.push(f64::from_le_bytes(bytes.array()?)),
        (Read::Boolean, Column::Boolean(column)) => column.push(bytes.byte()? != 0),
        (Read::Float, Column::Double(column)) => column.push(f32::from_le_bytes(bytes.array()?).into()),
        (Read::Enum(symbols), Column::Text(column)) => {
            let index = branch(bytes)?;
            column.push(symbols.get(index).ok_or_else(|| Damage::new(format!("an enum has no symbol {index}")))?)?;
        }
        (Read::Bytes, Column::Bytes(column)) => column.push(bytes.sized()?)?,
        (Read::Fixed(size), Column::Bytes(column)) => column.push(bytes.take(*size)?)?,
        (Read::Decimal { scale, fixed }, column) => {
            let number = match fixed {
                Some(size) => bytes.take(*size)?,
                None => bytes.sized()?,
            };
            decimal(number, *scale, column)?;
        }
        (Read::Array(item), Column::List(column)) => list(avro, item, bytes, column)?,
        (Read::Map(item), Column::Map(column)) => map(bytes, column, |bytes, column| {
            let (Column::Text(keys), values) = column.entries() else { return Err(misplaced()) };
            keys.push(utf8(bytes.sized()?)?)?;
            value(avro, item, bytes, values)
        })?,
        (Read::Entries(key, item), Column::Map(column)) => map(bytes, column, |bytes, column| {
            let (Column::Text(keys), values) = column.entries() else { return Err(misplaced()) };
            keys.push(&key_text(avro, key, bytes)?)?;
            value(avro, item, bytes, values)
        })?,
        (Read::Record(fields), Column::Struct(column)) => record(avro, fields, bytes, column)?,
        (Read::Text(id), Column::Text(column)) => {
            let mut out = Vec::new();
            if text(avro, *id, bytes, &mut out, 0)? {
                column.push(utf8(&out)?)?;
            } else {
                column.push_null();
            }
        }
        (Read::Clash(found), column) => return Err(clash(found, column)),
        _ => return Err(misplaced()),
    }
    Ok(())
}

/// Takes the key of an entry: a text, or what has one, and never null.
fn key_text<'b>(avro: &Avro, read: &Read, bytes: &mut Bytes<'b>) -> Result<Cow<'b, str>, Damage> {
    match read {
        Read::String => Ok(Cow::Borrowed(utf8(bytes.sized()?)?)),
        Read::Union(branches) => {
            let index = branch(bytes)?;
            key_text(avro, branches.get(index).ok_or_else(|| no_branch(index))?, bytes)
        }
        Read::Null => Err(Damage::new("the key of a map is null")),
        Read::Text(id) => {
            let mut out = Vec::new();
            if !text(avro, *id, bytes, &mut out, 0)? {
                return Err(Damage::new("the key of a map is null"));
            }
            Ok(Cow::Owned(utf8(&out)?.to_owned()))
        }
        _ => Err(Damage::new("the key of a map is no string")),
    }
}

#[cold]
fn misplaced() -> Damage {
    Damage::new("a value does not belong to its column")
}

#[cold]
fn clash(found: &str, column: &Column) -> Damage {
    let expected = match column {
        Column::Boolean(_) => "BOOLEAN",
        Column::Integer(_) => "INTEGER",
        Column::Bigint(_) => "BIGINT",
        Column::Double(_) => "DOUBLE",
        Column::Decimal(..) | Column::BigDecimal(..) => "DECIMAL",
        Column::Text(_) => "STRING",
        Column::Bytes(_) => "BYTES",
        Column::Date(_) => "DATE",
        Column::Time(_) => "TIME",
        Column::Timestamp(_) => "TIMESTAMP",
        Column::List(_) => "ARRAY",
        Column::Map(_) => "MAP",
        Column::Struct(_) => "STRUCT",
    };
    Damage::new(format!("expected what fits {expected}, found {found}"))
}

#[inline]
fn whole(value: i64, column: &mut Column) -> Result<(), Damage> {
    let narrow = |value: i64| i32::try_from(value).map_err(|_| Damage::new("an int has more than 32 bits"));
    match column {
        Column::Integer(column) => column.push(narrow(value)?),
        Column::Bigint(column) => column.push(value),
        Column::Timestamp(column) => column.push(value),
        Column::Date(column) => column.push(narrow(value)?),
        Column::Time(column) if (0..=DAY_MS).contains(&value) => column.push(narrow(value)?),
        Column::Time(_) => return Err(Damage::new(format!("{value} is no time of a day"))),
        _ => return Err(misplaced()),
    }
    Ok(())
}

fn decimal(number: &[u8], scale: u32, column: &mut Column) -> Result<(), Damage> {
    match column {
        Column::Decimal(column, shape) => {
            let value = unscaled::read(number, scale.into(), *shape)?;
            column.push(value.to_i128().ok_or_else(misplaced)?);
        }
        Column::BigDecimal(column, shape) => column.push(unscaled::read(number, scale.into(), *shape)?),
        _ => return Err(misplaced()),
    }
    Ok(())
}

fn list(avro: &Avro, item: &Read, bytes: &mut Bytes<'_>, column: &mut ListColumn) -> Result<(), Damage> {
    let mut blocks = Blocks::default();
    let mut index = 0;
    while let Some((count, _)) = blocks.next(bytes)? {
        for _ in 0..count {
            let before = bytes.len();
            value(avro, item, bytes, column.items()).map_err(|damage| damage.in_item(index))?;
            blocks.took(before - bytes.len())?;
            index += 1;
        }
    }
    Ok(column.end()?)
}

/// Of entries with one key the last one counts.
fn map(
    bytes: &mut Bytes<'_>,
    column: &mut MapColumn,
    entry: impl Fn(&mut Bytes<'_>, &mut MapColumn) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let mut again = *bytes;
    entries(bytes, column, &entry, None)?;
    if let Some(winners) = column.last_of_each() {
        column.truncate(column.len()); // drops the entries of the row that has not ended
        entries(&mut again, column, &entry, Some(&winners))?;
    }
    Ok(column.end()?)
}

/// Takes the entries of a map and appends them, or of them those marked in `chosen`.
fn entries(
    bytes: &mut Bytes<'_>,
    column: &mut MapColumn,
    entry: &impl Fn(&mut Bytes<'_>, &mut MapColumn) -> Result<(), Damage>,
    chosen: Option<&[bool]>,
) -> Result<(), Damage> {
    let mut blocks = Blocks::default();
    let mut index = 0;
    while let Some((count, _)) = blocks.next(bytes)? {
        for _ in 0..count {
            let (before, entries) = (bytes.len(), column.entry_count());
            entry(bytes, column)?;
            blocks.took(before - bytes.len())?;
            if chosen.is_some_and(|chosen| !chosen.get(index).copied().unwrap_or(false)) {
                column.truncate_entries(entries);
            }
            index += 1;
        }
    }
    Ok(())
}
