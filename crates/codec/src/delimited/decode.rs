//! The decoder of DELIMITED payloads.

use arrow::array::ArrayRef;
use millstream_types::Column as Declared;

use super::fields::{Field, Fields};
use super::{Separator, value};
use crate::column::Column;
use crate::{Decoder, Rejected};

/// Reads payloads into the columns that are used. The other fields are counted but not parsed.
#[derive(Debug)]
pub(super) struct DelimitedDecoder {
    separator: Separator,
    /// For each field where its value goes: a position in `columns`.
    targets: Vec<Option<usize>>,
    columns: Vec<Column>,
    /// Names of `columns`.
    names: Vec<String>,
    rows: usize,
    /// A field's text with its doubled quotes made single; kept to reuse its memory.
    unquoted: String,
}

impl DelimitedDecoder {
    pub(super) fn new(declared: &[Declared], used: &[usize], separator: Separator) -> Self {
        let used_columns = || used.iter().filter_map(|&i| declared.get(i));
        Self {
            separator,
            targets: (0..declared.len()).map(|field| used.iter().position(|&u| u == field)).collect(),
            columns: used_columns().map(|c| Column::new(&c.ty)).collect(),
            names: used_columns().map(|c| c.name.clone()).collect(),
            rows: 0,
            unquoted: String::new(),
        }
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        let mut fields = Fields::new(text, self.separator);
        let mut count = 0;
        while let Some(field) = fields.next()? {
            if let Some(Some(target)) = self.targets.get(count).copied()
                && let Some(column) = self.columns.get_mut(target)
            {
                push(column, field, &mut self.unquoted).map_err(|e| {
                    let name = self.names.get(target).map_or("", String::as_str);
                    format!("field {} (`{name}`): {e}", count + 1)
                })?;
            }
            count += 1;
        }
        match (count, self.targets.len()) {
            (0, _) => Err("No fields in record".to_owned()),
            (got, expected) if got != expected => {
                Err(format!("Column count mismatch on deserialization. expected: {expected}, got: {got}"))
            }
            _ => Ok(()),
        }
    }
}

/// Appends a field's value; an empty one is null.
#[inline]
fn push(column: &mut Column, field: Field<'_>, unquoted: &mut String) -> Result<(), String> {
    if field.text.is_empty() {
        column.push_null();
        return Ok(());
    }
    if !field.doubled {
        return value::push(column, field.text);
    }
    unquoted.clear();
    let mut pieces = field.text.split("\"\"");
    unquoted.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        unquoted.push('"');
        unquoted.push_str(piece);
    }
    value::push(column, unquoted)
}

impl Decoder for DelimitedDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        let Some(bytes) = payload else {
            self.columns.iter_mut().for_each(Column::push_null);
            self.rows += 1;
            return Ok(false);
        };
        let read = match std::str::from_utf8(bytes) {
            Ok(text) => self.read(text),
            Err(e) => Err(format!("not valid UTF-8 at byte {}", e.valid_up_to())),
        };
        if let Err(reason) = read {
            self.truncate(self.rows);
            return Err(Rejected(reason));
        }
        self.rows += 1;
        Ok(true)
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        for column in &mut self.columns {
            column.truncate(self.rows);
        }
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.rows = 0;
        self.columns.iter_mut().map(Column::finish).collect()
    }
}
