//! STRING columns: all text back to back, and where each row's ends.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullBufferBuilder, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::{Full, list::Offsets};

/// A STRING column.
#[derive(Debug)]
pub(crate) struct TextColumn {
    /// A `String`, so that nothing but UTF-8 can ever get in.
    values: String,
    offsets: Offsets,
    validity: NullBufferBuilder,
}

impl Default for TextColumn {
    fn default() -> Self {
        Self { values: String::new(), offsets: Offsets::default(), validity: NullBufferBuilder::new(0) }
    }
}

impl TextColumn {
    pub(crate) fn len(&self) -> usize {
        self.offsets.rows()
    }

    #[inline]
    pub(crate) fn push(&mut self, value: &str) -> Result<(), Full> {
        self.values.push_str(value);
        self.end()
    }

    /// The text to append a row's pieces to; [`TextColumn::end`] closes the row.
    pub(crate) fn buffer(&mut self) -> &mut String {
        &mut self.values
    }

    /// Closes the row of all text appended since the last one ended.
    #[inline]
    pub(crate) fn end(&mut self) -> Result<(), Full> {
        self.offsets.end(self.values.len())?;
        self.validity.append_non_null();
        Ok(())
    }

    pub(crate) fn push_null(&mut self) {
        self.offsets.end_empty();
        self.validity.append_null();
    }

    /// The text of a row that was appended; empty for one that was not.
    pub(crate) fn get(&self, row: usize) -> &str {
        self.offsets.range(row).and_then(|range| self.values.get(range)).unwrap_or_default()
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows);
        self.values.truncate(self.offsets.last());
        self.validity.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let next = String::with_capacity(self.values.len().min(super::RESERVE_MAX));
        let values = std::mem::replace(&mut self.values, next).into_bytes();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets.take()));
        Arc::new(StringArray::new(offsets, Buffer::from_vec(values), self.validity.finish()))
    }
}
