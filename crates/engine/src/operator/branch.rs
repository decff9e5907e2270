//! The operators between a further source of a stage and the step that takes its rows in.

use std::ops::Range;

use millstream_plan::topology::Branch;

use super::{Context, Operator, Save, end_epoch, operators_from, run};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::watermark::StepTime;

/// The steps of a branch.
pub(super) struct BranchOperators {
    operators: Vec<Box<dyn Operator>>,
    inputs: Range<u16>,
}

impl BranchOperators {
    /// The operators of a branch whose source is the input of number `first`. Error: one of them cannot run.
    pub(super) fn new(branch: &Branch, first: u16) -> Result<Self, EngineError> {
        let many = || EngineError::Query("a query has too many sources".into());
        let end = u16::try_from(branch.inputs()).ok().and_then(|count| first.checked_add(count)).ok_or_else(many)?;
        let operators = operators_from(&branch.steps, first.saturating_add(1))?;
        Ok(Self { operators, inputs: first..end })
    }

    /// The inputs that come in here, by number.
    pub(super) fn inputs(&self) -> Range<u16> {
        self.inputs.clone()
    }

    /// What comes out at the end when a batch of one of the inputs comes in.
    pub(super) fn run(&mut self, batch: Batch, cx: &mut Context<'_>) -> Result<Vec<Batch>, EngineError> {
        let mut out = Vec::new();
        run(&mut self.operators, batch, cx, &mut out)?;
        Ok(out)
    }

    /// What comes out at the end when an epoch ends.
    pub(super) fn epoch(&mut self, cx: &mut Context<'_>) -> Result<Vec<Batch>, EngineError> {
        let mut out = Vec::new();
        end_epoch(&mut self.operators, cx, &mut out)?;
        Ok(out)
    }

    /// Whether one of the operators has something to save.
    pub(super) fn keeps_state(&self) -> bool {
        self.operators.iter().any(|operator| operator.keeps_state())
    }

    /// How many rows or groups the operators keep.
    pub(super) fn held(&self) -> usize {
        self.operators.iter().map(|operator| operator.held()).sum()
    }

    /// Appends the stream times of the operators.
    pub(super) fn stream_times(&self, out: &mut Vec<StepTime>) {
        self.operators.iter().for_each(|operator| operator.stream_times(out));
    }

    /// From here on several updates of one key within an epoch leave as one.
    pub(super) fn merge_updates(&mut self) {
        self.operators.iter_mut().for_each(|operator| operator.merge_updates());
    }

    /// From here on what changes is noted.
    pub(super) fn track(&mut self) {
        self.operators.iter_mut().for_each(|operator| operator.track());
    }

    /// Gives out what has changed, as [`Operator::save`] does; `prefix` and the operator's number stand before each key.
    pub(super) fn save(&mut self, prefix: u8, change: &mut Save<'_>) -> Result<(), EngineError> {
        for (number, operator) in self.operators.iter_mut().enumerate() {
            let number = u8::try_from(number).map_err(|_| EngineError::Query("a branch has too many steps".into()))?;
            operator.save(&mut prefixed(&[prefix, number], change))?;
        }
        Ok(())
    }

    /// Takes what was given out; `key` is without its prefix. Error: there is no such operator, or it says so.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let damaged = || EngineError::Query("the saved state of a branch is damaged".into());
        let (number, rest) = key.split_first().ok_or_else(damaged)?;
        self.operators.get_mut(usize::from(*number)).ok_or_else(damaged)?.load(rest, value)
    }
}

/// Takes changes whose keys get that prefix before they go on.
pub(super) fn prefixed<'a>(
    prefix: &'a [u8],
    change: &'a mut Save<'_>,
) -> impl FnMut(&[u8], Option<&[u8]>) -> Result<(), EngineError> + 'a {
    let mut whole = Vec::new();
    move |key, value| {
        whole.clear();
        whole.extend_from_slice(prefix);
        whole.extend_from_slice(key);
        change(&whole, value)
    }
}
