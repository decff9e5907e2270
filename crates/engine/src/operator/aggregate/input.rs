//! What the rows of a batch are to an aggregation: their groups, and what its calls are given.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use millstream_codec::Encoder;
use millstream_plan::topology::Aggregate;

use crate::batch::{Batch, Before};
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};
use crate::ledger::Ledger;
use crate::operator::filter::truth;
use crate::operator::grouped::{Failed, GroupedRows, recorder};

/// Rows that are counted in, or back out.
pub(super) struct Input {
    /// Their groups.
    grouped: GroupedRows,
    /// The arguments of each call.
    pub(super) args: Vec<Vec<ArrayRef>>,
    /// The rows that each call sees; `None`: all.
    pub(super) seen: Vec<Option<BooleanBuffer>>,
}

impl Input {
    /// The rows of a batch. Those whose group fails are recorded, and those where it is null unless they end.
    pub(super) fn added(
        node: &Aggregate,
        batch: &Batch,
        key: &mut dyn Encoder,
        ledger: &mut Ledger,
    ) -> Result<Self, EngineError> {
        let there = batch.change.absent().map(|bits| !bits);
        Self::of(node, &batch.rows, there, key, &mut recorder(batch, ledger))
    }

    /// What the rows of a table were. What failed then was recorded then.
    pub(super) fn taken_back(node: &Aggregate, before: &Before, key: &mut dyn Encoder) -> Result<Self, EngineError> {
        Self::of(node, &before.rows, Some(before.there.clone()), key, &mut |_, _, _| {})
    }

    fn of(
        node: &Aggregate,
        rows: &RecordBatch,
        there: Option<BooleanBuffer>,
        key: &mut dyn Encoder,
        failed: &mut Failed<'_>,
    ) -> Result<Self, EngineError> {
        let grouped = if node.at_end {
            GroupedRows::with_nulls(&node.group, rows, there, key, failed)?
        } else {
            GroupedRows::of(&node.group, rows, there, key, failed)?
        };
        let mut failures: Vec<FailedRow> = Vec::new();
        let mut args = Vec::with_capacity(node.calls.len());
        let mut seen = Vec::with_capacity(node.calls.len());
        for call in &node.calls {
            let mut values = Vec::with_capacity(call.args.len());
            for arg in &call.args {
                values.push(evaluate(arg, rows, &mut failures)?);
                let counted = failures.drain(..).filter(|f| grouped.there.value(f.row));
                counted.for_each(|f| failed(f.row, &call.sql, &f.reason));
            }
            args.push(values);
            seen.push(match &call.filter {
                Some(condition) => {
                    let verdict = evaluate(condition, rows, &mut failures)?;
                    let counted = failures.drain(..).filter(|f| grouped.there.value(f.row));
                    counted.for_each(|f| failed(f.row, &call.sql, &f.reason));
                    let verdict = verdict.as_boolean_opt();
                    let verdict = verdict.ok_or_else(|| EngineError::Query(format!("not BOOLEAN: {}", call.sql)))?;
                    Some(truth(verdict))
                }
                None => None,
            });
        }
        Ok(Self { grouped, args, seen })
    }

    /// What the rows are grouped by.
    pub(super) fn groups(&self) -> &[ArrayRef] {
        &self.grouped.groups
    }

    /// The key of the group that a row is in, if it is in one.
    pub(super) fn key(&self, row: usize) -> Option<&[u8]> {
        self.grouped.key(row)
    }
}
