//! A table as a source: what was appended to its topic replaces what was there.

use std::collections::HashMap;

use arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{interleave_record_batch, take_record_batch};
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_plan::topology::RowKey;

use super::{Context, Kept, Operator};
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;

/// Makes changes of a table of records. Those without a key say nothing about any row: they are recorded and passed over.
///
/// Where steps behind ask what a row was, the latest of each key is kept here, as in Kafka Streams' materialised source;
/// then deletions of rows that were not there go no further than the first step that is not about them.
pub struct Table {
    remembered: Option<Remembered>,
}

/// The latest row of each key.
struct Remembered {
    /// The key: the first columns.
    key: RowKey,
    encoder: Box<dyn Encoder>,
    /// By encoded key: batches of one row.
    rows: HashMap<Box<[u8]>, RecordBatch>,
    /// Keys of the batch at hand.
    keys: Payloads,
}

impl Table {
    /// A table whose rows are remembered by this key, if at all. Error: the key cannot be encoded.
    pub fn new(remember: Option<&RowKey>) -> Result<Self, EngineError> {
        let remembered = match remember {
            Some(key) => Some(Remembered {
                encoder: encoder(key.format, &key.columns)?,
                key: key.clone(),
                rows: HashMap::new(),
                keys: Payloads::default(),
            }),
            None => None,
        };
        Ok(Self { remembered })
    }
}

impl Operator for Table {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let batch = keyed(batch, cx)?;
        if batch.is_empty() {
            return Ok(());
        }
        let deleted = batch.change.absent().cloned();
        let before = match &mut self.remembered {
            Some(remembered) => Some(remembered.replace(&batch.rows, deleted.as_ref())?),
            None => None,
        };
        out.push(Batch { change: Change::Upsert { deleted, before }, ..batch });
        Ok(())
    }

    fn give(self: Box<Self>) -> Option<Kept> {
        Some(Kept::Rows(self))
    }

    fn adopt(&mut self, kept: Kept) -> Option<Kept> {
        let Kept::Rows(earlier) = kept else { return Some(kept) };
        if let (Some(own), Some(earlier)) = (&mut self.remembered, earlier.remembered)
            && earlier.key == own.key
        {
            own.rows = earlier.rows;
        }
        None
    }
}

impl Remembered {
    /// Puts rows in the place of those of their keys, in order; gives what each of them replaced.
    fn replace(&mut self, rows: &RecordBatch, deleted: Option<&BooleanBuffer>) -> Result<Before, EngineError> {
        self.keys.clear();
        let columns = rows.columns().get(..self.key.columns.len()).unwrap_or_default();
        self.encoder.encode(columns, None, &mut self.keys);
        let gone = |row: usize| deleted.is_some_and(|bits| bits.value(row));
        // Sources of the rows before: the batch itself, then rows that are kept.
        let mut kept: Vec<RecordBatch> = Vec::new();
        let mut picks = Vec::with_capacity(rows.num_rows());
        let mut there = Vec::with_capacity(rows.num_rows());
        let mut latest: HashMap<&[u8], usize> = HashMap::new();
        for row in 0..rows.num_rows() {
            let key = self.keys.get(row).unwrap_or_default();
            // A row kept by an earlier form of the query, of other columns, is as good as unknown.
            let known = self.rows.get(key).filter(|known| known.schema_ref() == rows.schema_ref());
            let (pick, was) = match (latest.insert(key, row), known) {
                (Some(earlier), _) => ((0, earlier), !gone(earlier)),
                (None, Some(row)) => {
                    kept.push(row.clone());
                    ((kept.len(), 0), true)
                }
                // Its own columns stand in for those of a row that was not there.
                (None, None) => ((0, row), false),
            };
            picks.push(pick);
            there.push(was);
        }
        let sources: Vec<&RecordBatch> = std::iter::once(rows).chain(&kept).collect();
        let before = interleave_record_batch(&sources, &picks)?;
        for (key, row) in latest {
            if gone(row) {
                self.rows.remove(key);
            } else {
                // A copy: a slice would keep the whole batch.
                let copy = take_record_batch(rows, &UInt32Array::from(vec![super::index(row)?]))?;
                self.rows.insert(key.into(), copy);
            }
        }
        Ok(Before { rows: before, there: there.into() })
    }
}

/// The rows that have a key; the others are recorded.
fn keyed(batch: Batch, cx: &mut Context<'_>) -> Result<Batch, EngineError> {
    let Some(keyless) = &batch.keyless else { return Ok(batch) };
    for row in keyless.set_indices() {
        cx.ledger.row_skipped(&batch, row, "source", "a record of a table has no key");
    }
    let keep = BooleanArray::new(!keyless, None);
    Ok(Batch { keyless: None, ..batch.filter(&keep)? })
}
