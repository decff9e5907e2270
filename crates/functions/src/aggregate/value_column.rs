//! An Arrow array of any type under construction, from values that are kept as bytes (see [`super::value`]).

use std::sync::Arc;

use arrow::array::{
    ArrayData, ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, ListArray, MapArray, NullBufferBuilder,
    StringArray, StructArray, make_array,
};
use arrow::buffer::{MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;

use super::bytes::{Reader, damaged};
use crate::Error;
use crate::lists::check_length;
use crate::text_column::check_size;

/// The array: which values are null, and what they are.
#[derive(Debug)]
pub(super) struct ValueColumn {
    ty: DataType,
    nulls: NullBufferBuilder,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Boolean(BooleanBufferBuilder),
    /// Values of so many bytes each, as they stand in memory.
    Fixed(usize, MutableBuffer),
    /// STRING and BYTES.
    Runs(Vec<i32>, Vec<u8>),
    List(Vec<i32>, Box<ValueColumn>),
    Map(Vec<i32>, Box<ValueColumn>, Box<ValueColumn>),
    Struct(Vec<ValueColumn>),
}

impl ValueColumn {
    /// An empty array of that type.
    ///
    /// Errors: [`Error::Fatal`] for an Arrow type that no SQL type has.
    pub(super) fn of(ty: &DataType) -> Result<Self, Error> {
        let none = || Error::Fatal(format!("no SQL type is {ty}"));
        let boxed = |ty: &DataType| Ok::<_, Error>(Box::new(Self::of(ty)?));
        let kind = match ty {
            DataType::Boolean => Kind::Boolean(BooleanBufferBuilder::new(0)),
            DataType::Utf8 | DataType::Binary => Kind::Runs(vec![0], Vec::new()),
            DataType::List(item) => Kind::List(vec![0], boxed(item.data_type())?),
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) => match fields.iter().as_slice() {
                    [key, value] => Kind::Map(vec![0], boxed(key.data_type())?, boxed(value.data_type())?),
                    _ => return Err(none()),
                },
                _ => return Err(none()),
            },
            DataType::Struct(fields) => {
                Kind::Struct(fields.iter().map(|f| Self::of(f.data_type())).collect::<Result<_, _>>()?)
            }
            other => Kind::Fixed(other.primitive_width().ok_or_else(none)?, MutableBuffer::new(0)),
        };
        Ok(Self { ty: ty.clone(), nulls: NullBufferBuilder::new(0), kind })
    }

    /// Appends the value that stands first in `bytes`.
    ///
    /// Errors: [`Error::Fatal`] when it is damaged, [`Error::Data`] when the array gets too large.
    pub(super) fn read(&mut self, bytes: &mut Reader<'_>) -> Result<(), Error> {
        if !bytes.flag()? {
            return self.null();
        }
        self.nulls.append_non_null();
        match &mut self.kind {
            Kind::Boolean(values) => values.append(bytes.flag()?),
            Kind::Fixed(width, values) => values.extend_from_slice(bytes.take(*width)?),
            Kind::Runs(offsets, values) => {
                let length = bytes.count()?;
                check_size(values.len() + length, length)?;
                values.extend_from_slice(bytes.take(length)?);
                offsets.push(values.len() as i32);
            }
            Kind::List(offsets, items) => {
                let count = bytes.count()?;
                for _ in 0..count {
                    items.read(bytes)?;
                }
                end(offsets, count)?;
            }
            Kind::Map(offsets, keys, values) => {
                let count = bytes.count()?;
                for _ in 0..count {
                    keys.read(bytes)?;
                    values.read(bytes)?;
                }
                end(offsets, count)?;
            }
            Kind::Struct(fields) => fields.iter_mut().try_for_each(|field| field.read(bytes))?,
        }
        Ok(())
    }

    /// Appends a null.
    pub(super) fn null(&mut self) -> Result<(), Error> {
        self.nulls.append_null();
        match &mut self.kind {
            Kind::Boolean(values) => values.append(false),
            Kind::Fixed(width, values) => values.extend_zeros(*width),
            Kind::Runs(offsets, _) | Kind::List(offsets, _) | Kind::Map(offsets, ..) => end(offsets, 0)?,
            Kind::Struct(fields) => fields.iter_mut().try_for_each(Self::null)?,
        }
        Ok(())
    }

    /// The array.
    pub(super) fn finish(mut self) -> Result<ArrayRef, Error> {
        let length = self.nulls.len();
        let nulls = self.nulls.finish();
        array(&self.ty, length, nulls, self.kind)
    }
}

/// Ends a collection or a run of bytes that is `count` longer than the array was.
fn end(offsets: &mut Vec<i32>, count: usize) -> Result<(), Error> {
    let length = offsets.last().map_or(0, |o| *o as usize) + count;
    check_length(length, count)?;
    offsets.push(i32::try_from(length).map_err(|_| damaged())?);
    Ok(())
}

fn array(ty: &DataType, length: usize, nulls: Option<NullBuffer>, kind: Kind) -> Result<ArrayRef, Error> {
    let bounds = |offsets: Vec<i32>| OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(match (kind, ty) {
        (Kind::Boolean(mut values), _) => Arc::new(BooleanArray::new(values.finish(), nulls)),
        (Kind::Fixed(_, values), ty) => {
            let data = ArrayData::builder(ty.clone()).len(length).nulls(nulls).add_buffer(values.into());
            make_array(data.build()?)
        }
        (Kind::Runs(offsets, values), DataType::Utf8) => {
            Arc::new(StringArray::try_new(bounds(offsets), values.into(), nulls)?)
        }
        (Kind::Runs(offsets, values), _) => Arc::new(BinaryArray::try_new(bounds(offsets), values.into(), nulls)?),
        (Kind::List(offsets, items), DataType::List(field)) => {
            Arc::new(ListArray::try_new(Arc::clone(field), bounds(offsets), items.finish()?, nulls)?)
        }
        (Kind::Map(offsets, keys, values), DataType::Map(field, ordered)) => {
            let DataType::Struct(fields) = field.data_type() else { return Err(damaged()) };
            let entries = StructArray::try_new(fields.clone(), vec![keys.finish()?, values.finish()?], None)?;
            Arc::new(MapArray::try_new(Arc::clone(field), bounds(offsets), entries, nulls, *ordered)?)
        }
        (Kind::Struct(columns), DataType::Struct(fields)) => {
            let columns = columns.into_iter().map(ValueColumn::finish).collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, length)?)
        }
        (_, ty) => return Err(Error::Fatal(format!("no SQL type is {ty}"))),
    })
}

/// A column of arrays of kept values under construction.
#[derive(Debug)]
pub(super) struct ListOut {
    nulls: NullBufferBuilder,
    offsets: Vec<i32>,
    items: ValueColumn,
    ty: DataType,
}

impl ListOut {
    /// Arrays of type `ty`.
    pub(super) fn of(ty: &DataType) -> Result<Self, Error> {
        let DataType::List(field) = ty else { return Err(Error::Fatal(format!("{ty} is not a list"))) };
        let items = ValueColumn::of(field.data_type())?;
        Ok(Self { nulls: NullBufferBuilder::new(0), offsets: vec![0], items, ty: ty.clone() })
    }

    /// Appends an array of `count` values, which stand one after the other.
    pub(super) fn push(&mut self, count: usize, values: &[u8]) -> Result<(), Error> {
        let mut values = Reader::of(values);
        for _ in 0..count {
            self.items.read(&mut values)?;
        }
        self.nulls.append_non_null();
        end(&mut self.offsets, count)
    }

    /// Appends a null.
    pub(super) fn null(&mut self) -> Result<(), Error> {
        self.nulls.append_null();
        end(&mut self.offsets, 0)
    }

    pub(super) fn finish(mut self) -> Result<ArrayRef, Error> {
        let length = self.offsets.len() - 1;
        array(&self.ty, length, self.nulls.finish(), Kind::List(self.offsets, Box::new(self.items)))
    }
}
