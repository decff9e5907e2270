//! UNION ALL below other steps: rows of further sources come in here as they are, in the order in which they arrive.

use std::ops::Range;

use millstream_plan::topology::Branch;

use super::branch::BranchOperators;
use super::{Context, Operator, Save};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::watermark::StepTime;

/// Rows of several sources as one stream.
pub struct Union {
    branches: Vec<BranchOperators>,
    inputs: Range<u16>,
}

impl Union {
    /// A union with these branches, whose inputs are numbered from `first` on. Error: a step of one of them cannot run.
    pub fn new(branches: &[Branch], first: u16) -> Result<Self, EngineError> {
        let mut inputs = first..first;
        let mut made = Vec::with_capacity(branches.len());
        for branch in branches {
            let branch = BranchOperators::new(branch, inputs.end)?;
            inputs.end = branch.inputs().end;
            made.push(branch);
        }
        Ok(Self { branches: made, inputs })
    }

    fn branch(&mut self, number: usize) -> Result<&mut BranchOperators, EngineError> {
        self.branches.get_mut(number).ok_or_else(|| EngineError::Query("a union has no such branch".into()))
    }
}

impl Operator for Union {
    fn push(&mut self, batch: Batch, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        out.push(batch);
        Ok(())
    }

    fn inputs(&self) -> Range<u16> {
        self.inputs.clone()
    }

    fn push_right(&mut self, batch: Batch, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let input = batch.origin.partition.input;
        let number = self.branches.iter().position(|branch| branch.inputs().contains(&input));
        out.extend(self.branch(number.unwrap_or(usize::MAX))?.run(batch, cx)?);
        Ok(())
    }

    fn epoch(&mut self, cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        for branch in &mut self.branches {
            out.extend(branch.epoch(cx)?);
        }
        Ok(())
    }

    fn merge_updates(&mut self) {
        self.branches.iter_mut().for_each(BranchOperators::merge_updates);
    }

    fn keeps_state(&self) -> bool {
        self.branches.iter().any(BranchOperators::keeps_state)
    }

    fn held(&self) -> usize {
        self.branches.iter().map(BranchOperators::held).sum()
    }

    fn stream_times(&self, out: &mut Vec<StepTime>) {
        self.branches.iter().for_each(|branch| branch.stream_times(out));
    }

    fn track(&mut self) {
        self.branches.iter_mut().for_each(BranchOperators::track);
    }

    fn save(&mut self, change: &mut Save<'_>) -> Result<(), EngineError> {
        for (number, branch) in self.branches.iter_mut().enumerate() {
            let number =
                u8::try_from(number).map_err(|_| EngineError::Query("a union has too many branches".into()))?;
            branch.save(number, change)?;
        }
        Ok(())
    }

    fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let (number, rest) = key.split_first().map_or((u8::MAX, key), |(number, rest)| (*number, rest));
        self.branch(usize::from(number))?.load(rest, value)
    }
}
