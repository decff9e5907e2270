//! The steps of a task, one operator per file.

mod aggregate;
mod branch;
mod by_time;
mod elsewhere;
mod expire;
mod filter;
mod flat_map;
mod grouped;
mod index;
mod join;
mod kept;
mod latest;
mod point;
mod project;
mod rank;
mod rekey;
mod saved;
mod table;
mod turns;
mod union;

use std::ops::Range;

use millstream_plan::topology::Step;

use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::watermark::StepTime;

pub use aggregate::{Aggregation, Totals};
pub use expire::Expire;
pub use filter::Filter;
pub use flat_map::FlatMap;
pub use grouped::GroupedRows;
pub use index::Index;
pub use join::Joining;
pub(crate) use join::identities;
pub use latest::Latest;
pub use point::Point;
pub use project::Project;
pub use rank::Ranking;
pub use rekey::Rekey;
pub use saved::{Lend, Saved};
pub use table::Table;
pub use turns::{Turn, Turns, run_turns, take_turns};
pub use union::Union;

/// What an operator may use besides its input.
#[derive(Debug)]
pub struct Context<'a> {
    /// Where rows that fail are recorded.
    pub ledger: &'a mut Ledger,
    /// Where rows go that came too late, if their step has a topic for them: with the columns of that.
    pub late: &'a mut Vec<Batch>,
}

/// A step of a task. Synchronous: it waits for nothing. Whatever it keeps between batches must be undone when an epoch is.
pub trait Operator: Send {
    /// Takes a batch and appends what follows from it to `out`, in order.
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError>;

    /// The inputs of the stage that come in beside the first one here, by their numbers: those of a join's right
    /// side, or of the branches of a union.
    fn inputs(&self) -> Range<u16> {
        0..0
    }

    /// Takes a batch of one of [`Operator::inputs`], as it comes from its feed, and appends what follows from it to `out`.
    fn push_right(&mut self, _batch: Batch, _cx: &mut Context<'_>, _out: &mut Vec<Batch>) -> Result<(), EngineError> {
        Ok(())
    }

    /// Whether [`Operator::push_turns`] is for it: it has one input beside the first.
    fn takes_turns(&self) -> bool {
        false
    }

    /// Takes batches as [`Operator::push`] does, and a batch of its other input as [`Operator::push_right`] does, row by row
    /// in this order.
    fn push_turns(
        &mut self,
        _left: Vec<Batch>,
        _right: Batch,
        _order: &[Turn],
        _cx: &mut Context<'_>,
        _out: &mut Vec<Batch>,
    ) -> Result<(), EngineError> {
        Ok(())
    }

    /// The epoch ends: updates merged during it leave here.
    fn epoch(&mut self, _cx: &mut Context<'_>, _out: &mut Vec<Batch>) -> Result<(), EngineError> {
        Ok(())
    }

    /// From here on several updates of one key within an epoch leave as one, at its end. Without this call each leaves as it
    /// comes.
    fn merge_updates(&mut self) {}

    /// Whether it keeps anything between batches that has to survive its process: then [`Operator::save`] and
    /// [`Operator::load`] are for it.
    fn keeps_state(&self) -> bool {
        false
    }

    /// How many rows or groups it keeps.
    fn held(&self) -> usize {
        0
    }

    /// Appends the latest event time that it has seen, if it keeps that, and those of steps in it.
    fn stream_times(&self, _out: &mut Vec<StepTime>) {}

    /// From here on the operator notes what changes, for [`Operator::save`]. Without this call it notes nothing.
    fn track(&mut self) {}

    /// Gives out what has changed since the last call, or since [`Operator::track`]: each key of its state with
    /// its new value, or `None` for one that is gone. Applied in order to what earlier calls gave out, this is the whole state.
    fn save(&mut self, _change: &mut Save<'_>) -> Result<(), EngineError> {
        Ok(())
    }

    /// Says how often [`Operator::load`] will be called, about, so that there is room. Nothing else comes of it.
    fn expect(&mut self, _keys: usize) {}

    /// Takes a key with its value that [`Operator::save`] gave out, in any order, before the first batch.
    ///
    /// # Errors
    /// The bytes are damaged or newer than this program.
    fn load(&mut self, _key: &[u8], _value: &[u8]) -> Result<(), EngineError> {
        Ok(())
    }

    /// Whether [`Operator::lean`] is for it: it asks for keys, and for nothing else.
    fn can_be_lean(&self) -> bool {
        false
    }

    /// Whether [`Operator::lean`] is for it where what was saved can be gone through in the order of keys: on disk.
    fn can_be_on_disk(&self) -> bool {
        self.can_be_lean()
    }

    /// How what it keeps is found on disk, besides by its keys.
    fn index(&self) -> Option<Index> {
        None
    }

    /// From here on what it keeps is in memory only as far as it is used: it looks for what it does not have in what was saved
    /// and committed. Called before the first batch, in place of [`Operator::load`].
    ///
    /// # Errors
    /// What was saved cannot be read, or is damaged, or newer than this program.
    fn lean(&mut self, _saved: Saved) -> Result<(), EngineError> {
        Ok(())
    }

    /// Gives up what it has kept, as its query gets another form.
    fn give(self: Box<Self>) -> Option<Kept> {
        None
    }

    /// Goes on with what an operator of the query's earlier form had kept; gives it back if it is for another step. What is
    /// about other rows or groups than its own is forgotten.
    fn adopt(&mut self, kept: Kept) -> Option<Kept> {
        Some(kept)
    }
}

/// Takes a change of an operator's state: a key with its new value, `None` when it is gone.
pub type Save<'a> = dyn FnMut(&[u8], Option<&[u8]>) -> Result<(), EngineError> + 'a;

/// What an operator keeps between batches.
pub enum Kept {
    /// The rows of a table.
    Rows(Box<Table>),
    /// Groups.
    Groups(Box<Aggregation>),
}

/// Hands what the operators of a query's earlier form have kept to those of its new one, each to the first that can be meant.
pub fn hand_over(earlier: Vec<Box<dyn Operator>>, operators: &mut [Box<dyn Operator>]) {
    let mut from = 0;
    for kept in earlier.into_iter().filter_map(Operator::give) {
        let mut kept = Some(kept);
        for (at, operator) in operators.iter_mut().enumerate().skip(from) {
            kept = kept.and_then(|kept| operator.adopt(kept));
            if kept.is_none() {
                from = at + 1;
                break;
            }
        }
    }
}

/// The operators of a stage's steps, in order. Error: one of them cannot run.
pub fn operators(steps: &[Step]) -> Result<Vec<Box<dyn Operator>>, EngineError> {
    operators_from(steps, 1)
}

/// The same of steps whose joins bring in inputs from that number on.
fn operators_from(steps: &[Step], mut next: u16) -> Result<Vec<Box<dyn Operator>>, EngineError> {
    let mut out: Vec<Box<dyn Operator>> = Vec::with_capacity(steps.len());
    for step in steps {
        out.push(match step {
            Step::Filter { predicate, sql } => Box::new(Filter::new(predicate, sql)),
            Step::FlatMap { lists, rows } => Box::new(FlatMap::new(lists, rows)),
            Step::Rekey { .. } => Box::new(Rekey),
            Step::Table { remember } => Box::new(Table::new(remember.as_ref())?),
            Step::Expire { key, ttl, before } => Box::new(Expire::new(key, *ttl, *before)?),
            Step::Aggregate(aggregate) if aggregate.at_end => Box::new(Totals::new(aggregate)?),
            Step::Aggregate(aggregate) => Box::new(Aggregation::new(aggregate)?),
            Step::Rank(rank) => Box::new(Ranking::new(rank)?),
            Step::Join(join) => {
                let joining = Joining::new(join, next)?;
                next = joining.inputs().end;
                Box::new(joining)
            }
            Step::Point(point) => Box::new(Point::new(point)?),
            Step::Latest(latest) => Box::new(Latest::new(latest)?),
            Step::Union { branches } => {
                let union = Union::new(branches, next)?;
                next = union.inputs().end;
                Box::new(union)
            }
            Step::Project { columns, rows } => Box::new(Project::new(columns, rows)),
        });
    }
    Ok(out)
}

/// Runs a batch through operators in order, from where its input comes in; what comes out of the last one is appended to
/// `out`.
pub fn run(
    operators: &mut [Box<dyn Operator>],
    batch: Batch,
    cx: &mut Context<'_>,
    out: &mut Vec<Batch>,
) -> Result<(), EngineError> {
    let input = batch.origin.partition.input;
    let Some(at) = operators.iter().position(|operator| operator.inputs().contains(&input)) else {
        return run_all(operators, vec![batch], cx, out);
    };
    let (first, rest) = operators.split_at_mut(at + 1);
    let mut current = Vec::new();
    if let Some(joining) = first.last_mut() {
        joining.push_right(batch, cx, &mut current)?;
    }
    run_all(rest, current, cx, out)
}

/// Runs batches through all of these operators.
fn run_all(
    operators: &mut [Box<dyn Operator>],
    mut current: Vec<Batch>,
    cx: &mut Context<'_>,
    out: &mut Vec<Batch>,
) -> Result<(), EngineError> {
    for operator in operators {
        let mut next = Vec::with_capacity(current.len());
        for batch in current {
            operator.push(batch, cx, &mut next)?;
        }
        current = next;
    }
    out.extend(current.into_iter().filter(|b| !b.is_empty()));
    Ok(())
}

/// Ends the epoch of operators in order: what one of them lets go passes through those after it.
pub fn end_epoch(
    operators: &mut [Box<dyn Operator>],
    cx: &mut Context<'_>,
    out: &mut Vec<Batch>,
) -> Result<(), EngineError> {
    for i in 0..operators.len() {
        let mut released = Vec::new();
        operators[i].epoch(cx, &mut released)?;
        run_all(&mut operators[i + 1..], released, cx, out)?;
    }
    Ok(())
}

/// What is said about a [`millstream_plan::topology::Note`] that this program does not know.
fn unknown_note(number: i64) -> EngineError {
    EngineError::Query(format!("a row on its way to where it points has the unknown note {number}"))
}

/// A row's number as Arrow counts.
fn index(row: usize) -> Result<u32, EngineError> {
    u32::try_from(row).map_err(|_| EngineError::Query("a batch has more than 4294967295 elements".into()))
}

#[cfg(test)]
mod tests;
