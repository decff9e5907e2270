//! The DELIMITED format: one line of fields in the order of the columns. Rules of ksqlDB's, which are those of Apache
//! Commons CSV's default dialect with the delimiter of the source.
//!
//! | column | text |
//! |---|---|
//! | BOOLEAN | `true` in any case; anything else is false |
//! | INTEGER BIGINT | an integer, as Java parses it |
//! | DOUBLE | as Java parses and prints it |
//! | DECIMAL | plain digits; must fit without rounding |
//! | STRING | as it is |
//! | BYTES | base64 |
//! | DATE TIME TIMESTAMP | days, ms of the day, ms since the epoch |
//!
//! An empty field is null whatever its type, in quotes too. There must be as many fields as columns. Only the first line
//! that is not empty is read.

mod decode;
mod encode;
mod fields;
mod quote;
mod value;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use millstream_types::{Column, Delimiter, SqlType};

use crate::{Decoder, Encoder, Unsupported};

/// A decoder of the columns at `used`.
pub(crate) fn decoder(
    columns: &[Column],
    used: &[usize],
    delimiter: Delimiter,
) -> Result<Box<dyn Decoder>, Unsupported> {
    check(columns)?;
    Ok(Box::new(decode::DelimitedDecoder::new(columns, used, Separator::of(delimiter))))
}

/// An encoder of these columns.
pub(crate) fn encoder(columns: &[Column], delimiter: Delimiter) -> Result<Box<dyn Encoder>, Unsupported> {
    check(columns)?;
    Ok(Box::new(encode::DelimitedEncoder::new(columns, Separator::of(delimiter))))
}

/// A field holds one scalar value.
fn check(columns: &[Column]) -> Result<(), Unsupported> {
    let nested = |c: &&Column| matches!(c.ty, SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_));
    let Some(column) = columns.iter().find(nested) else { return Ok(()) };
    let (ty, name) = (column.ty.base_name(), column.name.replace('`', "``"));
    Err(Unsupported(format!("The 'DELIMITED' format does not support type '{ty}', column: `{name}`")))
}

/// A delimiter in UTF-8.
#[derive(Debug, Clone, Copy)]
struct Separator {
    bytes: [u8; 4],
    len: usize,
}

impl Separator {
    fn of(delimiter: Delimiter) -> Self {
        let mut bytes = [0; 4];
        let len = delimiter.char().encode_utf8(&mut bytes).len();
        Self { bytes, len }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Whether a field's rest begins with it.
    #[inline]
    fn starts(&self, rest: &[u8]) -> bool {
        rest.first() == self.bytes.first() && (self.len == 1 || rest.starts_with(self.bytes()))
    }
}
