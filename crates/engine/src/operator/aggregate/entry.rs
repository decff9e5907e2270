//! What a row does to a state, and a state whose last result leaves.

use arrow::array::{ArrayRef, UInt32Array};

use crate::error::EngineError;
use crate::operator::index;

/// A change of one state by one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The row's number.
    pub(super) row: usize,
    /// The state.
    pub(super) slot: u32,
    /// The state goes on; else its group is gone under these bounds, and the row does not count.
    pub(super) live: bool,
    /// There has been a result of it, which this one replaces.
    pub(super) before: bool,
    /// What the row was is taken back.
    pub(super) undo: bool,
    /// What the row is is counted.
    pub(super) add: bool,
    /// Time of the result.
    pub(super) time: i64,
    /// Time of the one that it replaces, if it replaces one.
    pub(super) was: i64,
    /// Where the group's window begins; 0 without windows.
    pub(super) start: i64,
    /// Where it ends.
    pub(super) end: i64,
}

impl Entry {
    /// The row of that number counted in: a first result.
    pub(super) fn of(row: usize) -> Self {
        Self { row, slot: 0, live: true, before: false, undo: false, add: true, time: 0, was: 0, start: 0, end: 0 }
    }
}

/// A state whose last result leaves.
pub(super) struct Closed {
    pub(super) slot: u32,
    pub(super) time: i64,
    /// Time of the result that left before.
    pub(super) was: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    /// What it is grouped by: columns of one row.
    pub(super) columns: Vec<ArrayRef>,
}

/// The numbers of the rows behind entries.
pub(super) fn rows_of(entries: &[Entry]) -> Result<UInt32Array, EngineError> {
    let rows: Vec<u32> = entries.iter().map(|e| index(e.row)).collect::<Result<_, _>>()?;
    Ok(rows.into())
}

/// Whether entries are all rows of a batch of that length, in order.
pub(super) fn are_all(entries: &[Entry], rows: usize) -> bool {
    entries.len() == rows && entries.iter().enumerate().all(|(at, entry)| entry.row == at)
}
