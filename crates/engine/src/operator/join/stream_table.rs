//! A stream with a table: each record finds the row of its key as it is then.
//!
//! Changes of the table make no results. A record that comes before its row finds none, as in ksqlDB.

use std::ops::Range;

use millstream_plan::topology::JoinKind;

use super::input::Input;
use super::kept::{Kept, KeptRows};
use super::results::{Joined, Pair, Part, Results};
use super::{Matching, Side, damaged};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::{Save, Saved};

/// The rows of the table.
pub(super) struct StreamTable {
    /// Whether records without a row stay.
    keeps_left: bool,
    table: KeptRows,
}

/// First byte of what is saved of the table.
const TABLE: u8 = 0;

impl StreamTable {
    /// A join with an empty table.
    pub(super) fn new(kind: JoinKind) -> Self {
        Self { keeps_left: kind.keeps_left(), table: KeptRows::default() }
    }
}

impl Matching for StreamTable {
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError> {
        for row in rows {
            let (key, absent) = (input.key(row), input.batch.is_absent(row));
            key.map_or(Ok(()), |key| self.table.recall(key))?;
            match (side, key) {
                (Side::Right, Some(key)) => {
                    let new = (!absent).then(|| Kept::new(input.time(row), input.bytes(row)));
                    self.table.replace(key, new);
                }
                (Side::Left, _) if absent => {
                    ledger.row_skipped(input.batch, row, "join", "a record without a value is not joined");
                }
                (Side::Left, key) if key.is_some() || self.keeps_left => {
                    let found = key.and_then(|key| self.table.get(key));
                    if found.is_some() || self.keeps_left {
                        let pair = Pair { left: Part::Own, right: Part::kept(found.map(|kept| &kept.bytes)) };
                        results.push(Joined::new(row, input.time(row), pair))?;
                    }
                }
                _ => ledger.row_skipped(input.batch, row, "join", "what it is joined by is null"),
            }
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.table.held()
    }

    fn can_be_lean(&self) -> bool {
        true
    }

    fn lean(&mut self, saved: &Saved) -> Result<(), EngineError> {
        self.table.lean(saved.below(&[TABLE]));
        Ok(())
    }

    fn track(&mut self) {
        self.table.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.table.save(TABLE, change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        match key.split_first() {
            Some((&TABLE, key)) => self.table.load(key, value),
            _ => Err(damaged()),
        }
    }
}
