//! A table with another one whose rows its own point to: a change of the row that is pointed to changes all rows that do.
//!
//! As in Kafka Streams the rows that point to one are told in the order of their keys' bytes; a change of the left side
//! carries the later time of both rows, one of the right side its own. A change of a row that was there before leaves
//! even if the result neither had nor has a row.

use std::ops::Range;
use std::sync::Arc;

use millstream_plan::topology::Join;

use super::input::Input;
use super::kept::Kept;
use super::pointers::{INDEX, Pointers, told_time};
use super::results::{Joined, Pair, Part, Results};
use super::{Matching, Side};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::{Index, Save, Saved};

/// The rows of both tables.
pub(super) struct ForeignKey(Pointers);

impl ForeignKey {
    /// A join of empty tables. Error: the left side has no identity that can be encoded.
    pub(super) fn new(node: &Join) -> Result<Self, EngineError> {
        Ok(Self(Pointers::new(node)?))
    }

    fn push_left(
        &mut self,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        let Self(tables) = self;
        let identities = tables.identities(input.batch)?;
        for row in rows {
            let Some(identity) = identities.get(row) else { continue };
            let (time, deleted) = (input.time(row), input.batch.is_absent(row));
            let points_to: Option<Arc<[u8]>> = input.key(row).filter(|_| !deleted).map(Into::into);
            tables.recall(identity, points_to.as_deref())?;
            let new = (!deleted).then(|| Kept { points_to: points_to.clone(), ..Kept::new(time, input.bytes(row)) });
            let old = tables.replace(identity, new);
            let old_points_to = old.as_ref().and_then(|kept| kept.points_to.clone());
            if !deleted && points_to.is_none() && !tables.keeps_left {
                ledger.row_skipped(input.batch, row, "join", "what it is joined by is null");
            }
            let found = tables.found(points_to.as_deref());
            let old_found = tables.found(old_points_to.as_deref());
            let there = !deleted && (found.is_some() || tables.keeps_left);
            // What was there under the old key, or could have been.
            let was = old.is_some() && (old_points_to.is_some() || tables.keeps_left);
            if !there && !was {
                continue;
            }
            let time_of = |kept: Option<&Kept>| kept.map_or(i64::MIN, |kept| kept.time);
            let seen = if deleted { old_found } else { found };
            let right = Part::kept(found.map(|kept| &kept.bytes));
            let mut joined = Joined::new(row, time.max(time_of(seen)), Pair { left: Part::Own, right });
            joined.deleted = !there;
            if let Some(old) = old.filter(|_| results.tells_before() && (old_found.is_some() || tables.keeps_left)) {
                let right = Part::kept(old_found.map(|kept| &kept.bytes));
                let time = told_time(&old, old_found);
                joined.before = Some((Pair { left: Part::Kept(old.bytes), right }, time));
            }
            results.push(joined)?;
        }
        Ok(())
    }
}

impl Matching for ForeignKey {
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        match side {
            Side::Left => self.push_left(input, rows, results, ledger),
            Side::Right => self.0.push_right(input, rows, results, ledger),
        }
    }

    fn held(&self) -> usize {
        self.0.held()
    }

    fn can_be_on_disk(&self) -> bool {
        true
    }

    fn index(&self) -> Option<Index> {
        Some(INDEX)
    }

    fn lean(&mut self, saved: &Saved) -> Result<(), EngineError> {
        self.0.lean(saved);
        Ok(())
    }

    fn track(&mut self) {
        self.0.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.0.save(change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.0.load(key, value)
    }
}
