//! Array and map arguments by row, and columns of arrays and maps whose elements are picked from other arrays.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::interleave;
use arrow::datatypes::DataType;

use crate::element_set::{ElementSet, Pick};
use crate::values::range;
use crate::{Arg, Error};

/// Most elements of one array that a function makes; a Kafka record holds far fewer.
const MAX_VALUE_ELEMENTS: usize = 1 << 23;

/// Most elements of all arrays of a batch. A larger batch is evaluated row by row.
const MAX_COLUMN_ELEMENTS: usize = 1 << 26;

/// Whether an array of `value` elements, or a batch of `column` elements, is small enough.
///
/// Errors: [`Error::Data`] when it is not.
pub(crate) fn check_length(column: usize, value: usize) -> Result<(), Error> {
    if value > MAX_VALUE_ELEMENTS {
        return Err(Error::Data(format!("The result has more than {MAX_VALUE_ELEMENTS} elements")));
    }
    if column > MAX_COLUMN_ELEMENTS {
        return Err(Error::Data(format!("The results of a batch have more than {MAX_COLUMN_ELEMENTS} elements")));
    }
    Ok(())
}

/// An argument that is an array.
#[derive(Debug)]
pub(crate) struct Lists<'a> {
    arg: &'a Arg,
    lists: &'a ListArray,
}

impl<'a> Lists<'a> {
    pub(crate) fn of(arg: &'a Arg) -> Result<Self, Error> {
        Ok(Self { arg, lists: downcast(arg)? })
    }

    /// The elements of all rows.
    pub(crate) fn elements(&self) -> &'a ArrayRef {
        self.lists.values()
    }

    /// Where the elements of `row` stand among them; `None` when the array is null.
    pub(crate) fn row(&self, row: usize) -> Option<Range<usize>> {
        let at = self.arg.index(row);
        self.lists.is_valid(at).then(|| range(self.lists.value_offsets(), at))
    }
}

/// An argument that is a map.
#[derive(Debug)]
pub(crate) struct Maps<'a> {
    arg: &'a Arg,
    maps: &'a MapArray,
}

impl<'a> Maps<'a> {
    pub(crate) fn of(arg: &'a Arg) -> Result<Self, Error> {
        Ok(Self { arg, maps: downcast(arg)? })
    }

    /// The keys of all rows.
    pub(crate) fn keys(&self) -> &'a ArrayRef {
        self.maps.keys()
    }

    /// The values of all rows.
    pub(crate) fn values(&self) -> &'a ArrayRef {
        self.maps.values()
    }

    /// Where the entries of `row` stand among them; `None` when the map is null.
    pub(crate) fn row(&self, row: usize) -> Option<Range<usize>> {
        let at = self.arg.index(row);
        self.maps.is_valid(at).then(|| range(self.maps.value_offsets(), at))
    }
}

fn downcast<A: 'static>(arg: &Arg) -> Result<&A, Error> {
    let array = arg.array();
    array.as_any().downcast_ref().ok_or_else(|| Error::Fatal(format!("unexpected argument type {}", array.data_type())))
}

/// Where each row's elements begin and end in a column under construction, and which rows are null.
#[derive(Debug)]
pub(crate) struct Bounds {
    offsets: Vec<i32>,
    valid: Vec<bool>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { offsets: vec![0], valid: Vec::new() }
    }
}

impl Bounds {
    /// Where the current row begins.
    pub(crate) fn start(&self) -> usize {
        self.offsets.last().map_or(0, |o| *o as usize)
    }

    /// Ends a row: the column has `length` elements now.
    pub(crate) fn end(&mut self, length: usize, valid: bool) -> Result<(), Error> {
        check_length(length, length - self.start())?;
        self.offsets.push(i32::try_from(length).map_err(|_| Error::Fatal("too many elements".into()))?);
        self.valid.push(valid);
        Ok(())
    }

    fn parts(self) -> (OffsetBuffer<i32>, Option<NullBuffer>) {
        (OffsetBuffer::new(ScalarBuffer::from(self.offsets)), Some(NullBuffer::from(self.valid)))
    }

    /// A column of arrays of these elements.
    pub(crate) fn list(self, elements: ArrayRef, returns: &DataType) -> Result<ArrayRef, Error> {
        let DataType::List(field) = returns else {
            return Err(Error::Fatal(format!("{returns} is not a list")));
        };
        let (offsets, nulls) = self.parts();
        Ok(Arc::new(ListArray::try_new(Arc::clone(field), offsets, elements, nulls)?))
    }

    /// A column of maps of these entries.
    pub(crate) fn map(self, keys: ArrayRef, values: ArrayRef, returns: &DataType) -> Result<ArrayRef, Error> {
        let no_map = || Error::Fatal(format!("{returns} is not a map"));
        let DataType::Map(field, ordered) = returns else { return Err(no_map()) };
        let DataType::Struct(fields) = field.data_type() else { return Err(no_map()) };
        let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
        let (offsets, nulls) = self.parts();
        Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *ordered)?))
    }
}

/// A column of arrays under construction: its elements are picked from other arrays.
#[derive(Debug, Default)]
pub(crate) struct ListColumn {
    picks: Vec<Pick>,
    bounds: Bounds,
}

impl ListColumn {
    /// Appends an element to the current array.
    pub(crate) fn push(&mut self, element: Pick) {
        self.picks.push(element);
    }

    /// Ends the current array.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.bounds.end(self.picks.len(), true)
    }

    /// Appends a null; nothing may have been pushed for it.
    pub(crate) fn null(&mut self) -> Result<(), Error> {
        self.bounds.end(self.picks.len(), false)
    }

    /// The column; `arrays` are those that the picks number.
    pub(crate) fn finish(self, arrays: &[&dyn Array], returns: &DataType) -> Result<ArrayRef, Error> {
        let elements = interleave(arrays, &self.picks)?;
        self.bounds.list(elements, returns)
    }
}

/// A column of maps under construction: its keys and values are picked from other arrays.
#[derive(Debug)]
pub(crate) struct MapColumn<'a> {
    keys: Vec<Pick>,
    values: Vec<Pick>,
    bounds: Bounds,
    /// Keys of the current map.
    set: ElementSet<'a>,
    key_arrays: Vec<&'a dyn Array>,
}

impl<'a> MapColumn<'a> {
    /// `key_arrays` are those that the picks of keys number.
    pub(crate) fn of(key_arrays: Vec<&'a dyn Array>) -> Result<Self, Error> {
        let set = ElementSet::of(&key_arrays)?;
        Ok(Self { keys: Vec::new(), values: Vec::new(), bounds: Bounds::default(), set, key_arrays })
    }

    /// Puts an entry into the current map. A key that is there already keeps its place and gets the new value.
    pub(crate) fn put(&mut self, key: Pick, value: Pick) {
        let (number, new) = self.set.insert(key);
        if new {
            self.keys.push(key);
            self.values.push(value);
        } else if let Some(slot) = self.values.get_mut(self.bounds.start() + number) {
            *slot = value;
        }
    }

    /// Ends the current map.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.set.clear();
        self.bounds.end(self.keys.len(), true)
    }

    /// Appends a null; nothing may have been put for it.
    pub(crate) fn null(&mut self) -> Result<(), Error> {
        self.bounds.end(self.keys.len(), false)
    }

    /// The column; `value_arrays` are those that the picks of values number.
    pub(crate) fn finish(self, value_arrays: &[&dyn Array], returns: &DataType) -> Result<ArrayRef, Error> {
        let keys = interleave(&self.key_arrays, &self.keys)?;
        let values = interleave(value_arrays, &self.values)?;
        self.bounds.map(keys, values, returns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_bounded() {
        assert!(check_length(MAX_COLUMN_ELEMENTS, MAX_VALUE_ELEMENTS).is_ok());
        assert!(check_length(MAX_COLUMN_ELEMENTS + 1, 1).is_err());
        let mut bounds = Bounds::default();
        assert!(bounds.end(MAX_VALUE_ELEMENTS, true).is_ok());
        let error = bounds.end(2 * MAX_VALUE_ELEMENTS + 1, true).unwrap_err();
        assert_eq!(error.to_string(), "The result has more than 8388608 elements");
    }
}
