//! The NONE format, and a side without columns in any other: no bytes are read or written.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use millstream_types::Column;

use crate::{Decoder, Encoder, Payloads, Rejected, Unsupported, Unwritable};

/// Takes any payload for a row without columns.
#[derive(Debug, Default)]
pub(crate) struct NoneDecoder {
    rows: usize,
}

impl Decoder for NoneDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        self.rows += 1;
        Ok(payload.is_some())
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.rows = 0;
        Vec::new()
    }
}

/// Writes null payloads. Without columns the rows can only be counted by `absent`; when that is not given, none is
/// written, and the caller finds [`Payloads::get`] to be `None` all the same.
#[derive(Debug, Default)]
pub(crate) struct NoneEncoder;

impl Encoder for NoneEncoder {
    fn encode(&mut self, _: &[ArrayRef], absent: Option<&BooleanBuffer>, out: &mut Payloads) -> Result<(), Unwritable> {
        for _ in 0..absent.map_or(0, BooleanBuffer::len) {
            out.end_null();
        }
        Ok(())
    }
}

/// NONE takes no columns.
pub(crate) fn check(columns: &[Column]) -> Result<(), Unsupported> {
    if columns.is_empty() {
        return Ok(());
    }
    let columns = crate::columns_text(columns);
    Err(Unsupported(format!("The 'NONE' format can only be used when no columns are defined. Got: [{columns}]")))
}

#[cfg(test)]
mod tests;
