//! The end of a foreign-key join over all partitions: what was told about an earlier change of a row than the latest that
//! something was told about is dropped.
//!
//! Results of a row come from the partitions of all keys that it has pointed to. One that it has left may tell something after
//! the one that it has gone to, until it tells that the row has left. So the number of the latest change is needed for as long
//! as a key that the row has left has not told that, even when the row is gone. The row that is gone says how many keys it has
//! left: when as many have told so, nothing more can come. A row that comes back before is counted anew, under the number of
//! the change with which it came, its life.
//!
//! Kept as: what identifies the row → version, number of the latest change; number of lives, and of each its number, how many
//! keys have not told yet, and whether the row is gone; the row, where steps behind ask what it was.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::{interleave_record_batch, take_record_batch};
use arrow::datatypes::Int64Type;
use millstream_codec::{Encoder, encoder};
use millstream_functions::{RowReader, RowWriter};
use millstream_plan::topology::{self, Note};

use super::elsewhere::Elsewhere;
use super::join::identities;
use super::kept::{Changed, VERSION, damaged, take_array, take_long, take_version};
use super::table::fault;
use super::{Context, Operator, Save, Saved, index, unknown_note};
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;

/// Lets what is told about the latest changes pass.
pub struct Latest {
    node: topology::Latest,
    encoder: Box<dyn Encoder>,
    rows: HashMap<Arc<[u8]>, Told>,
    changed: Changed,
    /// Where that is known of rows that is not here.
    disk: Option<Elsewhere>,
}

/// What is known of a row.
#[derive(Default)]
struct Told {
    /// The latest change that something was told about.
    version: i64,
    /// Of which more may be told.
    lives: Vec<Life>,
    /// What was told, where steps behind ask for that; `None`: there is none.
    row: Option<Arc<[u8]>>,
}

/// From when a row comes till it is gone.
#[derive(Debug, Clone, Copy)]
struct Life {
    number: i64,
    /// How many of the keys that it has left have not told so; below none: more have than it has said by now.
    owed: i64,
    gone: bool,
}

impl Told {
    fn life(&mut self, number: i64) -> (&mut Life, bool) {
        let (at, is_new) = match self.lives.iter().position(|life| life.number == number) {
            Some(at) => (at, false),
            None => {
                self.lives.push(Life { number, owed: 0, gone: false });
                (self.lives.len() - 1, true)
            }
        };
        (&mut self.lives[at], is_new)
    }

    /// Notes what a change says about the life of the row; whether it says anything that was not known.
    fn note(&mut self, life: i64, note: Note) -> bool {
        let (life, is_new) = self.life(life);
        match note {
            Note::New | Note::Changed => return is_new,
            Note::Left => life.owed -= 1,
            Note::Gone(left) => {
                life.owed += left;
                life.gone = true;
            }
        }
        self.lives.retain(|life| !life.gone || life.owed != 0);
        true
    }
}

/// The rows of a batch that pass.
#[derive(Default)]
struct Passed {
    rows: Vec<u32>,
    deleted: Vec<bool>,
    /// What each was: where it stands among the rows that were kept.
    kept: Vec<Arc<[u8]>>,
    picks: Vec<(usize, usize)>,
    there: Vec<bool>,
}

impl Latest {
    /// A step that has seen nothing. Error: what identifies rows cannot be encoded.
    pub fn new(node: &topology::Latest) -> Result<Self, EngineError> {
        Ok(Self {
            encoder: encoder(node.identity.key.format, &node.identity.key.columns)?,
            node: node.clone(),
            rows: HashMap::new(),
            changed: Changed::default(),
            disk: None,
        })
    }

    /// Takes what is known of a row from disk, if it is there and not here.
    fn recall(&mut self, identity: &[u8]) -> Result<(), EngineError> {
        if self.disk.is_none() || self.rows.contains_key(identity) {
            return Ok(());
        }
        let Some(mut disk) = self.disk.take() else { return Ok(()) };
        if let Some(value) = disk.get(identity)? {
            self.load(identity, value)?;
        }
        self.disk = Some(disk);
        Ok(())
    }

    /// Takes what is told about a change of a row; whether it passes. `bytes`: the row, unless it is gone.
    fn put(
        &mut self,
        identity: &[u8],
        (version, life, note): (i64, i64, Note),
        bytes: Option<Arc<[u8]>>,
    ) -> (bool, Option<Arc<[u8]>>) {
        let told = match self.rows.get_mut(identity) {
            Some(told) => told,
            None => self.rows.entry(identity.into()).or_default(),
        };
        let mut changed = told.note(life, note);
        let passes = note != Note::Left && version >= told.version;
        let mut before = None;
        if passes {
            changed |= version != told.version || self.node.before;
            told.version = version;
            before = if self.node.before { std::mem::replace(&mut told.row, bytes) } else { None };
        }
        if changed {
            self.changed.touch(|| identity);
        }
        if told.lives.is_empty() {
            self.rows.remove(identity);
            self.disk.iter_mut().for_each(|disk| disk.note_gone(identity));
        }
        (passes, before)
    }

    fn batch(&self, batch: Batch, rows: &RecordBatch, passed: Passed) -> Result<Batch, EngineError> {
        let numbers = UInt32Array::from(passed.rows);
        let before = if self.node.before {
            let mut kept = RowReader::of(rows.schema_ref().fields().iter().map(|f| f.data_type())).map_err(fault)?;
            passed.kept.iter().try_for_each(|row| kept.push(row)).map_err(fault)?;
            let options = RecordBatchOptions::new().with_row_count(Some(passed.kept.len()));
            let kept = RecordBatch::try_new_with_options(rows.schema(), kept.finish().map_err(fault)?, &options)?;
            Some(Before { rows: interleave_record_batch(&[rows, &kept], &passed.picks)?, there: passed.there.into() })
        } else {
            None
        };
        let deleted: BooleanBuffer = passed.deleted.into();
        let change = Change::Upsert { deleted: (deleted.count_set_bits() > 0).then_some(deleted), before };
        let beside = Batch { change: Change::Append { absent: None }, ..batch };
        Ok(Batch { change, ..beside.take(&numbers, take_record_batch(rows, &numbers)?)? })
    }
}

impl Operator for Latest {
    fn push(&mut self, batch: Batch, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let identities = identities(&self.node.identity, self.encoder.as_mut(), &batch)?;
        let long =
            |at: usize| -> ScalarBuffer<i64> { batch.rows.column(at).as_primitive::<Int64Type>().values().clone() };
        let pointer = self.node.pointer;
        let (versions, lives, notes) = (long(pointer.version()), long(pointer.life()), long(pointer.note()));
        let columns = self.node.kept().filter_map(|at| batch.rows.columns().get(at).cloned()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.len()));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.node.rows), columns, &options)?;
        let writer = RowWriter::of(rows.columns()).map_err(fault)?;
        let mut passed = Passed::default();
        for row in 0..batch.len() {
            let deleted = batch.is_absent(row);
            let bytes = (self.node.before && !deleted).then(|| {
                let mut bytes = Vec::new();
                writer.put(row, &mut bytes);
                Arc::from(bytes)
            });
            let note = Note::of(notes[row]).ok_or_else(|| unknown_note(notes[row]))?;
            let change = (versions[row], lives[row], note);
            let identity = identities.get(row).unwrap_or_default();
            self.recall(identity)?;
            let (passes, before) = self.put(identity, change, bytes);
            if !passes {
                continue;
            }
            passed.rows.push(index(row)?);
            passed.deleted.push(deleted);
            passed.there.push(before.is_some());
            // Its own columns stand in for those of a row that was not there.
            passed.picks.push(before.as_ref().map_or((0, row), |_| (1, passed.kept.len())));
            passed.kept.extend(before);
        }
        if !passed.rows.is_empty() {
            out.push(self.batch(batch, &rows, passed)?);
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

    fn lean(&mut self, saved: Saved) -> Result<(), EngineError> {
        self.disk = Some(Elsewhere::new(saved));
        Ok(())
    }

    fn track(&mut self) {
        self.changed.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.disk.iter_mut().for_each(Elsewhere::saved);
        let mut value = Vec::new();
        for identity in self.changed.take() {
            let Some(told) = self.rows.get(&*identity) else {
                change(&identity, None)?;
                continue;
            };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&told.version.to_be_bytes());
            let lives = u32::try_from(told.lives.len());
            let lives = lives.map_err(|_| EngineError::Query("a row came and went too often".into()))?;
            value.extend_from_slice(&lives.to_be_bytes());
            for life in &told.lives {
                value.extend_from_slice(&life.number.to_be_bytes());
                value.extend_from_slice(&life.owed.to_be_bytes());
                value.push(u8::from(life.gone));
            }
            value.push(u8::from(told.row.is_some()));
            value.extend_from_slice(told.row.as_deref().unwrap_or_default());
            change(&identity, Some(&value))?;
        }
        Ok(())
    }

    fn load(&mut self, key: &[u8], mut value: &[u8]) -> Result<(), EngineError> {
        take_version(&mut value)?;
        let version = take_long(&mut value)?;
        let mut told = Told { version, ..Told::default() };
        for _ in 0..u32::from_be_bytes(take_array(&mut value)?) {
            let (number, owed) = (take_long(&mut value)?, take_long(&mut value)?);
            told.lives.push(Life { number, owed, gone: take_array::<1>(&mut value)? != [0] });
        }
        told.row = match take_array::<1>(&mut value)? {
            [0] => None,
            [1] => Some(value.into()),
            _ => return Err(damaged()),
        };
        self.rows.insert(key.into(), told);
        Ok(())
    }
}
