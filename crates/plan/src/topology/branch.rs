//! Further sources of a stage.

use super::{JoinForm, SourceNode, Step};

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

/// A source of a stage, as who reads it needs to know it.
#[derive(Debug, Clone, Copy)]
pub struct StageInput<'s> {
    /// The source.
    pub source: &'s SourceNode,
    /// Whether its records are the states of a table's rows: then all of them are needed, whenever a query starts.
    pub is_table: bool,
    /// Whether records of a stream are looked up in it, so that they find most when it is read before them.
    pub is_looked_up: bool,
}

/// Appends the inputs of these steps behind a source: it, then those of each branch in order.
pub(super) fn inputs_of<'s>(
    source: &'s SourceNode,
    steps: &'s [Step],
    is_looked_up: bool,
    out: &mut Vec<StageInput<'s>>,
) {
    let is_table = matches!(steps.first(), Some(Step::Table { .. }));
    out.push(StageInput { source, is_table, is_looked_up });
    for step in steps {
        let looked_up = matches!(step, Step::Join(join) if join.form == JoinForm::StreamTable);
        for branch in step.branches() {
            inputs_of(&branch.source, &branch.steps, is_looked_up || looked_up, out);
        }
    }
}
