//! ROW_NUMBER with a bound: the first rows of each partition in an order, as a table of partition and number.
//!
//! 1. [`input`] says of each row of a batch which partition it is in and where it stands there.
//! 2. [`partitions`] keeps the rows: of a stream as many as may leave, as no row is taken back; of a table all, as one
//!    that goes lets others move up.
//! 3. What the first rows were is compared with what they are, number by number: after each row, or, where updates are
//!    merged, when the epoch ends. [`changes`] makes a batch of what differs.
//!
//! Kept as: eight bytes of a number, which says in which order rows came, and the partition's key → version, eight bytes
//! that tell the columns, the row. On disk rows are found by their partitions besides ([`on_disk`]).

mod changes;
mod input;
mod on_disk;
mod partitions;

use std::collections::HashMap;

use millstream_codec::{Encoder, encoder};
use millstream_plan::topology::Rank;

use super::{Context, Index, Operator, Save, Saved};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::link::InputPartition;
use changes::{Cause, Changes, Shown};
use input::Placed;
use partitions::Partitions;

/// Numbers rows.
pub struct Ranking {
    node: Rank,
    key: Box<dyn Encoder>,
    partitions: Partitions,
    /// Where changes wait for the end of the epoch, if they do: of each partition that has changed what was shown of it
    /// and what changed it last.
    waiting: Option<Waiting>,
}

/// Partitions that have changed within an epoch.
#[derive(Default)]
struct Waiting {
    /// In the order in which they first changed.
    changed: Vec<(u32, Vec<Shown>, Cause)>,
    /// Their places there.
    places: HashMap<u32, usize>,
    /// Where the last batch came from.
    origin: Option<InputPartition>,
}

impl Ranking {
    /// A ranking without rows. Error: the keys of its partitions cannot be encoded, or what rows are compared by has no
    /// order.
    pub fn new(node: &Rank) -> Result<Self, EngineError> {
        Ok(Self {
            key: encoder(node.key.format, &node.key.columns)?,
            partitions: Partitions::new(node)?,
            waiting: None,
            node: node.clone(),
        })
    }

    /// Takes the partitions from disk that rows are in, or were.
    fn recall(&mut self, rows: usize, placed: &Placed) -> Result<(), EngineError> {
        if self.partitions.disk.is_none() {
            return Ok(());
        }
        for row in 0..rows {
            let places = [placed.taken_back(row), placed.added(row)];
            places.into_iter().flatten().try_for_each(|(key, _)| self.partitions.recall(key))?;
        }
        self.partitions.settle()
    }

    /// A partition is about to change by that row: what is shown of it now.
    fn before(&mut self, partition: u32, cause: Cause) -> Vec<Shown> {
        match &mut self.waiting {
            None => self.partitions.shown(partition),
            Some(waiting) => {
                if let Some(place) = waiting.places.get(&partition) {
                    if let Some((_, _, last)) = waiting.changed.get_mut(*place) {
                        *last = cause;
                    }
                } else {
                    waiting.places.insert(partition, waiting.changed.len());
                    waiting.changed.push((partition, self.partitions.shown(partition), cause));
                }
                Vec::new()
            }
        }
    }

    /// It has changed so: what differs leaves, if it does not wait.
    fn after(&self, partition: u32, was: &[Shown], cause: Cause, changes: &mut Changes) {
        if self.waiting.is_none() {
            changes.note(was, &self.partitions.shown(partition), cause);
        }
    }

    /// Takes a row: out of where it was, and in where it is.
    fn place(&mut self, row: usize, placed: &Placed, changes: &mut Changes) -> Result<(), EngineError> {
        let cause = placed.cause(row);
        let old = placed.taken_back(row).and_then(|(key, at)| Some((self.partitions.find(key)?, at)));
        let new = match placed.added(row) {
            Some((key, at)) => Some((self.partitions.number(key)?, at)),
            None => None,
        };
        match (old, new) {
            (None, Some((to, at))) if self.partitions.is_behind(to, at) => {}
            (Some((from, was_at)), Some((to, at))) if from == to => {
                let was = self.before(from, cause);
                let number = self.partitions.remove(from, was_at);
                let number = number.filter(|_| was_at.sort == at.sort);
                self.partitions.insert(to, at, number);
                self.after(to, &was, cause, changes);
            }
            (old, new) => {
                if let Some((from, at)) = old {
                    let was = self.before(from, cause);
                    self.partitions.remove(from, at);
                    self.after(from, &was, cause, changes);
                }
                if let Some((to, at)) = new {
                    let was = self.before(to, cause);
                    self.partitions.insert(to, at, None);
                    self.after(to, &was, cause, changes);
                }
            }
        }
        Ok(())
    }
}

impl Operator for Ranking {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.partitions.settle()?;
        if let Change::Upsert { before: None, .. } = &batch.change {
            return Err(EngineError::Query("rows of a table are ranked without what they were".into()));
        }
        self.partitions.keep_all(matches!(batch.change, Change::Upsert { .. }));
        let placed = Placed::of(&self.node, &batch, self.key.as_mut(), &self.partitions, cx.ledger)?;
        self.recall(batch.len(), &placed)?;
        let mut changes = Changes::default();
        for row in 0..batch.len() {
            self.place(row, &placed, &mut changes)?;
        }
        match &mut self.waiting {
            Some(waiting) => waiting.origin = Some(batch.origin.partition),
            None => changes.release(&self.node, batch.origin.partition, out)?,
        }
        Ok(())
    }

    fn merge_updates(&mut self) {
        self.waiting.get_or_insert_default();
    }

    fn epoch(&mut self, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let Some(waiting) = &mut self.waiting else { return Ok(()) };
        let Waiting { changed, origin, .. } = std::mem::take(waiting);
        let Some(origin) = origin else { return Ok(()) };
        let mut changes = Changes::default();
        for (partition, was, cause) in changed {
            changes.note(&was, &self.partitions.shown(partition), cause);
        }
        changes.release(&self.node, origin, out)
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn held(&self) -> usize {
        self.partitions.rows()
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(on_disk::INDEX)
    }

    fn lean(&mut self, saved: Saved) -> Result<(), EngineError> {
        self.partitions.lean(saved)
    }

    fn track(&mut self) {
        self.partitions.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.partitions.save(change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.partitions.load(key, value)
    }
}
