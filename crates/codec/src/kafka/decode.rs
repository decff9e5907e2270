//! The decoder of KAFKA payloads.

use arrow::array::ArrayRef;

use super::Serializer;
use crate::column::{Column, Full};
use crate::{Decoder, Rejected};

/// Reads payloads of one serializer. A payload is checked even when the column is not used: that costs next to nothing.
#[derive(Debug)]
pub(super) struct KafkaDecoder {
    serializer: Serializer,
    column: Option<Column>,
    rows: usize,
}

impl KafkaDecoder {
    pub(super) fn new(serializer: Serializer, used: bool) -> Self {
        Self { serializer, column: used.then(|| Column::new(&serializer.sql_type())), rows: 0 }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), Rejected> {
        match (self.serializer, &mut self.column) {
            (Serializer::Integer, column) => {
                let value = i32::from_be_bytes(exactly(bytes, "INTEGER")?);
                if let Some(Column::Integer(column)) = column {
                    column.push(value);
                }
            }
            (Serializer::Long, column) => {
                let value = i64::from_be_bytes(exactly(bytes, "BIGINT")?);
                if let Some(Column::Bigint(column)) = column {
                    column.push(value);
                }
            }
            (Serializer::Double, column) => {
                let value = f64::from_be_bytes(exactly(bytes, "DOUBLE")?);
                if let Some(Column::Double(column)) = column {
                    column.push(value);
                }
            }
            (Serializer::Text, column) => {
                let text = std::str::from_utf8(bytes)
                    .map_err(|e| Rejected(format!("not valid UTF-8 at byte {}", e.valid_up_to())))?;
                if let Some(Column::Text(column)) = column {
                    column.push(text).map_err(full)?;
                }
            }
            (Serializer::Bytes, column) => {
                if let Some(Column::Bytes(column)) = column {
                    column.push(bytes).map_err(full)?;
                }
            }
        }
        Ok(())
    }
}

fn exactly<const N: usize>(bytes: &[u8], ty: &str) -> Result<[u8; N], Rejected> {
    bytes.try_into().map_err(|_| Rejected(format!("expected {N} bytes of {ty}, found {}", bytes.len())))
}

fn full(Full: Full) -> Rejected {
    Rejected("a column holds more than 2 GiB in one batch".to_owned())
}

impl Decoder for KafkaDecoder {
    fn push(&mut self, payload: Option<&[u8]>) -> Result<bool, Rejected> {
        match (payload, &mut self.column) {
            (Some(bytes), _) => self.read(bytes).inspect_err(|_| {
                if let Some(column) = &mut self.column {
                    column.truncate(self.rows);
                }
            })?,
            (None, Some(column)) => column.push_null(),
            (None, None) => {}
        }
        self.rows += 1;
        Ok(payload.is_some())
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        if let Some(column) = &mut self.column {
            column.truncate(self.rows);
        }
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.rows = 0;
        self.column.iter_mut().map(Column::finish).collect()
    }
}
