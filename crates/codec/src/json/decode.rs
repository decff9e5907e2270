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
///
/// Stricter than ksqlDB in one point: its reader stops after the first value, ours refuses a payload that goes on after
/// it, because half of such a record would be lost without a trace.
#[derive(Debug)]
pub(super) struct JsonDecoder {
    row: StructColumn,
    /// Whether a payload is an object of columns, rather than the one column's value itself.
    wrapped: bool,
}

impl JsonDecoder {
    pub(super) fn new<'a>(used: impl Iterator<Item = &'a Declared> + Clone, wrapped: bool) -> Self {
        Self { row: StructColumn::new(used.map(|c| (c.name.as_str(), &c.ty))), wrapped }
    }

    fn read(&mut self, text: &str) -> Result<(), Fault> {
        let mut scanner = Scanner::new(text.strip_prefix('\u{feff}').unwrap_or(text));
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
        } else if scanner.peek() == b'n' {
            scanner.word("null")?;
            self.row.push_null();
        } else {
            object(&mut scanner, &mut self.row)?;
        }
        scanner.end()
    }
}

impl Decoder for JsonDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<(), Rejected> {
        let Some(bytes) = payload else {
            self.row.push_null();
            return Ok(());
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
