//! The encoder of KAFKA payloads.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};

use super::Serializer;
use crate::{Encoder, Payloads, Unwritable};

/// Writes the one column's values; a null value is a null payload.
#[derive(Debug)]
pub(super) struct KafkaEncoder {
    serializer: Serializer,
}

impl KafkaEncoder {
    pub(super) fn new(serializer: Serializer) -> Self {
        Self { serializer }
    }
}

impl Encoder for KafkaEncoder {
    fn encode(
        &mut self,
        columns: &[ArrayRef],
        absent: Option<&BooleanBuffer>,
        out: &mut Payloads,
    ) -> Result<(), Unwritable> {
        let Some(column) = columns.first() else { return Ok(()) };
        match self.serializer {
            Serializer::Integer => {
                let values = column.as_primitive::<Int32Type>();
                write(column, absent, out, |i, out| out.extend_from_slice(&values.value(i).to_be_bytes()));
            }
            Serializer::Long => {
                let values = column.as_primitive::<Int64Type>();
                write(column, absent, out, |i, out| out.extend_from_slice(&values.value(i).to_be_bytes()));
            }
            Serializer::Double => {
                let values = column.as_primitive::<Float64Type>();
                write(column, absent, out, |i, out| out.extend_from_slice(&values.value(i).to_be_bytes()));
            }
            Serializer::Text => {
                let values = column.as_string::<i32>();
                write(column, absent, out, |i, out| out.extend_from_slice(values.value(i).as_bytes()));
            }
            Serializer::Bytes => {
                let values = column.as_binary::<i32>();
                write(column, absent, out, |i, out| out.extend_from_slice(values.value(i)));
            }
        }
        Ok(())
    }
}

fn write(
    column: &ArrayRef,
    absent: Option<&BooleanBuffer>,
    out: &mut Payloads,
    mut value: impl FnMut(usize, &mut Vec<u8>),
) {
    for row in 0..column.len() {
        if column.is_null(row) || absent.is_some_and(|absent| absent.value(row)) {
            out.end_null();
        } else {
            value(row, out.buffer());
            out.end();
        }
    }
}
