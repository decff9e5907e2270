//! Collections taken apart into columns of elements, and put together again.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType;

use crate::{Error, java_order};

/// The elements of a column of lists, or the entries of a column of maps, one after the other.
pub(crate) struct Elements {
    /// The elements: one array for lists, keys and values for maps.
    pub(crate) columns: Vec<ArrayRef>,
    /// Where the elements of each row begin and end.
    pub(crate) offsets: OffsetBuffer<i32>,
    /// Which rows have a collection at all.
    pub(crate) nulls: Option<NullBuffer>,
}

impl Elements {
    /// The elements of a list or map column. Null rows have none.
    ///
    /// Error: the column is neither.
    pub(crate) fn of(collections: &ArrayRef) -> Result<Self, Error> {
        let (offsets, columns) = match collections.data_type() {
            DataType::List(_) => {
                let lists = collections.as_list::<i32>();
                (lists.offsets().clone(), vec![ArrayRef::clone(lists.values())])
            }
            DataType::Map(..) => {
                let maps = collections.as_map();
                (maps.offsets().clone(), vec![ArrayRef::clone(maps.keys()), ArrayRef::clone(maps.values())])
            }
            other => return Err(Error::Fatal(format!("{other} has no elements"))),
        };
        let nulls = collections.nulls().cloned();
        let length = columns.first().map_or(0, |c| c.len());
        let whole =
            offsets.first() == Some(&0) && offsets.last().and_then(|o| usize::try_from(*o).ok()) == Some(length);
        let hidden = |row: usize| collections.is_null(row) && offsets.get(row) != offsets.get(row + 1);
        if whole && (collections.null_count() == 0 || !(0..collections.len()).any(hidden)) {
            return Ok(Self { columns, offsets, nulls });
        }
        let mut places: Vec<u32> = Vec::with_capacity(length);
        let mut lengths = Vec::with_capacity(collections.len());
        for (row, bounds) in offsets.windows(2).enumerate() {
            let [start, end] = ends(bounds);
            let length = if collections.is_null(row) { 0 } else { end - start };
            lengths.push(length);
            places.extend((start..start + length).map(|place| place as u32));
        }
        let places = UInt32Array::from(places);
        let columns = columns.iter().map(|c| take(c, &places, None)).collect::<Result<_, _>>()?;
        Ok(Self { columns, offsets: OffsetBuffer::from_lengths(lengths), nulls })
    }

    /// The row of each element.
    pub(crate) fn rows(&self) -> UInt32Array {
        let mut rows: Vec<u32> = Vec::with_capacity(self.len());
        for (row, bounds) in self.offsets.windows(2).enumerate() {
            let [start, end] = ends(bounds);
            rows.extend(std::iter::repeat_n(row as u32, end - start));
        }
        UInt32Array::from(rows)
    }

    /// The same with the entries of each map in the order in which ksqlDB walks them; lists stay as they are.
    pub(crate) fn in_java_order(self) -> Result<Self, Error> {
        let [keys, _] = self.columns.as_slice() else { return Ok(self) };
        let mut places: Vec<u32> = Vec::with_capacity(self.len());
        for bounds in self.offsets.windows(2) {
            let [start, end] = ends(bounds);
            places.extend(java_order(keys, start..end).into_iter().map(|place| place as u32));
        }
        let places = UInt32Array::from(places);
        let columns = self.columns.iter().map(|c| take(c, &places, None)).collect::<Result<_, _>>()?;
        Ok(Self { columns, ..self })
    }

    /// How many elements there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.first().map_or(0, |c| c.len())
    }

    /// Lists with these elements in place of the present ones, in type `ty`.
    pub(crate) fn lists(&self, ty: &DataType, elements: ArrayRef) -> Result<ArrayRef, Error> {
        lists(ty, self.offsets.clone(), elements, self.nulls.clone())
    }

    /// Maps with these entries in place of the present ones, in type `ty`.
    pub(crate) fn maps(&self, ty: &DataType, keys: ArrayRef, values: ArrayRef) -> Result<ArrayRef, Error> {
        maps(ty, self.offsets.clone(), keys, values, self.nulls.clone())
    }

    /// The collections with only the elements at these ascending places, in type `ty`.
    pub(crate) fn kept(&self, ty: &DataType, places: &[u32]) -> Result<ArrayRef, Error> {
        let mut lengths = vec![0usize; self.offsets.len().saturating_sub(1)];
        let rows = self.rows();
        for place in places {
            let row = rows.value(*place as usize) as usize;
            if let Some(length) = lengths.get_mut(row) {
                *length += 1;
            }
        }
        let places = UInt32Array::from(places.to_vec());
        let mut columns = self.columns.iter().map(|c| take(c, &places, None));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let mut next =
            || columns.next().unwrap_or_else(|| Err(arrow::error::ArrowError::ComputeError("no column".into())));
        match ty {
            DataType::Map(..) => maps(ty, offsets, next()?, next()?, self.nulls.clone()),
            _ => lists(ty, offsets, next()?, self.nulls.clone()),
        }
    }
}

/// Two offsets next to each other.
fn ends(bounds: &[i32]) -> [usize; 2] {
    [0, 1].map(|i| bounds.get(i).map_or(0, |offset| usize::try_from(*offset).unwrap_or(0)))
}

fn lists(
    ty: &DataType,
    offsets: OffsetBuffer<i32>,
    elements: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, Error> {
    let DataType::List(field) = ty else { return Err(Error::Fatal(format!("{ty} is not a list"))) };
    Ok(Arc::new(ListArray::try_new(Arc::clone(field), offsets, elements, nulls)?))
}

fn maps(
    ty: &DataType,
    offsets: OffsetBuffer<i32>,
    keys: ArrayRef,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, Error> {
    let DataType::Map(field, _) = ty else { return Err(Error::Fatal(format!("{ty} is not a map"))) };
    let DataType::Struct(fields) = field.data_type() else {
        return Err(Error::Fatal(format!("{ty} has no entries")));
    };
    let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, false)?))
}
