//! GROUP BY: rows become one row a group, and every row of the input one result of its group as it is then.
//!
//! 1. [`input`] says of each row which group it is in and what the calls are given.
//! 2. A [`Grouping`] says which states that changes: one a group ([`groups`]), one for each window ([`time_windows`]) or
//!    for the session that the row makes or joins ([`sessions`]).
//! 3. [`pass`] brings the states of a run of rows up to date call by call and makes the [`results`] of it; or [`merged`]
//!    notes what has changed until the epoch ends, and one result a state leaves then.
//!
//! [`totals`] is the same for rows that end: each group leaves once.
//!
//! The states live in memory ([`states`]) and in the map of a grouping. Those that an epoch has changed are given out at
//! its end for the changelog; an epoch that is undone takes the whole step with it, and a new one is loaded.

mod apart;
mod entry;
mod expiring;
mod group_columns;
mod groups;
mod input;
mod merged;
mod pass;
mod results;
mod sessions;
mod states;
mod time_windows;
mod totals;

use arrow::array::UInt32Array;
use arrow::compute::take_record_batch;
use millstream_codec::{Encoder, encoder};
use millstream_plan::topology::{Aggregate, WindowKind, Windowing};

use super::{Context, Index, Kept, Operator, Save, Saved};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::watermark::{StepTime, known};
use expiring::Expiring;
use group_columns::GroupColumns;
use groups::Groups;
use input::Input;
use merged::Merged;
use pass::{Inputs, Pass};
use sessions::Sessions;
use states::States;
use time_windows::TimeWindows;
pub use totals::Totals;

/// Where the states of an aggregation are, and which of them a row changes.
trait Grouping: Send {
    /// Takes that many rows in order; what follows from them is put to `pass`.
    fn place(&mut self, rows: usize, pass: &mut Pass<'_>) -> Result<(), EngineError>;

    /// The results of an epoch have left: what comes from here on replaces them.
    fn epoch_ended(&mut self) {}

    /// Frees the states that no row can change any more. Nothing is pending then.
    fn expire(&mut self, _states: &mut States) -> Result<(), EngineError> {
        Ok(())
    }

    /// The latest event time of a row; negative: none was seen. `None`: it does not matter here.
    fn now(&self) -> Option<i64> {
        None
    }

    /// From here on changes are noted for [`Grouping::save`].
    fn track(&mut self, states: &mut States);

    /// As [`Operator::can_be_lean`].
    fn can_be_lean(&self) -> bool {
        false
    }

    /// As [`Operator::can_be_on_disk`].
    fn can_be_on_disk(&self) -> bool {
        self.can_be_lean()
    }

    /// As [`Operator::index`].
    fn index(&self) -> Option<Index> {
        None
    }

    /// As [`Operator::lean`].
    fn lean(&mut self, _saved: Saved, _states: &mut States) -> Result<(), EngineError> {
        Ok(())
    }

    /// How many values of calls it has in memory that are on disk one by one, about.
    fn values(&self) -> usize {
        0
    }

    /// Its groups get other calls, which keep values or do not; `states` are those of the calls that it had.
    fn reform(&mut self, _apart: bool, _states: &mut States) -> Result<(), EngineError> {
        Ok(())
    }

    /// They have got them.
    fn reformed(&mut self, _states: &mut States) {}

    /// Gives out what has changed since the last call.
    fn save(&mut self, states: &mut States, change: &mut Save<'_>) -> Result<(), EngineError>;

    /// As [`Operator::expect`].
    fn expect(&mut self, _keys: usize, _states: &mut States) {}

    /// Takes what [`Grouping::save`] gave out.
    fn load(&mut self, key: &[u8], value: &[u8], states: &mut States) -> Result<(), EngineError>;
}

/// So many values of calls are worth a group.
const VALUES: usize = 16;

/// Aggregates rows.
pub struct Aggregation {
    node: Aggregate,
    key: Box<dyn Encoder>,
    grouping: Box<dyn Grouping>,
    states: States,
    /// Where results wait for the end of the epoch, if they do.
    merged: Option<Merged>,
}

impl Aggregation {
    /// An aggregation without groups. Error: its keys cannot be encoded, or a call has no state.
    pub fn new(node: &Aggregate) -> Result<Self, EngineError> {
        let columns = GroupColumns::of(&node.group);
        let states = States::new(&node.calls)?;
        let grouping: Box<dyn Grouping> = match node.window {
            None if let Some(ttl) = node.ttl => Box::new(Expiring::new(ttl, columns)),
            None => Box::new(Groups::new(states.has_values())),
            Some(window @ Windowing { kind: WindowKind::Time { size, advance }, .. }) => {
                Box::new(TimeWindows::new(size, advance, &window, columns, states.has_values()))
            }
            Some(window @ Windowing { kind: WindowKind::Session { gap }, .. }) => {
                Box::new(Sessions::new(gap, &window, columns))
            }
        };
        Ok(Self {
            key: encoder(node.key.format, &node.key.columns)?,
            grouping,
            states,
            merged: None,
            node: node.clone(),
        })
    }
}

/// Late rows as their topic has them.
fn late_rows(batch: &Batch, late: Vec<u32>, columns: &[usize]) -> Result<Batch, EngineError> {
    let numbers = UInt32Array::from(late);
    let rows = take_record_batch(&batch.rows.project(columns)?, &numbers)?;
    Ok(batch.take(&numbers, rows)?)
}

impl Operator for Aggregation {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let added = Input::added(&self.node, &batch, self.key.as_mut(), cx.ledger)?;
        let taken_back = match &batch.change {
            Change::Append { .. } => None,
            Change::Upsert { before: Some(before), .. } => {
                self.states.count_values();
                Some(Input::taken_back(&self.node, before, self.key.as_mut())?)
            }
            Change::Upsert { before: None, .. } => {
                return Err(EngineError::Query("rows of a table are aggregated without what they were".into()));
            }
        };
        let (rows, inputs) = (batch.len(), Inputs { added, taken_back });
        let whole = self.node.late.is_some().then(|| batch.clone());
        let merged = self.merged.as_mut();
        let mut pass = Pass::new(&self.node, batch, &inputs, &mut self.states, merged, cx.ledger, out);
        self.grouping.place(rows, &mut pass)?;
        pass.flush()?;
        let late = pass.into_late();
        if let (Some(node), Some(batch)) = (&self.node.late, whole.filter(|_| !late.is_empty())) {
            cx.late.push(late_rows(&batch, late, &node.columns)?);
        }
        // What waits to leave must not be freed before.
        if self.merged.is_none() { self.grouping.expire(&mut self.states) } else { Ok(()) }
    }

    fn merge_updates(&mut self) {
        // Last results leave once as it is.
        if !self.node.window.is_some_and(|w| w.last_only) {
            self.merged = Some(Merged::default());
        }
    }

    fn epoch(&mut self, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let Some(merged) = &mut self.merged else { return Ok(()) };
        if merged.is_empty() {
            return Ok(());
        }
        merged.release(&self.node, &self.states, out)?;
        self.grouping.epoch_ended();
        self.grouping.expire(&mut self.states)
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn stream_times(&self, out: &mut Vec<StepTime>) {
        out.extend(self.grouping.now().map(|now| StepTime { step: "aggregate", time: known(now) }));
    }

    fn track(&mut self) {
        self.grouping.track(&mut self.states);
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.grouping.save(&mut self.states, change)
    }

    fn expect(&mut self, keys: usize) {
        self.grouping.expect(keys, &mut self.states);
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.grouping.load(key, value, &mut self.states)
    }

    fn can_be_lean(&self) -> bool {
        self.grouping.can_be_lean()
    }

    fn can_be_on_disk(&self) -> bool {
        self.grouping.can_be_on_disk()
    }

    fn index(&self) -> Option<Index> {
        self.grouping.index()
    }

    fn lean(&mut self, saved: Saved) -> Result<(), EngineError> {
        self.grouping.lean(saved, &mut self.states)
    }

    fn held(&self) -> usize {
        self.states.len() + self.grouping.values() / VALUES
    }

    fn give(self: Box<Self>) -> Option<Kept> {
        Some(Kept::Groups(self))
    }

    fn adopt(&mut self, kept: Kept) -> Option<Kept> {
        let Kept::Groups(mut earlier) = kept else { return Some(kept) };
        let sql = |node: &Aggregate| -> Vec<String> { node.group.iter().map(|part| part.sql.clone()).collect() };
        let same = sql(&earlier.node) == sql(&self.node)
            && earlier.node.key.format == self.node.key.format
            && earlier.node.window == self.node.window
            && earlier.node.ttl == self.node.ttl;
        // A key that is too long to be kept would have been refused when it came.
        if same && earlier.grouping.reform(self.states.has_values(), &mut earlier.states).is_ok() {
            self.grouping = earlier.grouping;
            self.states.adopt(earlier.states);
            self.grouping.reformed(&mut self.states);
        }
        None
    }
}
