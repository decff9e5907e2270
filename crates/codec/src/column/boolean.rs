//! BOOLEAN columns: one bit a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, BooleanBufferBuilder, NullBufferBuilder};

/// A BOOLEAN column.
pub(crate) struct BooleanColumn {
    values: BooleanBufferBuilder,
    validity: NullBufferBuilder,
}

impl Default for BooleanColumn {
    fn default() -> Self {
        Self { values: BooleanBufferBuilder::new(0), validity: NullBufferBuilder::new(0) }
    }
}

impl std::fmt::Debug for BooleanColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BooleanColumn({} rows)", self.len())
    }
}

impl BooleanColumn {
    pub(crate) fn len(&self) -> usize {
        self.validity.len()
    }

    pub(crate) fn push(&mut self, value: bool) {
        self.values.append(value);
        self.validity.append_non_null();
    }

    pub(crate) fn push_null(&mut self) {
        self.values.append(false);
        self.validity.append_null();
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.validity.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        Arc::new(BooleanArray::new(self.values.finish(), self.validity.finish()))
    }
}
