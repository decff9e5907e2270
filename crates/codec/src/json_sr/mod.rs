//! The JSON_SR format: JSON behind the id of its schema in a registry. Rules of ksqlDB's `JSON_SR`.
//!
//! The text itself is read and written as JSON's is: what Kafka Connect makes of a schema's types are JSON's own, and
//! decimals are numbers, bytes base64, dates and times integers, in both. The schema must be there and a JSON one.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use millstream_schemas::{Registry, WriterSchema};
use millstream_types::{Column, Format, FormatSpec};

use crate::writers::{Writers, frame};
use crate::{Decoder, Encoder, Payloads, Rejected, Unsupported, Unwritable, json};

#[cfg(test)]
mod tests;

/// A decoder of the columns at `used`.
pub(crate) fn decoder(
    columns: &[Column],
    used: &[usize],
    wrapped: bool,
    registry: &Registry,
) -> Result<Box<dyn Decoder>, Unsupported> {
    let text = json::decoder_in(columns, used, wrapped, true)?;
    Ok(Box::new(JsonSrDecoder { text, writers: Writers::new(registry, FormatSpec::value(Format::JsonSr), columns)? }))
}

/// An encoder of these columns.
pub(crate) fn encoder(
    columns: &[Column],
    wrapped: bool,
    schema: Option<&WriterSchema>,
) -> Result<Box<dyn Encoder>, Unsupported> {
    let id = schema.and_then(|s| s.id).unwrap_or_default();
    Ok(Box::new(JsonSrEncoder { text: json::encoder(columns, wrapped)?, id, bare: Payloads::default() }))
}

struct JsonSrDecoder {
    text: Box<dyn Decoder>,
    /// That a schema is there is all that is known of it.
    writers: Writers<()>,
}

impl Decoder for JsonSrDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        let Some(payload) = payload else { return self.text.push(None) };
        let (_, text) = self.writers.open(payload, |_| Ok(()))?;
        self.text.push(Some(text))
    }

    fn stalled(&mut self) -> Option<String> {
        self.writers.stalled()
    }

    fn rows(&self) -> usize {
        self.text.rows()
    }

    fn truncate(&mut self, rows: usize) {
        self.text.truncate(rows);
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.text.finish()
    }
}

struct JsonSrEncoder {
    text: Box<dyn Encoder>,
    id: i32,
    /// Texts before their ids are put on.
    bare: Payloads,
}

impl Encoder for JsonSrEncoder {
    fn encode(
        &mut self,
        columns: &[ArrayRef],
        absent: Option<&BooleanBuffer>,
        out: &mut Payloads,
    ) -> Result<(), Unwritable> {
        self.bare.clear();
        self.text.encode(columns, absent, &mut self.bare)?;
        for text in self.bare.iter() {
            match text {
                Some(text) => {
                    frame(self.id, out.buffer());
                    out.buffer().extend_from_slice(text);
                    out.end();
                }
                None => out.end_null(),
            }
        }
        Ok(())
    }
}
