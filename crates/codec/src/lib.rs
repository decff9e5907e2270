//! Record bytes to Arrow columns and back, one folder per format.
//!
//! A decoder appends one row per payload straight to the columns that a query uses and isolates a payload it cannot
//! read; an encoder writes a whole batch into one buffer. Neither knows of topics, queries or Kafka.

mod payloads;

pub use payloads::Payloads;

use arrow::array::ArrayRef;
use millstream_types::{Column, FormatSpec};

/// Why a payload could not be decoded, in words for the error ledger (`$.A[2]: expected a number, found a string`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub String);

/// A format cannot do what a statement asks for, found when the query is built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsupported(pub String);

/// Turns payloads of one side (key or value) into columns.
pub trait Decoder: Send {
    /// Appends exactly one row, or none at all when the payload is rejected.
    /// `None` and a payload that means null (JSON `null`) append a row of nulls.
    fn push(&mut self, payload: Option<&[u8]>) -> Result<(), Rejected>;
    /// Rows appended since the last `finish`.
    fn rows(&self) -> usize;
    /// Drops all rows after the first `rows`, as when the other side of a record was rejected.
    fn truncate(&mut self, rows: usize);
    /// The columns asked for, in the order asked for, each `rows()` long; the decoder is empty again.
    fn finish(&mut self) -> Vec<ArrayRef>;
}

/// Turns columns of one side into payloads.
pub trait Encoder: Send {
    /// Appends one payload per row of `columns` (all of one length, in schema order) to `out`.
    /// Rows whose `absent` bit is set become null payloads (tombstones).
    fn encode(&mut self, columns: &[ArrayRef], absent: Option<&arrow::buffer::BooleanBuffer>, out: &mut Payloads);
}

/// A decoder of `spec` for a side with these declared `columns`, that yields the columns at `used` (indexes into `columns`).
pub fn decoder(spec: FormatSpec, columns: &[Column], used: &[usize]) -> Result<Box<dyn Decoder>, Unsupported> {
    todo!("{spec:?} {columns:?} {used:?}")
}

/// An encoder of `spec` for a side with these columns.
pub fn encoder(spec: FormatSpec, columns: &[Column]) -> Result<Box<dyn Encoder>, Unsupported> {
    todo!("{spec:?} {columns:?}")
}
