//! MAP columns: the entries of all rows as one column of keys and one of values.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapArray, NullBufferBuilder, StructArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};
use millstream_types::{SqlType, arrow_type};

use super::{Column, Full, list::Offsets};

/// A MAP column.
#[derive(Debug)]
pub(crate) struct MapColumn {
    keys: Box<Column>,
    values: Box<Column>,
    offsets: Offsets,
    validity: NullBufferBuilder,
    /// `entries`, a struct of `key` and `value`.
    field: FieldRef,
    entries: Fields,
}

impl MapColumn {
    /// An empty column of maps from `key` to `value`.
    pub(crate) fn new(key: &SqlType, value: &SqlType) -> Self {
        let entries = Fields::from(vec![
            arrow::datatypes::Field::new("key", arrow_type(key), false),
            arrow::datatypes::Field::new("value", arrow_type(value), true),
        ]);
        Self {
            keys: Box::new(Column::new(key)),
            values: Box::new(Column::new(value)),
            offsets: Offsets::default(),
            validity: NullBufferBuilder::new(0),
            field: Arc::new(arrow::datatypes::Field::new("entries", DataType::Struct(entries.clone()), false)),
            entries,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.rows()
    }

    /// The columns to append one key and one value per entry to (keys are never null); [`MapColumn::end`] closes the
    /// row.
    pub(crate) fn entries(&mut self) -> (&mut Column, &mut Column) {
        (&mut self.keys, &mut self.values)
    }

    /// Entries of all rows that ended: where the entries of the row being appended begin.
    pub(crate) fn row_start(&self) -> usize {
        self.offsets.last()
    }

    /// Closes the row of all entries appended since the last one ended.
    pub(crate) fn end(&mut self) -> Result<(), Full> {
        self.offsets.end(self.keys.len())?;
        self.validity.append_non_null();
        Ok(())
    }

    pub(crate) fn push_null(&mut self) {
        self.offsets.end_empty();
        self.validity.append_null();
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows);
        self.keys.truncate(self.offsets.last());
        self.values.truncate(self.offsets.last());
        self.validity.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets.take()));
        let entries = StructArray::new(self.entries.clone(), vec![self.keys.finish(), self.values.finish()], None);
        Arc::new(MapArray::new(Arc::clone(&self.field), offsets, entries, self.validity.finish(), false))
    }
}
