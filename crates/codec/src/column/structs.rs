//! STRUCT columns; a whole row of a side is one, too.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullBufferBuilder, StructArray};
use arrow::datatypes::Fields;
use millstream_types::{SqlType, arrow_field};

use super::{Column, Names};

/// How a field of the row being appended got its value, where formats find fields by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// Not yet: it will be null.
    No,
    /// By a name that matched after folding its case.
    Folded,
    /// By its very name: only the same name again may replace that value.
    Exact,
}

/// A STRUCT column: one column per field.
#[derive(Debug)]
pub(crate) struct StructColumn {
    fields: Fields,
    columns: Vec<Column>,
    validity: NullBufferBuilder,
    names: Names,
    filled: Vec<Filled>,
}

/// The parts of a [`StructColumn`] that a decoder works on while it appends one row.
pub(crate) struct OpenRow<'c> {
    pub(crate) columns: &'c mut [Column],
    pub(crate) names: &'c mut Names,
    pub(crate) filled: &'c mut [Filled],
    pub(crate) fields: &'c Fields,
    /// How many rows there are without this one.
    pub(crate) row: usize,
}

impl StructColumn {
    /// An empty column of structs with these fields.
    pub(crate) fn new<'a>(fields: impl Iterator<Item = (&'a str, &'a SqlType)> + Clone) -> Self {
        Self::of(fields, false)
    }

    /// The same; `any_case`: names match whatever case they have.
    pub(crate) fn of<'a>(fields: impl Iterator<Item = (&'a str, &'a SqlType)> + Clone, any_case: bool) -> Self {
        let columns: Vec<Column> = fields.clone().map(|(_, ty)| Column::of(ty, any_case)).collect();
        Self {
            fields: fields.clone().map(|(name, ty)| arrow_field(name, ty)).collect(),
            filled: vec![Filled::No; columns.len()],
            columns,
            validity: NullBufferBuilder::new(0),
            names: Names::new(fields.map(|(name, _)| name), any_case),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.validity.len()
    }

    /// Begins a row: the decoder appends one value to some of the columns and marks them as filled, then calls
    /// [`StructColumn::end`].
    pub(crate) fn open(&mut self) -> OpenRow<'_> {
        self.filled.fill(Filled::No);
        OpenRow {
            row: self.validity.len(),
            columns: &mut self.columns,
            names: &mut self.names,
            filled: &mut self.filled,
            fields: &self.fields,
        }
    }

    /// Ends the row: fields that were not filled are null.
    pub(crate) fn end(&mut self) {
        for (column, filled) in self.columns.iter_mut().zip(&self.filled) {
            if *filled == Filled::No {
                column.push_null();
            }
        }
        self.validity.append_non_null();
    }

    pub(crate) fn push_null(&mut self) {
        for column in &mut self.columns {
            column.push_null();
        }
        self.validity.append_null();
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        for column in &mut self.columns {
            column.truncate(rows);
        }
        self.validity.truncate(rows);
    }

    /// The arrays of the fields, without the validity of the structs themselves; the column is empty again.
    pub(crate) fn finish_fields(&mut self) -> Vec<ArrayRef> {
        self.validity.finish();
        self.columns.iter_mut().map(Column::finish).collect()
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let rows = self.len();
        let nulls = self.validity.finish();
        if self.columns.is_empty() {
            return Arc::new(StructArray::new_empty_fields(rows, nulls));
        }
        let columns = self.columns.iter_mut().map(Column::finish).collect();
        Arc::new(StructArray::new(self.fields.clone(), columns, nulls))
    }
}
