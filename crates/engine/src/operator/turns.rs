//! Rows of two inputs at once, and how they take turns: what happens to the rows of one alone is done to all of them in one
//! go, and only the step where both meet goes from one to the other.

use super::{Context, Operator, run_all};
use crate::batch::Batch;
use crate::error::EngineError;

/// Rows of the two inputs of a stage, each in offset order, and their order together.
#[derive(Debug)]
pub struct Turns {
    /// Of the stage's first input.
    pub left: Batch,
    /// Of the other one.
    pub right: Batch,
    /// Whose rows come next, as long as there are some.
    pub order: Vec<Turn>,
}

/// Rows of one input that come after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// They are the right ones.
    pub right: bool,
    /// The offset of the last of them.
    pub until: i64,
}

/// Whether [`run_turns`] can run these operators: rows of their two inputs meet in one step.
pub fn take_turns(operators: &[Box<dyn Operator>]) -> bool {
    let mut meeting = operators.iter().filter(|operator| !operator.inputs().is_empty());
    meeting.next().is_some_and(|operator| operator.takes_turns()) && meeting.next().is_none()
}

/// Runs rows of two inputs through operators; what comes out is what [`super::run`] gives of each turn's rows after another.
pub fn run_turns(
    operators: &mut [Box<dyn Operator>],
    turns: Turns,
    cx: &mut Context<'_>,
    out: &mut Vec<Batch>,
) -> Result<(), EngineError> {
    let at = operators.iter().position(|operator| operator.takes_turns());
    let at = at.ok_or_else(|| EngineError::Query("no step takes rows of two inputs in turn".into()))?;
    let Turns { left, right, order } = turns;
    let (before, rest) = operators.split_at_mut(at);
    let mut alone = Vec::new();
    run_all(before, vec![left], cx, &mut alone)?;
    let mut met = Vec::new();
    let Some((meeting, rest)) = rest.split_first_mut() else { return Ok(()) };
    meeting.push_turns(alone, right, &order, cx, &mut met)?;
    run_all(rest, met, cx, out)
}
