//! ARRAY columns, and the offsets by which every column of varying length tells its rows apart.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, NullBufferBuilder};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use millstream_types::{SqlType, arrow_field};

use super::{Column, Full};

/// Where rows end in a run of bytes or items: `rows + 1` positions, the first 0.
#[derive(Debug)]
pub(super) struct Offsets(Vec<i32>);

impl Default for Offsets {
    fn default() -> Self {
        Self(vec![0])
    }
}

impl Offsets {
    pub(super) fn rows(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Where the last row ends.
    pub(super) fn last(&self) -> usize {
        self.0.last().map_or(0, |&end| end as usize)
    }

    /// Ends a row at `end`.
    #[inline]
    pub(super) fn end(&mut self, end: usize) -> Result<(), Full> {
        self.0.push(i32::try_from(end).map_err(|_| Full)?);
        Ok(())
    }

    /// Ends a row that holds nothing.
    pub(super) fn end_empty(&mut self) {
        self.0.push(self.0.last().copied().unwrap_or(0));
    }

    /// What belongs to a row; `None` past the last one.
    pub(super) fn range(&self, row: usize) -> Option<Range<usize>> {
        Some(*self.0.get(row)? as usize..*self.0.get(row + 1)? as usize)
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows + 1);
    }

    /// All offsets; there are no rows afterwards.
    pub(super) fn take(&mut self) -> Vec<i32> {
        let offsets = super::take(&mut self.0);
        self.0.push(0);
        offsets
    }
}

/// An ARRAY column: the items of all rows in one column.
#[derive(Debug)]
pub(crate) struct ListColumn {
    items: Box<Column>,
    offsets: Offsets,
    validity: NullBufferBuilder,
    field: FieldRef,
}

impl ListColumn {
    /// An empty column of arrays of `item`.
    pub(crate) fn new(item: &SqlType, any_case: bool) -> Self {
        Self {
            items: Box::new(Column::of(item, any_case)),
            offsets: Offsets::default(),
            validity: NullBufferBuilder::new(0),
            field: Arc::new(arrow_field("item", item)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.rows()
    }

    /// The column to append a row's items to; [`ListColumn::end`] closes the row.
    pub(crate) fn items(&mut self) -> &mut Column {
        &mut self.items
    }

    /// Closes the row of all items appended since the last one ended.
    pub(crate) fn end(&mut self) -> Result<(), Full> {
        self.offsets.end(self.items.len())?;
        self.validity.append_non_null();
        Ok(())
    }

    pub(crate) fn push_null(&mut self) {
        self.offsets.end_empty();
        self.validity.append_null();
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows);
        self.items.truncate(self.offsets.last());
        self.validity.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets.take()));
        Arc::new(ListArray::new(Arc::clone(&self.field), offsets, self.items.finish(), self.validity.finish()))
    }
}
