//! Whole rows as bytes and back, for state that operators keep and for topics between the stages of a query: the values of
//! the columns one after the other, each as [`super::value`] has it.
//!
//! Equal rows have equal bytes. Which columns they have is not in the bytes: whoever reads them knows the schema.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::bytes::Reader;
use super::value::put;
use super::value_column::ValueColumn;
use crate::Error;
use crate::values::Values;

/// Rows to be written.
#[derive(Debug)]
pub struct RowWriter<'a>(Vec<Values<'a>>);

impl<'a> RowWriter<'a> {
    /// The rows of these columns.
    ///
    /// # Errors
    /// [`Error::Fatal`] for a column of an Arrow type that no SQL type has.
    pub fn of(columns: &'a [ArrayRef]) -> Result<Self, Error> {
        Ok(Self(columns.iter().map(|column| Values::of(column.as_ref())).collect::<Result<_, _>>()?))
    }

    /// Appends the row of that number.
    pub fn put(&self, row: usize, out: &mut Vec<u8>) {
        self.0.iter().for_each(|values| put(values, row, out));
    }
}

/// Columns under construction from rows that are kept as bytes.
#[derive(Debug)]
pub struct RowReader(Vec<ValueColumn>);

impl RowReader {
    /// Columns of these types, without rows.
    ///
    /// # Errors
    /// [`Error::Fatal`] for an Arrow type that no SQL type has.
    pub fn of<'t>(types: impl IntoIterator<Item = &'t DataType>) -> Result<Self, Error> {
        Ok(Self(types.into_iter().map(ValueColumn::of).collect::<Result<_, _>>()?))
    }

    /// Appends a row.
    ///
    /// # Errors
    /// [`Error::Fatal`] when the bytes are no row of these columns, [`Error::Data`] when a column gets too large. The
    /// columns are of no use then.
    pub fn push(&mut self, row: &[u8]) -> Result<(), Error> {
        let mut bytes = Reader::of(row);
        self.0.iter_mut().try_for_each(|column| column.read(&mut bytes))?;
        bytes.end()
    }

    /// Appends a row of nulls.
    ///
    /// # Errors
    /// [`Error::Data`] when a column gets too large.
    pub fn push_nulls(&mut self) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(ValueColumn::null)
    }

    /// The columns.
    ///
    /// # Errors
    /// [`Error::Fatal`] when a text is not UTF-8 or a number is out of its type.
    pub fn finish(self) -> Result<Vec<ArrayRef>, Error> {
        self.0.into_iter().map(ValueColumn::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, BooleanArray, Int32Array, ListArray, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn columns() -> Vec<ArrayRef> {
        vec![
            Arc::new(Int32Array::from(vec![Some(1), None, Some(-7)])),
            Arc::new(StringArray::from(vec![Some("a"), Some(""), None])),
            Arc::new(BooleanArray::from(vec![None, Some(true), Some(false)])),
            Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
                Some(vec![Some(1), None]),
                None,
                Some(vec![]),
            ])),
        ]
    }

    fn reader(columns: &[ArrayRef]) -> RowReader {
        RowReader::of(columns.iter().map(|c| c.data_type())).unwrap()
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let columns = columns();
        let writer = RowWriter::of(&columns).unwrap();
        let mut reader = reader(&columns);
        for row in 0..3 {
            let mut bytes = Vec::new();
            writer.put(row, &mut bytes);
            reader.push(&bytes).unwrap();
        }
        reader.push_nulls().unwrap();
        let read = reader.finish().unwrap();
        for (read, written) in read.iter().zip(&columns) {
            assert_eq!(&read.slice(0, 3), written);
            assert!(read.is_null(3));
        }
    }

    #[test]
    fn damaged_rows_are_refused() {
        let columns = columns();
        let mut bytes = Vec::new();
        RowWriter::of(&columns).unwrap().put(0, &mut bytes);
        for length in 0..bytes.len() {
            assert!(reader(&columns).push(&bytes[..length]).is_err(), "{length}");
        }
        bytes.push(0);
        assert!(reader(&columns).push(&bytes).is_err());
    }
}
