//! MAP columns: the entries of all rows as one column of keys and one of values.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapArray, NullBufferBuilder, StructArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};
use millstream_types::{SqlType, arrow_type};

use super::{Column, Full, list::Offsets};

/// Up to this many keys are compared each with each, more are sorted: a payload cannot make that quadratic.
const PAIRWISE_MAX: usize = 16;

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
    pub(crate) fn new(key: &SqlType, value: &SqlType, any_case: bool) -> Self {
        let entries = Fields::from(vec![
            arrow::datatypes::Field::new("key", arrow_type(key), false),
            arrow::datatypes::Field::new("value", arrow_type(value), true),
        ]);
        Self {
            keys: Box::new(Column::of(key, any_case)),
            values: Box::new(Column::of(value, any_case)),
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

    /// Entries of all rows, that of the row being appended included.
    pub(crate) fn entry_count(&self) -> usize {
        self.keys.len()
    }

    /// Takes back entries of the row being appended: `count` stay in all.
    pub(crate) fn truncate_entries(&mut self, count: usize) {
        self.keys.truncate(count);
        self.values.truncate(count);
    }

    /// For each key of the row being appended whether it is the last of its kind; `None` when no key is there twice, and
    /// where keys are no texts.
    pub(crate) fn last_of_each(&self) -> Option<Vec<bool>> {
        let Column::Text(keys) = &*self.keys else { return None };
        let start = self.offsets.last();
        let count = keys.len().saturating_sub(start);
        let key = |i: usize| keys.get(start + i);
        if count <= PAIRWISE_MAX {
            let repeats = |i: usize| (i + 1..count).any(|later| key(later) == key(i));
            return (0..count).any(repeats).then(|| (0..count).map(|i| !repeats(i)).collect());
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_unstable_by(|&a, &b| key(a).cmp(key(b)).then(a.cmp(&b)));
        let mut last = vec![true; count];
        for pair in order.windows(2) {
            if let [earlier, later] = *pair
                && key(earlier) == key(later)
            {
                last[earlier] = false;
            }
        }
        last.contains(&false).then_some(last)
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
