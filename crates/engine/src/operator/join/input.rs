//! The rows of one side: by which bytes they are found, and they themselves as bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::BooleanBuffer;
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_functions::RowWriter;
use millstream_plan::topology::{Join, Projection};
use millstream_types::KeyWindow;

use super::Side;
use crate::batch::Batch;
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};
use crate::ledger::Ledger;

/// By what the rows of a side are found.
pub(super) struct Keys {
    exprs: Vec<Projection>,
    encoder: Box<dyn Encoder>,
    window: Option<KeyWindow>,
    /// Whether the values of the key are kept with the rows.
    shown: bool,
}

/// The rows of a batch with their keys.
pub(super) struct KeyedRows {
    /// The keys as bytes, with their windows; null: the row has no partner.
    keys: Payloads,
    /// The values of the key, if they are kept, then the columns of the batch.
    columns: Vec<ArrayRef>,
}

impl Keys {
    /// The keys of a side. Error: they cannot be encoded.
    pub(super) fn new(node: &Join, side: Side) -> Result<Self, EngineError> {
        let exprs = if side == Side::Left { &node.left_key } else { &node.right_key };
        Ok(Self {
            exprs: exprs.clone(),
            encoder: encoder(node.key.format, &node.key.columns)?,
            window: node.key_window,
            shown: node.shows_key,
        })
    }

    /// The rows of a batch with their keys. Those of which a key cannot be computed are recorded.
    pub(super) fn of(&mut self, batch: &Batch, ledger: &mut Ledger) -> Result<KeyedRows, EngineError> {
        let values = self.values(batch, &batch.rows, ledger)?;
        let nulls = values.iter().filter_map(|column| column.logical_nulls()).map(|nulls| !nulls.inner());
        let absent: Option<BooleanBuffer> = nulls.reduce(|a, b| &a | &b);
        let mut keys = Payloads::default();
        self.encoder.encode(&values, absent.as_ref(), &mut keys)?;
        if let (Some(window), Some(windows)) = (self.window, &batch.windows) {
            let bare = std::mem::take(&mut keys);
            windows.append(window, &bare, &mut keys);
        }
        let mut columns = if self.shown { values } else { Vec::new() };
        columns.extend(batch.rows.columns().iter().cloned());
        Ok(KeyedRows { keys, columns })
    }

    fn values(&self, batch: &Batch, rows: &RecordBatch, ledger: &mut Ledger) -> Result<Vec<ArrayRef>, EngineError> {
        let mut failed: Vec<FailedRow> = Vec::new();
        let mut values = Vec::with_capacity(self.exprs.len());
        for part in &self.exprs {
            values.push(evaluate(&part.expr, rows, &mut failed)?);
            for f in failed.drain(..).filter(|f| !batch.is_absent(f.row)) {
                ledger.evaluate_failed(batch, f.row, &part.sql, &f.reason);
            }
        }
        Ok(values)
    }
}

/// Rows of one side on their way through a join.
pub(super) struct Input<'a> {
    /// The batch.
    pub(super) batch: &'a Batch,
    keyed: &'a KeyedRows,
    writer: RowWriter<'a>,
}

impl<'a> Input<'a> {
    /// The rows of a batch. Error: they have a column of a type that no SQL type has.
    pub(super) fn new(batch: &'a Batch, keyed: &'a KeyedRows) -> Result<Self, EngineError> {
        let writer = RowWriter::of(&keyed.columns).map_err(|e| EngineError::Query(e.to_string()))?;
        Ok(Self { batch, keyed, writer })
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.batch.len()
    }

    /// By what a row is found; `None`: its key is null, nothing is equal to it.
    pub(super) fn key(&self, row: usize) -> Option<&'a [u8]> {
        self.keyed.keys.get(row)
    }

    /// Event time of a row.
    pub(super) fn time(&self, row: usize) -> i64 {
        self.batch.time.get(row).copied().unwrap_or_default()
    }

    /// The columns that are kept of the rows.
    pub(super) fn columns(&self) -> &'a [ArrayRef] {
        &self.keyed.columns
    }

    /// Appends a row as bytes.
    pub(super) fn put(&self, row: usize, out: &mut Vec<u8>) {
        self.writer.put(row, out);
    }

    /// A row as bytes.
    pub(super) fn bytes(&self, row: usize) -> Arc<[u8]> {
        let mut out = Vec::new();
        self.put(row, &mut out);
        out.into()
    }
}
