//! The middle of a foreign-key join over all partitions: of the left table those rows are here that point to keys of this
//! partition, as [`crate::operator::Point`] sends them.
//!
//! What a row was, and whether it has left for another key, the rows say themselves; times and order of what is told are those
//! of [`super::foreign_key`]. That a row has left is told, too: behind it nothing comes that follows from what it was here.

use std::ops::Range;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use millstream_plan::topology::{Join, Note, Pointer};

use super::input::Input;
use super::kept::Kept;
use super::pointers::{INDEX, Pointers};
use super::results::{Joined, Pair, Part, Results};
use super::{Matching, Side};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::{Index, Save, Saved, unknown_note};

/// The rows of the right table, and those that point to them.
pub(super) struct Pointed {
    tables: Pointers,
    pointer: Pointer,
}

impl Pointed {
    /// A join of empty tables. Error: the rows do not say where they point to, or what identifies them.
    pub(super) fn new(node: &Join) -> Result<Self, EngineError> {
        let none = || EngineError::Query("the rows of a foreign-key join do not say where they point to".into());
        Ok(Self { tables: Pointers::new(node)?, pointer: node.pointer().ok_or_else(none)? })
    }

    fn push_left(
        &mut self,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
    ) -> Result<(), EngineError> {
        let tables = &mut self.tables;
        let identities = tables.identities(input.batch)?;
        let notes = input.batch.rows.column(self.pointer.note()).as_primitive::<Int64Type>();
        for row in rows {
            let Some(identity) = identities.get(row) else { continue };
            let (time, key) = (input.time(row), input.key(row));
            let number = notes.values().get(row).copied().unwrap_or(i64::MIN);
            let note = Note::of(number).ok_or_else(|| unknown_note(number))?;
            // What points nowhere is kept nowhere.
            if key.is_some() {
                tables.recall(identity, key)?;
                let kept = || Kept { points_to: key.map(Into::into), ..Kept::new(time, input.bytes(row)) };
                tables.replace(identity, matches!(note, Note::New | Note::Changed).then(kept));
            }
            let found = tables.found(key).filter(|_| note != Note::Left);
            let (there, told) = match note {
                Note::New => (found.is_some() || tables.keeps_left, false),
                Note::Changed => (found.is_some() || tables.keeps_left, true),
                Note::Left | Note::Gone(_) => (false, true),
            };
            if !there && !told {
                continue;
            }
            let right = Part::kept(found.filter(|_| there).map(|kept| &kept.bytes));
            let time = found.map_or(time, |kept| time.max(kept.time));
            let mut joined = Joined::new(row, time, Pair { left: Part::Own, right });
            joined.deleted = !there;
            results.push(joined)?;
        }
        Ok(())
    }
}

impl Matching for Pointed {
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        match side {
            Side::Left => self.push_left(input, rows, results),
            Side::Right => self.tables.push_right(input, rows, results, ledger),
        }
    }

    fn held(&self) -> usize {
        self.tables.held()
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(INDEX)
    }

    fn lean(&mut self, saved: &Saved) -> Result<(), EngineError> {
        self.tables.lean(saved);
        Ok(())
    }

    fn track(&mut self) {
        self.tables.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.tables.save(change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.tables.load(key, value)
    }
}
