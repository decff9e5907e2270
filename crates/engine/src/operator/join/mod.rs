//! Joins: rows of two sides that have equal keys become one row.
//!
//! 1. [`input`] says by what bytes each row of a batch is found, and keeps rows as bytes.
//! 2. A [`Matching`] keeps what it needs of each side and says which rows go together: [`stream_stream`], [`stream_table`],
//!    [`table_table`], [`foreign_key`], and of that, where it runs over all partitions, the middle: [`pointed`].
//! 3. [`results`] makes batches of such pairs.
//!
//! The left side is what comes from the steps before; the right side comes from a branch, whose operators live in here.

mod buffer;
mod foreign_key;
mod input;
mod kept;
mod pointed;
mod pointers;
mod results;
mod stream_stream;
mod stream_table;
mod table_table;
mod waiting;

use std::ops::Range;

use millstream_plan::topology::{Join, JoinForm};

use super::branch::{BranchOperators, prefixed};
use super::{Context, Index, Operator, Save, Saved, Turn};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::watermark::{StepTime, known};
use foreign_key::ForeignKey;
use input::{Input, KeyedRows, Keys};
use pointed::Pointed;
pub(crate) use pointers::identities;
use results::Results;
use stream_stream::StreamStream;
use stream_table::StreamTable;
use table_table::TableTable;

/// Which side of a join something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    Left,
    Right,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// What a side has, of both.
#[derive(Debug, Default)]
struct Sides<T> {
    left: T,
    right: T,
}

impl<T> Sides<T> {
    fn get(&self, side: Side) -> &T {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

/// Which rows of the two sides go together.
trait Matching: Send {
    /// Takes some rows of one side in order; what follows from each is put to `results`.
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        rows: Range<usize>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError>;

    /// How many rows it keeps.
    fn held(&self) -> usize;

    /// Whether [`Matching::lean`] is for it: it asks for rows by the keys of those that come, and for no others.
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
    fn lean(&mut self, _saved: &Saved) -> Result<(), EngineError> {
        Ok(())
    }

    /// The latest event time of a record; negative: none was seen. `None`: it does not matter here.
    fn now(&self) -> Option<i64> {
        None
    }

    /// From here on what changes is noted.
    fn track(&mut self);

    /// Gives out what has changed since the last call, as [`Operator::save`] does.
    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError>;

    /// Takes what was given out.
    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError>;
}

/// First bytes of the keys of what a join itself has saved, and of what the operators of its branch have.
const OWN: u8 = 0;
const BRANCH: u8 = 1;

/// A join.
pub struct Joining {
    node: Join,
    /// The steps of the right side.
    branch: BranchOperators,
    keys: Sides<Keys>,
    matching: Box<dyn Matching>,
}

impl Joining {
    /// A join without rows, whose right side is the input of number `first`. Error: its keys cannot be encoded, or a step of
    /// the right side cannot run.
    pub fn new(node: &Join, first: u16) -> Result<Self, EngineError> {
        let matching: Box<dyn Matching> = match node.form {
            JoinForm::StreamStream => Box::new(StreamStream::new(node)?),
            JoinForm::StreamTable => Box::new(StreamTable::new(node.kind)),
            JoinForm::TableTable => Box::new(TableTable::new(node)),
            JoinForm::ForeignKey => Box::new(ForeignKey::new(node)?),
            JoinForm::Pointed => Box::new(Pointed::new(node)?),
        };
        Ok(Self {
            branch: BranchOperators::new(&node.right, first)?,
            keys: Sides { left: Keys::new(node, Side::Left)?, right: Keys::new(node, Side::Right)? },
            matching,
            node: node.clone(),
        })
    }

    fn join(
        &mut self,
        side: Side,
        batch: Batch,
        cx: &mut Context<'_>,
        out: &mut Vec<Batch>,
    ) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let keyed = self.keys.get_mut(side).of(&batch, cx.ledger)?;
        let input = Input::new(&batch, &keyed)?;
        let mut results = Results::new(&self.node, side, &input, out, cx.late);
        self.matching.push(side, &input, 0..input.len(), &mut results, cx.ledger)?;
        results.flush()
    }

    /// The rows of some batches with their keys.
    fn keyed(&mut self, side: Side, batches: &[Batch], cx: &mut Context<'_>) -> Result<Vec<KeyedRows>, EngineError> {
        batches.iter().map(|batch| self.keys.get_mut(side).of(batch, cx.ledger)).collect()
    }

    fn join_right(
        &mut self,
        batches: Vec<Batch>,
        cx: &mut Context<'_>,
        out: &mut Vec<Batch>,
    ) -> Result<(), EngineError> {
        batches.into_iter().try_for_each(|batch| self.join(Side::Right, batch, cx, out))
    }
}

impl Operator for Joining {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        self.join(Side::Left, batch, cx, out)
    }

    fn inputs(&self) -> Range<u16> {
        self.branch.inputs()
    }

    fn push_right(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let batches = self.branch.run(batch, cx)?;
        self.join_right(batches, cx, out)
    }

    fn takes_turns(&self) -> bool {
        self.branch.inputs().len() == 1
    }

    fn push_turns(
        &mut self,
        left: Vec<Batch>,
        right: Batch,
        order: &[Turn],
        cx: &mut Context<'_>,
        out: &mut Vec<Batch>,
    ) -> Result<(), EngineError> {
        let batches = Sides { left, right: self.branch.run(right, cx)? };
        let keyed = Sides {
            left: self.keyed(Side::Left, &batches.left, cx)?,
            right: self.keyed(Side::Right, &batches.right, cx)?,
        };
        let inputs = |side: Side| -> Result<Vec<Input<'_>>, EngineError> {
            let rows = batches.get(side).iter().zip(keyed.get(side));
            rows.map(|(batch, keyed)| Input::new(batch, keyed)).collect()
        };
        let inputs = Sides { left: inputs(Side::Left)?, right: inputs(Side::Right)? };
        let first = |side: Side| inputs.get(side).first().map(|input| (side, input));
        let Some((side, first)) = first(Side::Left).or_else(|| first(Side::Right)) else { return Ok(()) };
        let mut results = Results::new(&self.node, side, first, out, cx.late);
        let mut runs = Sides { left: Runs::of(&inputs.left), right: Runs::of(&inputs.right) };
        let last = [Turn { right: false, until: i64::MAX }, Turn { right: true, until: i64::MAX }];
        for turn in order.iter().chain(&last) {
            let side = if turn.right { Side::Right } else { Side::Left };
            while let Some((input, rows)) = runs.get_mut(side).next(turn.until) {
                results.turn_to(side, input);
                self.matching.push(side, input, rows, &mut results, cx.ledger)?;
            }
        }
        results.flush()
    }

    fn epoch(&mut self, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let batches = self.branch.epoch(cx)?;
        self.join_right(batches, cx, out)
    }

    fn merge_updates(&mut self) {
        self.branch.merge_updates();
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn held(&self) -> usize {
        self.matching.held() + self.branch.held()
    }

    fn can_be_lean(&self) -> bool {
        self.matching.can_be_lean() && !self.branch.keeps_state()
    }

    fn can_be_on_disk(&self) -> bool {
        self.matching.can_be_on_disk() && !self.branch.keeps_state()
    }

    /// Of what the join itself saves; the branch keeps nothing where it can be on disk.
    fn index(&self) -> Option<Index> {
        self.matching.index()
    }

    fn lean(&mut self, saved: Saved) -> Result<(), EngineError> {
        self.matching.lean(&saved.below(&[OWN]))
    }

    fn stream_times(&self, out: &mut Vec<StepTime>) {
        self.branch.stream_times(out);
        out.extend(self.matching.now().map(|now| StepTime { step: "join", time: known(now) }));
    }

    fn track(&mut self) {
        self.matching.track();
        self.branch.track();
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        self.matching.save(&mut prefixed(&[OWN], change))?;
        self.branch.save(BRANCH, change)
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        match key.split_first() {
            Some((&OWN, key)) => self.matching.load(key, value),
            Some((&BRANCH, key)) => self.branch.load(key, value),
            _ => Err(damaged()),
        }
    }
}

/// The rows of some batches of one side that have not been taken yet.
struct Runs<'a> {
    inputs: std::slice::Iter<'a, Input<'a>>,
    /// The batch at hand, and its first row that has not been taken.
    at: Option<(&'a Input<'a>, usize)>,
}

impl<'a> Runs<'a> {
    fn of(inputs: &'a [Input<'a>]) -> Self {
        Self { inputs: inputs.iter(), at: None }
    }

    /// Rows of the batch at hand up to that offset.
    fn next(&mut self, until: i64) -> Option<(&'a Input<'a>, Range<usize>)> {
        loop {
            let (input, from) = match self.at {
                Some((input, from)) if from < input.len() => (input, from),
                _ => (self.inputs.next()?, 0),
            };
            self.at = Some((input, from));
            let offsets = input.batch.origin.offsets.get(from..).unwrap_or_default();
            let count = offsets.iter().take_while(|offset| **offset <= until).count();
            if count > 0 {
                self.at = Some((input, from + count));
                return Some((input, from..from + count));
            }
            if !offsets.is_empty() {
                return None;
            }
        }
    }
}

/// What is said about a value that cannot be read, whose first byte is its version.
fn unreadable(value: &[u8], known: u8) -> EngineError {
    match value.first() {
        Some(version) if *version > known => super::kept::newer(*version, known),
        _ => damaged(),
    }
}

/// What is said about saved state that nobody can have saved.
fn damaged() -> EngineError {
    EngineError::Query("the saved state of a join is damaged".into())
}

#[cfg(test)]
mod tests;
