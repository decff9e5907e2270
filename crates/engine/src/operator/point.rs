//! The beginning of a foreign-key join over all partitions: rows of a table, which are by their own keys here, are sent to the
//! keys that they point to, with the number of their change.
//!
//! A row that points elsewhere than before goes to both: where it was, it says that it has left. One that points nowhere is as
//! good as none where only rows with a partner stay; where all stay, that is a place like any other.
//!
//! Kept as: `k`, what identifies the row → version, life, number of keys that it has left, the key that it points to; `n` →
//! version, number of the last change. Nothing is kept of a row that is gone.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::take;
use millstream_codec::{Encoder, encoder};
use millstream_functions::{RowReader, RowWriter};
use millstream_plan::topology::{self, Note};

use super::elsewhere::Elsewhere;
use super::join::identities;
use super::kept::{Changed, VERSION, damaged, take_array, take_long, take_version};
use super::table::fault;
use super::{Context, Operator, Save, Saved, index};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::evaluate::evaluate;

/// Sends rows to where they point.
pub struct Point {
    node: topology::Point,
    encoder: Box<dyn Encoder>,
    rows: HashMap<Arc<[u8]>, Row>,
    /// The number of the last change.
    last: i64,
    changed: Changed,
    /// The number that was given out last.
    saved: i64,
    /// Where rows are that are not here.
    disk: Option<Elsewhere>,
}

/// What the number of the last change is kept under.
const LAST: &[u8] = b"n";

/// A row that is there.
struct Row {
    /// The number of the change with which it has come.
    life: i64,
    /// How many keys it has left since.
    left: i64,
    /// The key that it points to, as a row of one column.
    to: Arc<[u8]>,
}

/// What leaves, in order.
#[derive(Default)]
struct Sent {
    /// The row behind each.
    rows: Vec<u32>,
    /// Whether its columns go with it.
    whole: Vec<bool>,
    keys: Vec<Arc<[u8]>>,
    versions: Vec<i64>,
    lives: Vec<i64>,
    notes: Vec<i64>,
    gone: Vec<bool>,
}

impl Sent {
    fn push(&mut self, row: u32, key: &Arc<[u8]>, version: i64, life: i64, note: Note) {
        self.rows.push(row);
        self.whole.push(note != Note::Left);
        self.keys.push(Arc::clone(key));
        self.versions.push(version);
        self.lives.push(life);
        self.notes.push(note.number());
        self.gone.push(matches!(note, Note::Left | Note::Gone(_)));
    }
}

impl Point {
    /// A step for a table without rows. Error: what identifies its rows cannot be encoded.
    pub fn new(node: &topology::Point) -> Result<Self, EngineError> {
        Ok(Self {
            encoder: encoder(node.identity.key.format, &node.identity.key.columns)?,
            node: node.clone(),
            rows: HashMap::new(),
            last: 0,
            changed: Changed::default(),
            saved: 0,
            disk: None,
        })
    }

    /// Takes a row from disk, if it is there and not here.
    fn recall(&mut self, identity: &[u8]) -> Result<(), EngineError> {
        if self.disk.is_none() || self.rows.contains_key(identity) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        let entry = [b"k", identity].concat();
        if let Some(value) = disk.get(&entry)? {
            self.load(&entry, value)?;
        }
        self.disk = Some(disk);
        Ok(())
    }

    /// Takes a row that points to `to`, or is not there (any more); `nowhere`: what is written of no key.
    fn put(&mut self, sent: &mut Sent, row: u32, identity: &[u8], to: Option<&[u8]>, nowhere: Option<&[u8]>) {
        let Some(old) = self.rows.get_mut(identity) else {
            let Some(to) = to.map(Arc::from) else { return };
            self.last += 1;
            self.changed.touch(|| identity);
            sent.push(row, &to, self.last, self.last, Note::New);
            self.rows.insert(identity.into(), Row { life: self.last, left: 0, to });
            return;
        };
        self.last += 1;
        let Some(to) = to else {
            match nowhere {
                // The result is gone because the row points nowhere; what it pointed to has nothing to do with that.
                Some(nowhere) => {
                    sent.push(row, &old.to, self.last, old.life, Note::Left);
                    sent.push(row, &nowhere.into(), self.last, old.life, Note::Gone(old.left + 1));
                }
                None => sent.push(row, &old.to, self.last, old.life, Note::Gone(old.left)),
            }
            self.changed.touch(|| identity);
            self.rows.remove(identity);
            self.disk.iter_mut().for_each(|disk| disk.note_gone(&[b"k", identity].concat()));
            return;
        };
        if *to != *old.to {
            sent.push(row, &old.to, self.last, old.life, Note::Left);
            self.changed.touch(|| identity);
            old.left += 1;
            old.to = to.into();
        }
        sent.push(row, &old.to, self.last, old.life, Note::Changed);
    }

    fn batch(&self, batch: Batch, sent: Sent) -> Result<Batch, EngineError> {
        let whole = UInt32Array::from(sent.rows.clone());
        let some = UInt32Array::new(sent.rows.into(), Some(NullBuffer::from(sent.whole)));
        let mut columns = Vec::with_capacity(self.node.rows.fields().len());
        for (at, column) in batch.rows.columns().iter().enumerate() {
            let identifies = self.node.identity.positions.contains(&at);
            columns.push(take(column, if identifies { &whole } else { &some }, None)?);
        }
        let ty = self.node.rows.fields().get(columns.len()).map(|field| field.data_type());
        let mut keys = RowReader::of(ty).map_err(fault)?;
        sent.keys.iter().try_for_each(|key| keys.push(key)).map_err(fault)?;
        columns.append(&mut keys.finish().map_err(fault)?);
        for numbers in [sent.versions, sent.lives, sent.notes] {
            columns.push(Arc::new(Int64Array::from(numbers)));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(whole.len()));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.node.rows), columns, &options)?;
        let gone: BooleanBuffer = sent.gone.into();
        let beside = Batch { change: Change::Append { absent: None }, keyless: None, ..batch };
        let change = Change::Upsert { deleted: (gone.count_set_bits() > 0).then_some(gone), before: None };
        Ok(Batch { change, ..beside.take(&whole, rows)? })
    }
}

impl Operator for Point {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let by = &self.node.by;
        let mut failed = Vec::new();
        let values = evaluate(&by.expr, &batch.rows, &mut failed)?;
        for failed in failed.iter().filter(|failed| !batch.is_absent(failed.row)) {
            cx.ledger.evaluate_failed(&batch, failed.row, &by.sql, &failed.reason);
        }
        let nulls = values.logical_nulls();
        let identities = identities(&self.node.identity, self.encoder.as_mut(), &batch)?;
        let columns = [values];
        let writer = RowWriter::of(&columns).map_err(fault)?;
        let (mut sent, mut bytes) = (Sent::default(), Vec::new());
        for row in 0..batch.len() {
            bytes.clear();
            writer.put(row, &mut bytes);
            let deleted = batch.is_absent(row);
            let nowhere = !deleted && !self.node.keeps_left && nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            if nowhere {
                cx.ledger.row_skipped(&batch, row, "join", "what it is joined by is null");
            }
            let to = (!deleted && !nowhere).then_some(bytes.as_slice());
            let identity = identities.get(row).unwrap_or_default();
            self.recall(identity)?;
            self.put(&mut sent, index(row)?, identity, to, nowhere.then_some(&bytes));
        }
        if !sent.rows.is_empty() {
            out.push(self.batch(batch, sent)?);
        }
        Ok(())
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn held(&self) -> usize {
        self.rows.len()
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn lean(&mut self, mut saved: Saved) -> Result<(), EngineError> {
        if let Some(value) = saved.get(LAST)? {
            self.load(LAST, value)?;
        }
        self.disk = Some(Elsewhere::new(saved));
        Ok(())
    }

    fn track(&mut self) {
        self.changed.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.disk.iter_mut().for_each(Elsewhere::saved);
        let (mut whole, mut value) = (Vec::new(), Vec::new());
        for identity in self.changed.take() {
            whole.clear();
            whole.push(b'k');
            whole.extend_from_slice(&identity);
            let Some(row) = self.rows.get(&*identity) else {
                change(&whole, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&row.life.to_be_bytes());
            value.extend_from_slice(&row.left.to_be_bytes());
            value.extend_from_slice(&row.to);
            change(&whole, Some(&value))?;
        }
        if self.saved != self.last {
            self.saved = self.last;
            change(LAST, Some(&[&[VERSION], self.last.to_be_bytes().as_slice()].concat()))?;
        }
        Ok(())
    }

    fn load(&mut self, mut key: &[u8], mut value: &[u8]) -> Result<(), EngineError> {
        take_version(&mut value)?;
        match take_array::<1>(&mut key)? {
            [b'n'] => {
                self.last = take_long(&mut value)?;
                self.saved = self.last;
            }
            [b'k'] => {
                let (life, left) = (take_long(&mut value)?, take_long(&mut value)?);
                self.rows.insert(key.into(), Row { life, left, to: value.into() });
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}
