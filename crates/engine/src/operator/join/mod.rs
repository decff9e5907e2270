//! Joins: rows of two sides that have equal keys become one row.
//!
//! 1. [`input`] says by what bytes each row of a batch is found, and keeps rows as bytes.
//! 2. A [`Matching`] keeps what it needs of each side and says which rows go together: [`stream_stream`], [`stream_table`],
//!    [`table_table`], [`foreign_key`].
//! 3. [`results`] makes batches of such pairs.
//!
//! The left side is what comes from the steps before; the right side comes from a branch, whose operators live in here.

mod buffer;
mod foreign_key;
mod input;
mod kept;
mod results;
mod stream_stream;
mod stream_table;
mod table_table;
mod waiting;

use std::ops::Range;

use millstream_plan::topology::{Join, JoinForm};

use super::{Context, Operator, Save, end_epoch, operators_from, run};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use foreign_key::ForeignKey;
use input::{Input, Keys};
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
    /// Takes rows of one side in order; what follows from each is put to `results`.
    fn push(
        &mut self,
        side: Side,
        input: &Input<'_>,
        results: &mut Results<'_>,
        ledger: &mut Ledger,
    ) -> Result<(), EngineError>;

    /// Gives out what has changed since the last call, as [`Operator::save`] does.
    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError>;

    /// Takes what was given out.
    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError>;
}

/// First byte of the keys of what a join itself has saved; those of the operators of its branch have their number behind it.
const OWN: u8 = 0;

/// A join.
pub struct Joining {
    node: Join,
    /// The steps of the right side.
    branch: Vec<Box<dyn Operator>>,
    inputs: Range<u16>,
    keys: Sides<Keys>,
    matching: Box<dyn Matching>,
}

impl Joining {
    /// A join without rows, whose right side is the input of number `first`. Error: its keys cannot be encoded, or a step of
    /// the right side cannot run.
    pub fn new(node: &Join, first: u16) -> Result<Self, EngineError> {
        let many = || EngineError::Query("a query has too many sources".into());
        let end = u16::try_from(node.inputs()).ok().and_then(|count| first.checked_add(count)).ok_or_else(many)?;
        let matching: Box<dyn Matching> = match node.form {
            JoinForm::StreamStream => Box::new(StreamStream::new(node)?),
            JoinForm::StreamTable => Box::new(StreamTable::new(node.kind)),
            JoinForm::TableTable => Box::new(TableTable::new(node)),
            JoinForm::ForeignKey => Box::new(ForeignKey::new(node)?),
        };
        Ok(Self {
            branch: operators_from(&node.right.steps, first.saturating_add(1))?,
            inputs: first..end,
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
        let mut results = Results::new(&self.node, side, &input, out);
        self.matching.push(side, &input, &mut results, cx.ledger)?;
        results.flush()
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
        self.inputs.clone()
    }

    fn push_right(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let mut batches = Vec::new();
        run(&mut self.branch, batch, cx, &mut batches)?;
        self.join_right(batches, cx, out)
    }

    fn epoch(&mut self, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let mut batches = Vec::new();
        end_epoch(&mut self.branch, cx, &mut batches)?;
        self.join_right(batches, cx, out)
    }

    fn merge_updates(&mut self) {
        self.branch.iter_mut().for_each(|operator| operator.merge_updates());
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn track(&mut self) {
        // What a join itself has noted is no more than what it keeps.
        self.branch.iter_mut().for_each(|operator| operator.track());
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        let mut whole = Vec::new();
        self.matching.save(&mut |key, value| {
            whole.clear();
            whole.push(OWN);
            whole.extend_from_slice(key);
            change(&whole, value)
        })?;
        for (number, operator) in self.branch.iter_mut().enumerate() {
            let number =
                u8::try_from(number + 1).map_err(|_| EngineError::Query("a branch has too many steps".into()))?;
            operator.save(&mut |key, value| {
                whole.clear();
                whole.push(number);
                whole.extend_from_slice(key);
                change(&whole, value)
            })?;
        }
        Ok(())
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let Some((number, rest)) = key.split_first() else { return Err(damaged()) };
        if *number == OWN {
            return self.matching.load(rest, value);
        }
        let operator = self.branch.get_mut(usize::from(*number) - 1).ok_or_else(damaged)?;
        operator.load(rest, value)
    }
}

/// What is said about saved state that nobody can have saved.
fn damaged() -> EngineError {
    EngineError::Query("the saved state of a join is damaged".into())
}

#[cfg(test)]
mod tests;
