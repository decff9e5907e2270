//! Record bytes to Arrow columns and back, one folder per format; headers likewise (`headers`).
//!
//! A decoder appends one row per payload straight to the columns that a query uses and isolates a payload it cannot
//! read; an encoder writes a whole batch into one buffer. Neither knows of topics, queries or Kafka.
//!
//! A payload's way in: [`Decoder::push`] reads its text token by token, each value goes straight to the end of its
//! column (plain vectors, module `column`); when it turns out to be bad half-way, all columns are cut back to the row
//! before. [`Decoder::finish`] turns the vectors into Arrow arrays without a copy. The way out: an [`Encoder`] resolves
//! the types of a batch's columns once, then writes row after row into [`Payloads`].

mod avro;
mod cells;
mod column;
mod damage;
mod delimited;
mod headers;
mod json;
mod json_sr;
mod kafka;
mod none;
mod payloads;
mod protobuf;
#[cfg(test)]
mod testing;
mod text;
mod unscaled;
mod wire;
mod writers;

pub use headers::{Header, Headers, HeadersBuilder};
pub use payloads::Payloads;

use arrow::array::ArrayRef;
use millstream_schemas::{Registry, WriterSchema};
use millstream_types::{Column, Format, FormatSpec, Schema};

/// Why a payload could not be decoded, in words for the error ledger (`$.A[2]: expected a number, found a string`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub String);

/// A format cannot do what a statement asks for, found when the query is built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsupported(pub String);

/// A row cannot be written: a value is missing where the writer's schema has no null and no default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unwritable(pub String);

/// Turns payloads of one side (key or value) into columns.
pub trait Decoder: Send {
    /// Appends exactly one row, or none at all when the payload is rejected. Says whether the payload held a row: `None`
    /// and a payload that means null as a whole (JSON `null` where an object would be) append a row of nulls.
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected>;
    /// Why the last payload was rejected although it may be whole: its schema cannot be had at the moment. It must not be
    /// passed over then, but read again later. Said once.
    fn stalled(&mut self) -> Option<String> {
        None
    }
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
    ///
    /// Columns have the Arrow types that `millstream_types::arrow_type` gives for the side's SQL types; anything else
    /// is a planner's bug and ends in a panic rather than in wrong payloads. A side without columns cannot tell how many
    /// rows there are: it writes as many null payloads as `absent` has bits.
    ///
    /// # Errors
    /// A row does not fit the writer's schema; `out` holds only some of the rows then.
    fn encode(
        &mut self,
        columns: &[ArrayRef],
        absent: Option<&arrow::buffer::BooleanBuffer>,
        out: &mut Payloads,
    ) -> Result<(), Unwritable>;
}

/// A decoder of `spec` for a side with these declared `columns`, that yields the columns at `used` (distinct indexes
/// into `columns`). A side without columns takes any payload. `registry`: where the schemas of writers stand.
pub fn decoder(
    spec: FormatSpec,
    columns: &[Column],
    used: &[usize],
    registry: &Registry,
) -> Result<Box<dyn Decoder>, Unsupported> {
    for (i, index) in used.iter().enumerate() {
        if *index >= columns.len() || used.iter().take(i).any(|earlier| earlier == index) {
            return Err(Unsupported(format!("column {index} of {} cannot be used, or not twice", columns.len())));
        }
    }
    match spec.format {
        Format::None => none::check(columns).map(|()| Box::new(none::NoneDecoder::default()) as Box<dyn Decoder>),
        _ if columns.is_empty() => Ok(Box::new(none::NoneDecoder::default())),
        Format::Kafka => kafka::decoder(columns, used),
        Format::Delimited => delimited::decoder(columns, used, spec.delimiter),
        Format::Json => json::decoder(columns, used, spec.wrapped()),
        Format::JsonSr => json_sr::decoder(columns, used, spec.wrapped(), registry),
        Format::Avro => avro::decoder(columns, used, spec.wrapped(), registry),
        Format::Protobuf | Format::ProtobufNosr => protobuf::decoder(spec, columns, used, registry),
    }
}

/// An encoder of `spec` for a side with these columns. A side without columns has null payloads. Where the format has
/// schemas, the columns are theirs: what is written so stays inside.
pub fn encoder(spec: FormatSpec, columns: &[Column]) -> Result<Box<dyn Encoder>, Unsupported> {
    encoder_with(spec, columns, None)
}

/// The same for a topic, whose payloads are written with the schema that is registered.
pub fn encoder_with(
    spec: FormatSpec,
    columns: &[Column],
    schema: Option<&WriterSchema>,
) -> Result<Box<dyn Encoder>, Unsupported> {
    match spec.format {
        Format::None => none::check(columns).map(|()| Box::new(none::NoneEncoder) as Box<dyn Encoder>),
        _ if columns.is_empty() => Ok(Box::new(none::NoneEncoder)),
        Format::Kafka => kafka::encoder(columns),
        Format::Delimited => delimited::encoder(columns, spec.delimiter),
        Format::Json => json::encoder(columns, spec.wrapped()),
        Format::JsonSr => json_sr::encoder(columns, spec.wrapped(), schema),
        Format::Avro => avro::encoder(columns, spec, schema),
        Format::Protobuf | Format::ProtobufNosr => protobuf::encoder(columns, spec, schema),
    }
}

/// Columns as ksqlDB's messages list them: `` `A` INTEGER KEY, `B` STRING ``.
fn columns_text(columns: &[Column]) -> String {
    Schema::new(columns.iter().cloned()).to_string()
}
