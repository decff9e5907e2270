//! A table as a source: what was appended to its topic replaces what was there.

use std::collections::{HashMap, HashSet};

use arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::BooleanBuffer;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::Schema;
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_functions::{RowReader, RowWriter};
use millstream_plan::topology::RowKey;

use super::kept::{Changed, VERSION, take_array, take_version};
use super::{Context, Kept, Operator, Save, Saved};
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;

/// Makes changes of a table of records. Those without a key say nothing about any row: they are recorded and passed over.
///
/// Where steps behind ask what a row was, the latest of each key is kept here, as in Kafka Streams' materialised source;
/// then deletions of rows that were not there go no further than the first step that is not about them.
///
/// Kept as: the encoded key → version, eight bytes that tell the columns, the row. Rows of other columns, as an earlier form
/// of the query kept them, are as good as unknown.
pub struct Table {
    remembered: Option<Remembered>,
}

/// The latest row of each key.
struct Remembered {
    /// The key: the first columns.
    key: RowKey,
    encoder: Box<dyn Encoder>,
    /// By encoded key.
    rows: HashMap<Box<[u8]>, Row>,
    /// Tells the columns of the rows among others; 0 before the first batch.
    columns: u64,
    /// Keys of the batch at hand.
    keys: Payloads,
    changed: Changed,
    /// Where rows are that are not here.
    saved: Option<Saved>,
    /// Keys whose rows the open epoch has taken away: on disk they are still there.
    gone: HashSet<Box<[u8]>>,
}

/// A row that is kept.
struct Row {
    columns: u64,
    bytes: Box<[u8]>,
}

impl Table {
    /// A table whose rows are remembered by this key, if at all. Error: the key cannot be encoded.
    pub fn new(remember: Option<&RowKey>) -> Result<Self, EngineError> {
        let remembered = match remember {
            Some(key) => Some(Remembered {
                encoder: encoder(key.format, &key.columns)?,
                key: key.clone(),
                rows: HashMap::new(),
                columns: 0,
                keys: Payloads::default(),
                changed: Changed::default(),
                saved: None,
                gone: HashSet::new(),
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

    fn keeps_state(&self) -> bool {
        self.remembered.is_some()
    }

    fn track(&mut self) {
        if let Some(remembered) = &mut self.remembered {
            remembered.changed.track();
        }
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.remembered.as_mut().map_or(Ok(()), |remembered| remembered.save(change))
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.remembered.as_mut().map_or(Ok(()), |remembered| remembered.load(key, value))
    }

    fn can_be_lean(&self) -> bool {
        true
    }

    fn lean(&mut self, saved: Saved) -> Result<(), EngineError> {
        if let Some(remembered) = &mut self.remembered {
            remembered.saved = Some(saved);
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.remembered.as_ref().map_or(0, |remembered| remembered.rows.len())
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
    /// Takes the rows of the batch's keys from disk that are there and not here.
    fn recall(&mut self, rows: usize) -> Result<(), EngineError> {
        let Some(mut saved) = self.saved.take() else { return Ok(()) };
        for row in 0..rows {
            let key = self.keys.get(row).unwrap_or_default();
            if self.rows.contains_key(key) || self.gone.contains(key) {
                continue;
            }
            if let Some(value) = saved.get(key)? {
                let row = read(value)?;
                self.rows.insert(key.into(), row);
            }
        }
        self.saved = Some(saved);
        Ok(())
    }

    /// Puts rows in the place of those of their keys, in order; gives what each of them replaced.
    fn replace(&mut self, rows: &RecordBatch, deleted: Option<&BooleanBuffer>) -> Result<Before, EngineError> {
        self.keys.clear();
        let columns = rows.columns().get(..self.key.columns.len()).unwrap_or_default();
        self.encoder.encode(columns, None, &mut self.keys)?;
        self.recall(rows.num_rows())?;
        let gone = |row: usize| deleted.is_some_and(|bits| bits.value(row));
        self.columns = mark(rows.schema_ref());
        // Where a row before stands: in the batch itself (0), or among the rows that were kept (1).
        let mut known = RowReader::of(rows.schema_ref().fields().iter().map(|f| f.data_type())).map_err(fault)?;
        let mut read = 0;
        let mut picks = Vec::with_capacity(rows.num_rows());
        let mut there = Vec::with_capacity(rows.num_rows());
        let mut latest: HashMap<&[u8], usize> = HashMap::new();
        for row in 0..rows.num_rows() {
            let key = self.keys.get(row).unwrap_or_default();
            let (pick, was) = match (latest.insert(key, row), self.rows.get(key)) {
                (Some(earlier), _) => ((0, earlier), !gone(earlier)),
                (None, Some(kept)) if kept.columns == self.columns => {
                    known.push(&kept.bytes).map_err(fault)?;
                    read += 1;
                    ((1, read - 1), true)
                }
                // Its own columns stand in for those of a row that was not there.
                (None, _) => ((0, row), false),
            };
            picks.push(pick);
            there.push(was);
        }
        let known = known.finish().map_err(fault)?;
        let options = RecordBatchOptions::new().with_row_count(Some(read));
        let known = RecordBatch::try_new_with_options(rows.schema(), known, &options)?;
        let before = interleave_record_batch(&[rows, &known], &picks)?;
        let writer = RowWriter::of(rows.columns()).map_err(fault)?;
        for (key, row) in latest {
            self.changed.touch(|| key);
            if gone(row) {
                self.rows.remove(key);
                if self.saved.is_some() {
                    self.gone.insert(key.into());
                }
            } else {
                let mut bytes = Vec::new();
                writer.put(row, &mut bytes);
                self.rows.insert(key.into(), Row { columns: self.columns, bytes: bytes.into() });
            }
        }
        Ok(Before { rows: before, there: there.into() })
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.gone.clear();
        let mut value = Vec::new();
        for key in self.changed.take() {
            let Some(row) = self.rows.get(&key) else {
                change(&key, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&row.columns.to_be_bytes());
            value.extend_from_slice(&row.bytes);
            change(&key, Some(&value))?;
        }
        Ok(())
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.rows.insert(key.into(), read(value)?);
        Ok(())
    }
}

/// A row as it was saved.
fn read(mut value: &[u8]) -> Result<Row, EngineError> {
    take_version(&mut value)?;
    let columns = u64::from_be_bytes(take_array(&mut value)?);
    Ok(Row { columns, bytes: value.into() })
}

/// What tells columns among others in bytes that outlive the program: FNV-1a of their names and types.
pub(super) fn mark(schema: &Schema) -> u64 {
    let columns = schema.fields().iter().map(|field| format!("{}:{};", field.name(), field.data_type()));
    let bytes = columns.flat_map(String::into_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

pub(super) fn fault(error: millstream_functions::Error) -> EngineError {
    EngineError::Query(error.to_string())
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
