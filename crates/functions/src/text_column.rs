//! Building a column of texts or bytes piece by piece, within bounds: a call may make more of its arguments than memory or
//! Arrow's 32-bit offsets hold.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};

use crate::Error;

/// Most bytes of one value that a function makes. Kafka records are far smaller.
const MAX_VALUE_BYTES: usize = 64 << 20;

/// Most bytes of all values of a batch; half of what Arrow's offsets reach. A larger batch is evaluated row by row.
const MAX_COLUMN_BYTES: usize = 1 << 30;

/// Whether a value of `value` bytes may follow `column` bytes of other values.
///
/// Errors: [`Error::Data`] when it may not.
pub fn check_size(column: usize, value: usize) -> Result<(), Error> {
    if value > MAX_VALUE_BYTES {
        return Err(Error::Data(format!("The result is larger than {MAX_VALUE_BYTES} bytes")));
    }
    if column > MAX_COLUMN_BYTES {
        return Err(Error::Data(format!("The results of a batch are larger than {MAX_COLUMN_BYTES} bytes")));
    }
    Ok(())
}

/// A column of texts under construction.
#[derive(Debug, Default)]
pub struct TextColumn {
    out: StringBuilder,
    /// Where the current value starts.
    start: usize,
}

impl TextColumn {
    /// Appends to the current value.
    pub fn push(&mut self, piece: &str) -> Result<(), Error> {
        let length = self.out.values_slice().len() + piece.len();
        check_size(length, length - self.start)?;
        self.out.write_str(piece).map_err(|_| Error::Fatal("writing text".into()))
    }

    /// Ends the current value.
    pub fn end(&mut self) {
        self.out.append_value("");
        self.start = self.out.values_slice().len();
    }

    /// Appends a null; nothing may have been pushed for it.
    pub fn null(&mut self) {
        self.out.append_null();
    }

    /// The column.
    pub fn finish(mut self) -> ArrayRef {
        Arc::new(self.out.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bounded() {
        assert!(check_size(MAX_COLUMN_BYTES, MAX_VALUE_BYTES).is_ok());
        assert!(check_size(MAX_COLUMN_BYTES + 1, 1).is_err());
        assert!(check_size(1, MAX_VALUE_BYTES + 1).is_err());
        let mut column = TextColumn::default();
        let piece = "x".repeat(MAX_VALUE_BYTES / 2);
        assert!(column.push(&piece).and_then(|()| column.push(&piece)).is_ok());
        assert_eq!(column.push("y").unwrap_err().to_string(), "The result is larger than 67108864 bytes");
    }
}
