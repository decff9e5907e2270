//! The decoder of JSON payloads.

use arrow::array::ArrayRef;
use millstream_types::Column as Declared;

use super::fault::Fault;
use super::read::{object, read};
use super::scan::Scanner;
use super::skip::skip;
use crate::column::{Filled, StructColumn};
use crate::{Decoder, Rejected};

/// Reads payloads into the columns that are used. Other members of a payload are skipped; only their syntax is checked.
/// As in ksqlDB, a payload is its first value: what follows that is not looked at.
#[derive(Debug)]
pub(super) struct JsonDecoder {
    row: StructColumn,
    /// Whether a payload is an object of columns, rather than the one column's value itself.
    wrapped: bool,
}

impl JsonDecoder {
    /// `any_case`: names match whatever case the columns' have.
    pub(super) fn new<'a>(used: impl Iterator<Item = &'a Declared> + Clone, wrapped: bool, any_case: bool) -> Self {
        Self { row: StructColumn::of(used.map(|c| (c.name.as_str(), &c.ty)), any_case), wrapped }
    }

    /// Appends the row of a payload; says whether it held one.
    fn read(&mut self, text: &str) -> Result<bool, Fault> {
        let mut scanner = Scanner::new(text.strip_prefix('\u{feff}').unwrap_or(text));
        let first = scanner.peek();
        if !self.wrapped {
            let row = self.row.open();
            match (row.columns.first_mut(), row.filled.first_mut()) {
                (Some(column), Some(filled)) => {
                    *filled = Filled::Exact;
                    read(&mut scanner, column)?;
                }
                _ => skip(&mut scanner)?,
            }
            self.row.end();
        } else if first == b'n' {
            scanner.word("null")?;
            self.row.push_null();
        } else {
            object(&mut scanner, &mut self.row)?;
        }
        scanner.end(first)?;
        Ok(!self.wrapped || first != b'n')
    }
}

impl Decoder for JsonDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        let Some(bytes) = payload else {
            self.row.push_null();
            return Ok(false);
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Rejected(format!("$: not valid UTF-8 at byte {}", e.valid_up_to())))?;
        let rows = self.row.len();
        self.read(text).map_err(|fault| {
            self.row.truncate(rows);
            Rejected(fault.to_string())
        })
    }

    fn rows(&self) -> usize {
        self.row.len()
    }

    fn truncate(&mut self, rows: usize) {
        self.row.truncate(rows);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.row.finish_fields()
    }
}
