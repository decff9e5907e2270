//! Columns of values of one fixed width: numbers, decimals, dates and times.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, NullBufferBuilder, PrimitiveArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::DataType;
use millstream_types::{SqlType, arrow_type};

/// A column of fixed-width values.
#[derive(Debug)]
pub(crate) struct PrimitiveColumn<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    validity: NullBufferBuilder,
    /// With the parameters that `T` does not fix: precision and scale.
    data_type: DataType,
}

impl<T: ArrowPrimitiveType> PrimitiveColumn<T> {
    /// An empty column of `ty`, whose Arrow type must be of kind `T`.
    pub(crate) fn new(ty: &SqlType) -> Self {
        Self { values: Vec::new(), validity: NullBufferBuilder::new(0), data_type: arrow_type(ty) }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, value: T::Native) {
        self.values.push(value);
        self.validity.append_non_null();
    }

    pub(crate) fn push_null(&mut self) {
        self.values.push(T::Native::default());
        self.validity.append_null();
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.validity.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let values = ScalarBuffer::from(super::take(&mut self.values));
        Arc::new(PrimitiveArray::<T>::new(values, self.validity.finish()).with_data_type(self.data_type.clone()))
    }
}
