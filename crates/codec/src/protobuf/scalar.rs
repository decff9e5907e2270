//! One value without parts, off the wire into its column.

use millstream_schemas::proto::FieldType;
use millstream_types::java_double;

use crate::column::Column;
use crate::damage::Damage;
use crate::wire::{Bytes, unzigzag, utf8};

/// A number of eight bytes, of four, a varint, or a run of bytes: what the last three bits of a tag say.
pub(super) const VARINT: u64 = 0;
pub(super) const EIGHT: u64 = 1;
pub(super) const DELIMITED: u64 = 2;
pub(super) const GROUP: u64 = 3;
pub(super) const FOUR: u64 = 5;

/// How a type stands on the wire.
pub(super) fn wire_type(ty: FieldType) -> u64 {
    match ty {
        FieldType::Double | FieldType::Fixed64 | FieldType::Sfixed64 => EIGHT,
        FieldType::Float | FieldType::Fixed32 | FieldType::Sfixed32 => FOUR,
        FieldType::String | FieldType::Bytes | FieldType::Message(_) => DELIMITED,
        _ => VARINT,
    }
}

/// Takes a value and appends it.
#[inline]
pub(super) fn read(ty: FieldType, bytes: &mut Bytes<'_>, column: &mut Column) -> Result<(), Damage> {
    match (ty, column) {
        (FieldType::String, Column::Text(column)) => column.push(utf8(bytes.delimited()?)?)?,
        (FieldType::Bytes, Column::Bytes(column)) => column.push(bytes.delimited()?)?,
        (FieldType::Double, Column::Double(column)) => column.push(f64::from_le_bytes(bytes.array()?)),
        (FieldType::Float, Column::Double(column)) => column.push(f32::from_le_bytes(bytes.array()?).into()),
        (FieldType::Bool, Column::Boolean(column)) => column.push(bytes.varint()? != 0),
        (ty, Column::Bigint(column)) => column.push(whole(ty, bytes)?),
        // Wider ones are not laid out for this column.
        (ty, Column::Integer(column)) => column.push(whole(ty, bytes)? as i32),
        (ty, Column::Text(column)) => {
            let mut out = Vec::new();
            text(ty, bytes, &mut out)?;
            column.push(utf8(&out)?)?;
        }
        _ => return Err(Damage::new("a value does not belong to its column")),
    }
    Ok(())
}

/// Appends the default of a type.
pub(super) fn push_default(ty: FieldType, column: &mut Column) -> Result<(), Damage> {
    match column {
        Column::Text(column) => column.push(match ty {
            FieldType::String | FieldType::Bytes => "",
            FieldType::Bool => "false",
            FieldType::Double | FieldType::Float => "0.0",
            _ => "0",
        })?,
        Column::Bytes(column) => column.push(&[])?,
        Column::Double(column) => column.push(0.0),
        Column::Boolean(column) => column.push(false),
        Column::Bigint(column) => column.push(0),
        Column::Integer(column) => column.push(0),
        other => other.push_null(),
    }
    Ok(())
}

#[inline]
fn whole(ty: FieldType, bytes: &mut Bytes<'_>) -> Result<i64, Damage> {
    Ok(match ty {
        FieldType::Int32 => i64::from(bytes.varint()? as i32),
        FieldType::Int64 | FieldType::Uint64 => bytes.varint()? as i64,
        FieldType::Uint32 => i64::from(bytes.varint()? as u32),
        FieldType::Sint32 => i64::from(unzigzag(bytes.varint()?) as i32),
        FieldType::Sint64 => bytes.zigzag()?,
        FieldType::Fixed32 => i64::from(u32::from_le_bytes(bytes.array()?)),
        FieldType::Sfixed32 => i64::from(i32::from_le_bytes(bytes.array()?)),
        FieldType::Fixed64 | FieldType::Sfixed64 => i64::from_le_bytes(bytes.array()?),
        _ => return Err(Damage::new("a value does not belong to its column")),
    })
}

fn text(ty: FieldType, bytes: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), Damage> {
    match ty {
        FieldType::Bool => out.extend_from_slice(if bytes.varint()? == 0 { b"false" } else { b"true" }),
        FieldType::Double => java_double(f64::from_le_bytes(bytes.array()?), out),
        FieldType::Float => {
            let shortest = f32::from_le_bytes(bytes.array()?).to_string();
            java_double(shortest.parse().unwrap_or(f64::NAN), out);
        }
        ty => out.extend_from_slice(itoa::Buffer::new().format(whole(ty, bytes)?).as_bytes()),
    }
    Ok(())
}

/// Groups within each other that are passed over.
const GROUPS_MAX: usize = 64;

/// Passes over the value of a field behind its tag.
pub(super) fn skip(tag: u64, bytes: &mut Bytes<'_>) -> Result<(), Damage> {
    let mut open = 0usize;
    let mut wire = tag & 7;
    loop {
        match wire {
            VARINT => drop(bytes.varint()?),
            EIGHT => drop(bytes.take(8)?),
            DELIMITED => drop(bytes.delimited()?),
            FOUR => drop(bytes.take(4)?),
            GROUP if open < GROUPS_MAX => open += 1,
            4 if open > 0 => open -= 1,
            _ => return Err(Damage::new("a field has no known wire type")),
        }
        if open == 0 {
            return Ok(());
        }
        wire = bytes.varint()? & 7;
    }
}
