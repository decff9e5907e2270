//! The decoder of Protocol Buffers payloads.

use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_schemas::proto::{self, FieldType, Proto};
use millstream_types::SqlType;

use super::calendar::days;
use super::plan::{FieldPlan, MessagePlan, Shape, Single, message};
use super::scalar::{self, DELIMITED, VARINT, push_default, skip, wire_type};
use crate::column::{Column, Filled, MapColumn, StructColumn};
use crate::damage::Damage;
use crate::text::DAY_MS;
use crate::wire::Bytes;
use crate::writers::Writers;
use crate::{Decoder, Rejected, unscaled};

/// Most indexes of a message within messages.
const INDEXES_MAX: u64 = 64;
/// Most message types of one schema of which the plans are kept.
const PLANS_MAX: usize = 64;

/// Reads payloads into the columns that are used.
pub(super) struct ProtobufDecoder {
    row: StructColumn,
    used: Vec<(String, SqlType)>,
    source: Source,
}

enum Source {
    /// Messages stand alone: this is how they are read.
    Bare(Arc<MessagePlan>),
    /// Ids and places of messages stand before them.
    Registered { writers: Box<Writers<Proto>>, plans: Vec<(Arc<Proto>, Vec<i32>, Arc<MessagePlan>)>, path: Vec<i32> },
}

impl ProtobufDecoder {
    /// Of messages without a registry, which have the schema of the columns.
    pub(super) fn bare(used: Vec<(String, SqlType)>, text: &str) -> Result<Self, String> {
        let model = proto::parse(text, &[])?;
        let id = model.find(None).ok_or("no columns")?;
        let plan = message(&model, id, &targets(&used), 0);
        Ok(Self::new(used, Source::Bare(Arc::new(plan))))
    }

    /// Of messages whose schemas stand in a registry.
    pub(super) fn registered(used: Vec<(String, SqlType)>, writers: Writers<Proto>) -> Self {
        Self::new(used, Source::Registered { writers: Box::new(writers), plans: Vec::new(), path: Vec::new() })
    }

    fn new(used: Vec<(String, SqlType)>, source: Source) -> Self {
        Self { row: StructColumn::new(used.iter().map(|(name, ty)| (name.as_str(), ty))), used, source }
    }
}

fn targets(used: &[(String, SqlType)]) -> Vec<(&str, &SqlType)> {
    used.iter().map(|(name, ty)| (name.as_str(), ty)).collect()
}

impl Source {
    /// How a payload is read, and its message.
    fn open<'p>(
        &mut self,
        payload: &'p [u8],
        used: &[(String, SqlType)],
    ) -> Result<(Arc<MessagePlan>, Bytes<'p>), Rejected> {
        let (writers, plans, path) = match self {
            Self::Bare(plan) => return Ok((Arc::clone(plan), Bytes(payload))),
            Self::Registered { writers, plans, path } => (writers, plans, path),
        };
        let (model, rest) = writers.open(payload, |found| proto::parse(&found.schema.text, &found.schema.imports))?;
        let mut bytes = Bytes(rest);
        indexes(&mut bytes, path)?;
        let known = plans.iter().find(|(of, at, _)| Arc::ptr_eq(of, &model) && at == path);
        if let Some((.., plan)) = known {
            return Ok((Arc::clone(plan), bytes));
        }
        let id = model.at(path).ok_or_else(|| Damage::new(format!("its schema has no message at {path:?}")))?;
        let plan = Arc::new(message(&model, id, &targets(used), 0));
        if plans.len() >= PLANS_MAX {
            plans.clear();
        }
        plans.push((model, path.clone(), Arc::clone(&plan)));
        Ok((plan, bytes))
    }
}

/// Takes the place of the message in its schema.
fn indexes(bytes: &mut Bytes<'_>, path: &mut Vec<i32>) -> Result<(), Damage> {
    path.clear();
    let count = bytes.zigzag()?;
    if count == 0 {
        path.push(0);
        return Ok(());
    }
    if !(0..=INDEXES_MAX as i64).contains(&count) {
        return Err(Damage::new("the place of its message is none"));
    }
    for _ in 0..count {
        let index = bytes.zigzag()?;
        path.push(i32::try_from(index).map_err(|_| Damage::new("the place of its message is none"))?);
    }
    Ok(())
}

impl Decoder for ProtobufDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        let Some(payload) = payload else {
            self.row.push_null();
            return Ok(false);
        };
        let (plan, bytes) = self.source.open(payload, &self.used)?;
        let rows = self.row.len();
        if let Err(damage) = row(&plan, bytes, &mut self.row) {
            self.row.truncate(rows);
            return Err(damage.into());
        }
        Ok(true)
    }

    fn stalled(&mut self) -> Option<String> {
        match &mut self.source {
            Source::Bare(_) => None,
            Source::Registered { writers, .. } => writers.stalled(),
        }
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

/// Reads all of a message as a row.
fn row(plan: &MessagePlan, bytes: Bytes<'_>, target: &mut StructColumn) -> Result<(), Damage> {
    let all = bytes;
    let mut bytes = bytes;
    let open = target.open();
    while !bytes.is_empty() {
        let tag = bytes.varint()?;
        let Some(field) = plan.find(tag >> 3) else {
            skip(tag, &mut bytes)?;
            continue;
        };
        let (Some(column), Some(filled)) = (open.columns.get_mut(field.target), open.filled.get_mut(field.target))
        else {
            continue;
        };
        if *filled != Filled::No && matches!(field.shape, Shape::Implicit(_) | Shape::Optional(_) | Shape::Member(..)) {
            column.truncate(open.row); // of several the last one counts
        }
        *filled = Filled::Exact;
        occurrence(&field.shape, tag, &mut bytes, column).map_err(|damage| damage.in_field(&field.name))?;
    }
    for field in &plan.fields {
        let (Some(column), Some(filled)) = (open.columns.get_mut(field.target), open.filled.get_mut(field.target))
        else {
            continue;
        };
        close(field, *filled != Filled::No, all, column)?;
        *filled = Filled::Exact;
    }
    target.end();
    Ok(())
}

/// Takes one occurrence of a field. Lists and maps stay open for further ones.
fn occurrence(shape: &Shape, tag: u64, bytes: &mut Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    match (shape, column) {
        (Shape::Implicit(single) | Shape::Optional(single), column) => value(single, tag, bytes, column),
        (Shape::List(single), Column::List(column)) => {
            let items = column.items();
            match single {
                Single::Scalar(ty) if tag & 7 == DELIMITED && wire_type(*ty) != DELIMITED => {
                    let mut run = Bytes(bytes.delimited()?);
                    while !run.is_empty() {
                        scalar::read(*ty, &mut run, items)?;
                    }
                    Ok(())
                }
                Single::Enum(_) if tag & 7 == DELIMITED => {
                    let mut run = Bytes(bytes.delimited()?);
                    while !run.is_empty() {
                        value(single, VARINT, &mut run, items)?;
                    }
                    Ok(())
                }
                single => {
                    let index = items.len();
                    value(single, tag, bytes, items).map_err(|damage| damage.in_item(index))
                }
            }
        }
        (Shape::Map(key, single), Column::Map(column)) => {
            expect(DELIMITED, tag)?;
            entry(*key, single, Bytes(bytes.delimited()?), column)
        }
        (Shape::Member(member, single), Column::Struct(column)) => {
            let open = column.open();
            match (open.columns.get_mut(*member), open.filled.get_mut(*member)) {
                (Some(column), Some(filled)) => {
                    value(single, tag, bytes, column)?;
                    *filled = Filled::Exact;
                }
                _ => skip(tag, bytes)?,
            }
            column.end();
            Ok(())
        }
        _ => Err(clash()),
    }
}

/// Closes a list or map, and gives a field that was not there what it is then.
fn close(field: &FieldPlan, there: bool, all: Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    match (&field.shape, column) {
        (Shape::Implicit(single), column) if !there => default_of(single, column)?,
        (Shape::Optional(_) | Shape::Member(..), column) if !there => column.push_null(),
        (Shape::List(_), Column::List(column)) => column.end()?,
        (Shape::Map(key, single), Column::Map(column)) => {
            if let Some(winners) = column.last_of_each() {
                column.truncate(column.len()); // drops the entries of the row that has not ended
                last_entries(field.number, *key, single, all, column, &winners)?;
            }
            column.end()?;
        }
        (Shape::List(_) | Shape::Map(..), column) if !there => column.push_null(),
        _ => {}
    }
    Ok(())
}

/// Takes those entries of a map again that count.
fn last_entries(
    number: u64,
    key: FieldType,
    single: &Single,
    mut bytes: Bytes<'_>,
    column: &mut MapColumn,
    winners: &[bool],
) -> Result<(), Damage> {
    let mut index = 0;
    while !bytes.is_empty() {
        let tag = bytes.varint()?;
        if tag >> 3 != number || tag & 7 != DELIMITED {
            skip(tag, &mut bytes)?;
            continue;
        }
        let payload = bytes.delimited()?;
        if winners.get(index).copied().unwrap_or(false) {
            entry(key, single, Bytes(payload), column)?;
        }
        index += 1;
    }
    Ok(())
}

/// Takes an entry of a map: key and value in any order, either maybe left out. Keys of other types are taken as their
/// texts.
fn entry(key: FieldType, single: &Single, mut bytes: Bytes<'_>, column: &mut MapColumn) -> Result<(), Damage> {
    let before = column.entry_count();
    let (keys, values) = column.entries();
    if !matches!(keys, Column::Text(_)) {
        return Err(clash());
    }
    let (mut keyed, mut found) = (false, false);
    while !bytes.is_empty() {
        let tag = bytes.varint()?;
        match tag >> 3 {
            1 if tag & 7 == wire_type(key) => {
                keys.truncate(before);
                scalar::read(key, &mut bytes, keys)?;
                keyed = true;
            }
            2 => {
                values.truncate(before);
                value(single, tag, &mut bytes, values)?;
                found = true;
            }
            _ => skip(tag, &mut bytes)?,
        }
    }
    if !keyed {
        push_default(key, keys)?;
    }
    if !found {
        default_of(single, values)?;
    }
    Ok(())
}

/// What a value is that is not there.
fn default_of(single: &Single, column: &mut Column) -> Result<(), Damage> {
    match (single, column) {
        (Single::Scalar(ty), column) => push_default(*ty, column),
        (Single::Enum(values), Column::Text(column)) => {
            Ok(column.push(values.first().map_or("", |(name, _)| name.as_str()))?)
        }
        (_, column) => {
            column.push_null();
            Ok(())
        }
    }
}

#[inline]
fn value(single: &Single, tag: u64, bytes: &mut Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    match (single, column) {
        (Single::Scalar(ty), column) => {
            expect(wire_type(*ty), tag)?;
            scalar::read(*ty, bytes, column)
        }
        (Single::Enum(values), Column::Text(column)) => {
            expect(VARINT, tag)?;
            let number = bytes.varint()? as i32;
            match values.iter().find(|(_, n)| *n == number) {
                Some((name, _)) => Ok(column.push(name)?),
                None => Ok(column.push(&format!("UNKNOWN_ENUM_VALUE_{number}"))?),
            }
        }
        (Single::Clash, _) => Err(clash()),
        (single, column) => {
            expect(DELIMITED, tag)?;
            part(single, Bytes(bytes.delimited()?), column)
        }
    }
}

fn part(single: &Single, mut bytes: Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    match (single, column) {
        (Single::Message(plan), Column::Struct(column)) => row(plan, bytes, column),
        (Single::Wrapper(ty), column) => {
            let rows = column.len();
            let mut found = false;
            while !bytes.is_empty() {
                let tag = bytes.varint()?;
                if tag >> 3 == 1 {
                    expect(wire_type(*ty), tag)?;
                    column.truncate(rows);
                    scalar::read(*ty, &mut bytes, column)?;
                    found = true;
                } else {
                    skip(tag, &mut bytes)?;
                }
            }
            if found { Ok(()) } else { push_default(*ty, column) }
        }
        (Single::Timestamp, column) => {
            let [seconds, nanos, ..] = numbers(bytes)?;
            let ms = seconds.checked_mul(1000).and_then(|ms| ms.checked_add(nanos.div_euclid(1_000_000)));
            let ms = ms.ok_or_else(|| Damage::new("a timestamp is too far away"))?;
            match column {
                Column::Timestamp(column) => column.push(ms),
                Column::Bigint(column) => column.push(ms),
                _ => return Err(clash()),
            }
            Ok(())
        }
        (Single::Date, column) => {
            let [year, month, day, _] = numbers(bytes)?;
            let days = days(year, month, day).ok_or_else(|| Damage::new("there is no such date"))?;
            match column {
                Column::Date(column) => column.push(days),
                Column::Integer(column) => column.push(days),
                _ => return Err(clash()),
            }
            Ok(())
        }
        (Single::Time, column) => {
            let [hours, minutes, seconds, nanos] = numbers(bytes)?;
            let ms = [(hours, 3_600_000), (minutes, 60_000), (seconds, 1000)]
                .into_iter()
                .try_fold(nanos.div_euclid(1_000_000), |sum, (n, unit)| n.checked_mul(unit)?.checked_add(sum));
            let ms = ms.filter(|ms| (0..=DAY_MS).contains(ms)).and_then(|ms| i32::try_from(ms).ok());
            let ms = ms.ok_or_else(|| Damage::new("there is no such time of a day"))?;
            match column {
                Column::Time(column) => column.push(ms),
                Column::Integer(column) => column.push(ms),
                _ => return Err(clash()),
            }
            Ok(())
        }
        (Single::Decimal, column) => decimal(bytes, column),
        (Single::Nested(field), column) => nested(field, bytes, column),
        _ => Err(clash()),
    }
}

/// A list or map within another: a message with the one field.
fn nested(field: &FieldPlan, bytes: Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    let all = bytes;
    let mut bytes = bytes;
    let mut there = false;
    while !bytes.is_empty() {
        let tag = bytes.varint()?;
        if tag >> 3 == field.number {
            occurrence(&field.shape, tag, &mut bytes, column)?;
            there = true;
        } else {
            skip(tag, &mut bytes)?;
        }
    }
    close(field, there, all, column)
}

/// The varints of the fields 1 to 4 of a message; 0 where there is none.
fn numbers(mut bytes: Bytes<'_>) -> Result<[i64; 4], Damage> {
    let mut found = [0; 4];
    while !bytes.is_empty() {
        let tag = bytes.varint()?;
        let index = usize::try_from(tag >> 3).ok().and_then(|n| n.checked_sub(1));
        match index.and_then(|index| found.get_mut(index)) {
            Some(number) if tag & 7 == VARINT => *number = bytes.varint()? as i64,
            _ => skip(tag, &mut bytes)?,
        }
    }
    Ok(found)
}

/// `value`, `precision` and `scale` of a decimal.
fn decimal(mut bytes: Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    let (mut number, mut scale): (&[u8], i64) = (&[], 0);
    while !bytes.is_empty() {
        let tag = bytes.varint()?;
        match (tag >> 3, tag & 7) {
            (1, DELIMITED) => number = bytes.delimited()?,
            (3, VARINT) => scale = bytes.varint()? as i32 as i64,
            _ => skip(tag, &mut bytes)?,
        }
    }
    match column {
        Column::Decimal(column, shape) => {
            column.push(unscaled::read(number, scale, *shape)?.to_i128().ok_or_else(clash)?);
        }
        Column::BigDecimal(column, shape) => column.push(unscaled::read(number, scale, *shape)?),
        _ => return Err(clash()),
    }
    Ok(())
}

#[inline]
fn expect(wire: u64, tag: u64) -> Result<(), Damage> {
    if tag & 7 == wire { Ok(()) } else { Err(Damage::new("a field has another wire type than its schema says")) }
}

#[cold]
fn clash() -> Damage {
    Damage::new("a value does not fit the type of its column")
}
