//! BYTES columns: all bytes back to back, and where each row's end.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, NullBufferBuilder};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::{Full, list::Offsets};

/// A BYTES column.
#[derive(Debug)]
pub(crate) struct BinaryColumn {
    values: Vec<u8>,
    offsets: Offsets,
    validity: NullBufferBuilder,
}

impl Default for BinaryColumn {
    fn default() -> Self {
        Self { values: Vec::new(), offsets: Offsets::default(), validity: NullBufferBuilder::new(0) }
    }
}

impl BinaryColumn {
    pub(crate) fn len(&self) -> usize {
        self.offsets.rows()
    }

    pub(crate) fn push(&mut self, value: &[u8]) -> Result<(), Full> {
        self.values.extend_from_slice(value);
        self.end()
    }

    /// The bytes to append a row's to; [`BinaryColumn::end`] closes the row.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.values
    }

    /// Closes the row of all bytes appended since the last one ended.
    pub(crate) fn end(&mut self) -> Result<(), Full> {
        self.offsets.end(self.values.len())?;
        self.validity.append_non_null();
        Ok(())
    }

    pub(crate) fn push_null(&mut self) {
        self.offsets.end_empty();
        self.validity.append_null();
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows);
        self.values.truncate(self.offsets.last());
        self.validity.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let values = Buffer::from_vec(super::take(&mut self.values));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets.take()));
        Arc::new(BinaryArray::new(offsets, values, self.validity.finish()))
    }
}
