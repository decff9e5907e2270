//! Rows of a table that nobody has changed for a while are deleted: `TTL`, an extension.
//!
//! Time is that of the rows seen so far, of all keys together. A row is gone as soon as that has come to the time of its last
//! change and as much later as the table keeps rows; before the row that made time come there goes any further. The deletion has
//! the time at which the row was due. Rows stand in a queue by their times, so that nobody looks for those that are due.
//!
//! Kept as: `k`, the encoded key → version, time, eight bytes that tell the columns, the row; `t` → version, time. On disk rows are
//! found by their times besides ([`by_time`]).

mod on_disk;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;
use millstream_codec::{Encoder, Payloads, encoder};
use millstream_functions::{RowReader, RowWriter};
use millstream_plan::topology::RowKey;

use super::by_time::{self, ByTime};
use super::kept::{Changed, VERSION, damaged, take_array, take_long, take_version};
use super::table::{fault, mark};
use super::{Context, Index, Operator, Save, Saved, index};
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;
use crate::watermark::{StepTime, known};

/// Deletes what is due.
pub struct Expire {
    key_columns: usize,
    encoder: Box<dyn Encoder>,
    /// How long after its last change a row is deleted, ms.
    ttl: i64,
    /// Whether steps behind ask what rows were.
    before: bool,
    /// The latest time of a row; none was seen: negative.
    now: i64,
    rows: HashMap<Arc<[u8]>, Row>,
    /// Times and keys of all rows.
    queue: BTreeSet<(i64, Arc<[u8]>)>,
    keys: Payloads,
    changed: Changed,
    /// The time that was given out last.
    saved: i64,
    /// Where rows are that are not here.
    disk: Option<ByTime>,
}

/// What the time is kept under.
const TIME: &[u8] = b"t";

/// A row that is there.
#[derive(Clone)]
struct Row {
    /// Of its last change, ms.
    time: i64,
    /// What tells its columns.
    columns: u64,
    bytes: Arc<[u8]>,
}

/// What leaves, in order.
enum Piece {
    /// Rows of the batch.
    Rows(Range<usize>),
    /// Rows that are due, as the row of that number comes.
    Due(usize, Vec<Row>),
}

impl Expire {
    /// A table without rows, which are identified by `key`. Error: the key cannot be encoded.
    pub fn new(key: &RowKey, ttl: i64, before: bool) -> Result<Self, EngineError> {
        Ok(Self {
            key_columns: key.columns.len(),
            encoder: encoder(key.format, &key.columns)?,
            ttl: ttl.max(1),
            before,
            now: -1,
            rows: HashMap::new(),
            queue: BTreeSet::new(),
            keys: Payloads::default(),
            changed: Changed::default(),
            saved: -1,
            disk: None,
        })
    }

    /// Takes the rows out that are due by now.
    fn due(&mut self) -> Result<Vec<Row>, EngineError> {
        let last = self.now.saturating_sub(self.ttl);
        self.recall_due(last)?;
        let mut due = Vec::new();
        while let Some((time, _)) = self.queue.first()
            && *time <= last
            && let Some((_, key)) = self.queue.pop_first()
        {
            self.changed.touch(|| &*key);
            self.note_gone(&key);
            due.extend(self.rows.remove(&key));
        }
        Ok(due)
    }

    /// Puts a row, or removes it (`bytes`: none); gives what was there.
    fn put(&mut self, key: &[u8], time: i64, columns: u64, bytes: Option<Vec<u8>>) -> Result<Option<Row>, EngineError> {
        self.recall(key)?;
        self.changed.touch(|| key);
        let (key, before) = match self.rows.remove_entry(key) {
            Some((key, row)) => {
                self.queue.remove(&(row.time, Arc::clone(&key)));
                (key, Some(row))
            }
            None => (Arc::from(key), None),
        };
        if let Some(bytes) = bytes {
            // One that comes late does not make a row older than it is.
            let time = before.as_ref().map_or(time, |row| row.time.max(time));
            self.queue.insert((time, Arc::clone(&key)));
            self.rows.insert(key, Row { time, columns, bytes: bytes.into() });
        } else {
            self.note_gone(&key);
        }
        Ok(before)
    }

    fn load_time(&mut self, mut value: &[u8]) -> Result<(), EngineError> {
        self.now = take_long(&mut value)?;
        self.saved = self.now;
        Ok(())
    }

    /// The batch of deletions as the row of that number comes.
    fn deletions(&self, batch: &Batch, row: usize, due: &[Row], columns: u64) -> Result<Option<Batch>, EngineError> {
        // Rows of other columns, as an earlier form of the query kept them, cannot be shown any more.
        let due: Vec<&Row> = due.iter().filter(|row| row.columns == columns).collect();
        if due.is_empty() {
            return Ok(None);
        }
        let rows = read(&batch.rows.schema(), due.iter().map(|row| &*row.bytes))?;
        let count = due.len();
        let behind = UInt32Array::from(vec![index(row)?; count]);
        let before = self.before.then(|| Before { rows: rows.clone(), there: BooleanBuffer::new_set(count) });
        let taken = batch.take(&behind, rows)?;
        Ok(Some(Batch {
            time: due.iter().map(|row| row.time.saturating_add(self.ttl)).collect(),
            change: Change::Upsert { deleted: Some(BooleanBuffer::new_set(count)), before },
            headers: None,
            keyless: None,
            ..taken
        }))
    }
}

/// Rows of that schema by their bytes.
fn read<'b>(schema: &SchemaRef, rows: impl Iterator<Item = &'b [u8]>) -> Result<RecordBatch, EngineError> {
    let mut reader = RowReader::of(schema.fields().iter().map(|field| field.data_type())).map_err(fault)?;
    let mut count = 0;
    for row in rows {
        reader.push(row).map_err(fault)?;
        count += 1;
    }
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(SchemaRef::clone(schema), reader.finish().map_err(fault)?, &options)?)
}

impl Operator for Expire {
    fn push(&mut self, batch: Batch, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let columns = batch.rows.columns().get(..self.key_columns).unwrap_or_default();
        self.encoder.encode(columns, None, &mut keys)?;
        let writer = RowWriter::of(batch.rows.columns()).map_err(fault)?;
        let columns = mark(batch.rows.schema_ref());
        let (mut pieces, mut from) = (Vec::new(), 0);
        // What rows were: where they stand among those that were kept.
        let (mut kept, mut picks, mut there) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..batch.len() {
            let time = batch.time.get(row).copied().unwrap_or_default();
            self.now = self.now.max(time);
            let due = self.due()?;
            if !due.is_empty() {
                pieces.push(Piece::Rows(from..row));
                pieces.push(Piece::Due(row, due));
                from = row;
            }
            let bytes = (!batch.is_absent(row)).then(|| {
                let mut bytes = Vec::new();
                writer.put(row, &mut bytes);
                bytes
            });
            let before = self.put(keys.get(row).unwrap_or_default(), time, columns, bytes)?;
            match before.filter(|row| self.before && row.columns == columns) {
                Some(before) => {
                    kept.push(before.bytes);
                    picks.push((1, kept.len() - 1));
                    there.push(true);
                }
                // Its own columns stand in for those of a row that was not there.
                None => {
                    picks.push((0, row));
                    there.push(false);
                }
            }
        }
        self.keys = keys;
        pieces.push(Piece::Rows(from..batch.len()));
        let before = if self.before {
            let kept = read(&batch.rows.schema(), kept.iter().map(|bytes| &**bytes))?;
            Some(Before { rows: interleave_record_batch(&[&batch.rows, &kept], &picks)?, there: there.into() })
        } else {
            None
        };
        let whole = Batch { change: Change::Upsert { deleted: batch.change.absent().cloned(), before }, ..batch };
        for piece in pieces {
            match piece {
                Piece::Rows(range) if range.is_empty() => {}
                Piece::Rows(range) => out.push(whole.slice(range.start, range.len())),
                Piece::Due(row, due) => out.extend(self.deletions(&whole, row, &due, columns)?),
            }
        }
        Ok(())
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn held(&self) -> usize {
        self.rows.len()
    }

    fn stream_times(&self, out: &mut Vec<StepTime>) {
        out.push(StepTime { step: "ttl", time: known(self.now) });
    }

    fn track(&mut self) {
        self.changed.track();
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(by_time::INDEX)
    }

    fn lean(&mut self, mut saved: Saved) -> Result<(), EngineError> {
        if let Some(mut time) = saved.get(TIME)? {
            take_version(&mut time)?;
            self.load_time(time)?;
        }
        self.disk = Some(ByTime::new(saved));
        Ok(())
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.disk.iter_mut().for_each(ByTime::saved);
        let (mut whole, mut value) = (Vec::new(), Vec::new());
        for key in self.changed.take() {
            whole.clear();
            whole.push(b'k');
            whole.extend_from_slice(&key);
            let Some(row) = self.rows.get(&*key) else {
                change(&whole, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&row.time.to_be_bytes());
            value.extend_from_slice(&row.columns.to_be_bytes());
            value.extend_from_slice(&row.bytes);
            change(&whole, Some(&value))?;
        }
        if self.saved != self.now {
            self.saved = self.now;
            change(TIME, Some(&[&[VERSION], self.now.to_be_bytes().as_slice()].concat()))?;
        }
        Ok(())
    }

    fn load(&mut self, mut key: &[u8], mut value: &[u8]) -> Result<(), EngineError> {
        take_version(&mut value)?;
        match take_array::<1>(&mut key)? {
            [b't'] => self.load_time(value)?,
            [b'k'] => {
                let (time, columns) = (take_long(&mut value)?, u64::from_be_bytes(take_array(&mut value)?));
                let key: Arc<[u8]> = Arc::from(key);
                let row = Row { time, columns, bytes: Arc::from(value) };
                if let Some(before) = self.rows.insert(Arc::clone(&key), row) {
                    // Given out twice: the later one counts.
                    self.queue.remove(&(before.time, Arc::clone(&key)));
                }
                self.queue.insert((time, key));
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}
