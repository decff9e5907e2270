//! Further sources of a stage.

use super::{SourceNode, Step};

/// Rows that come in beside those of a stage: a source of their own and what happens to them before that.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Where its records come from.
    pub source: SourceNode,
    /// What happens to them, in order.
    pub steps: Vec<Step>,
}

impl Branch {
    /// How many inputs it has: its own source and those that come in among its steps.
    pub fn inputs(&self) -> usize {
        1 + self.steps.iter().flat_map(Step::branches).map(Self::inputs).sum::<usize>()
    }
}

/// Appends the sources that come in among these steps, each followed by those among the steps of its own branch.
pub(super) fn sources_of<'s>(steps: &'s [Step], out: &mut Vec<&'s SourceNode>) {
    for branch in steps.iter().flat_map(Step::branches) {
        out.push(&branch.source);
        sources_of(&branch.steps, out);
    }
}
