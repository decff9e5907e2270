//! Two tables by their primary keys: a change of either side changes the row of that key in the result.
//!
//! As in Kafka Streams a change leaves whenever the other side has a row, or there was or is a row of the result: also a
//! deletion of what was not there.

use std::ops::Range;

use millstream_plan::topology::Join;

use super::input::Input;
use super::kept::{Kept, KeptRows};
use super::results::{Joined, Pair, Part, Results};
use super::{Matching, Side, Sides, damaged};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::{Save, Saved};

/// The rows of both tables.
pub(super) struct TableTable {
    /// Whether rows of a side stay without one of the other.
    keeps: Sides<bool>,
    rows: Sides<KeptRows>,
}

/// First byte of what is saved of each side.
const PREFIX: Sides<u8> = Sides { left: 0, right: 1 };

impl TableTable {
    /// A join of empty tables.
    pub(super) fn new(node: &Join) -> Self {
        let keeps = Sides { left: node.kind.keeps_left(), right: node.kind.keeps_right() };
        Self { keeps, rows: Sides::default() }
    }

    /// Whether the result has a row where these sides do or do not have one.
    fn is_there(&self, side: Side, own: bool, other: bool) -> bool {
        match (own, other) {
            (true, true) => true,
            (true, false) => *self.keeps.get(side),
            (false, true) => *self.keeps.get(side.other()),
            (false, false) => false,
        }
    }
}

impl Matching for TableTable {
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        for row in rows {
            let Some(key) = input.key(row) else {
                ledger.row_skipped(input.batch, row, "join", "what it is joined by is null");
                continue;
            };
            self.rows.left.recall(key)?;
            self.rows.right.recall(key)?;
            let deleted = input.batch.is_absent(row);
            let time = input.time(row);
            let new = (!deleted).then(|| Kept::new(time, input.bytes(row)));
            let old = self.rows.get_mut(side).replace(key, new);
            let other = self.rows.get(side.other()).get(key);
            if other.is_none() && (!*self.keeps.get(side) || (deleted && old.is_none())) {
                continue;
            }
            let there = self.is_there(side, !deleted, other.is_some());
            let part = || Part::kept(other.map(|kept| &kept.bytes));
            // Of a deleted row the columns of the key still tell which one it was.
            let own = if deleted && there { Part::Nothing } else { Part::Own };
            let other_time = other.map_or(i64::MIN, |kept| kept.time);
            let mut joined = Joined::new(row, time.max(other_time), Pair::of(side, own, part()));
            joined.deleted = !there;
            if results.tells_before() && self.is_there(side, old.is_some(), other.is_some()) {
                let own = Part::kept(old.as_ref().map(|kept| &kept.bytes));
                let old_time = old.map_or(i64::MIN, |kept| kept.time).max(other_time);
                joined.before = Some((Pair::of(side, own, part()), old_time));
            }
            results.push(joined)?;
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.rows.left.held() + self.rows.right.held()
    }

    fn can_be_lean(&self) -> bool {
        true
    }

    fn lean(&mut self, saved: &Saved) -> Result<(), EngineError> {
        self.rows.left.lean(saved.below(&[PREFIX.left]));
        self.rows.right.lean(saved.below(&[PREFIX.right]));
        Ok(())
    }

    fn track(&mut self) {
        self.rows.left.track();
        self.rows.right.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.rows.left.save(PREFIX.left, change)?;
        self.rows.right.save(PREFIX.right, change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        match key.split_first() {
            Some((prefix, key)) if *prefix == PREFIX.left => self.rows.left.load(key, value),
            Some((prefix, key)) if *prefix == PREFIX.right => self.rows.right.load(key, value),
            _ => Err(damaged()),
        }
    }
}
