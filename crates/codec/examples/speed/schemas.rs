//! The orders of the JSON samples in the formats with schemas: decoded as JSON once, then written by each of them.

use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_codec::{Payloads, encoder_with};
use millstream_schemas::{MemoryRegistry, Registry, Reused, SchemaRegistry, WriterSchema, generate};
use millstream_types::{Column, Format, FormatSpec};

use super::Failure;

/// The formats.
pub(super) const FORMATS: [Format; 4] = [Format::Avro, Format::Protobuf, Format::ProtobufNosr, Format::JsonSr];

/// A registry with the schema of these columns, and the orders in the format.
pub(super) fn orders(
    format: FormatSpec,
    columns: &[Column],
    batches: &[Vec<ArrayRef>],
) -> Result<(Registry, Vec<Vec<u8>>), Failure> {
    let registry = MemoryRegistry::new();
    let schema = match generate(format, columns, None) {
        Some(schema) => {
            let id = Some(registry.register("orders-value", &schema)?);
            Some(WriterSchema { id, schema, full_name: None, reused: Reused::No })
        }
        None => None,
    };
    let mut encoder = encoder_with(format, columns, schema.as_ref())?;
    let mut orders = Vec::new();
    for batch in batches {
        let mut payloads = Payloads::default();
        encoder.encode(batch, None, &mut payloads)?;
        orders.extend(payloads.iter().flatten().map(<[u8]>::to_vec));
    }
    Ok((Registry::new(Arc::new(registry)), orders))
}
