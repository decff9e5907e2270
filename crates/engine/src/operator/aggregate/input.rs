//! What the rows of a batch are to an aggregation: their groups, and what its calls are given.

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::BooleanBuffer;
use millstream_codec::{Encoder, Payloads};
use millstream_plan::topology::Aggregate;

use crate::batch::{Batch, Before};
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};
use crate::ledger::Ledger;

/// Rows that are counted in, or back out.
pub(super) struct Input {
    /// What the rows are grouped by.
    pub(super) groups: Vec<ArrayRef>,
    /// The arguments of each call.
    pub(super) args: Vec<Vec<ArrayRef>>,
    /// The groups' keys, encoded; null for rows that are in no group.
    keys: Payloads,
}

impl Input {
    /// The rows of a batch. Those whose group is null or fails are recorded.
    pub(super) fn added(
        node: &Aggregate,
        batch: &Batch,
        key: &mut dyn Encoder,
        ledger: &mut Ledger,
    ) -> Result<Self, EngineError> {
        let absent = batch.change.absent();
        let failed = |row: usize, sql: &str, reason: &str| {
            if !batch.is_absent(row) {
                ledger.evaluate_failed(batch, row, sql, reason);
            }
        };
        Self::of(node, &batch.rows, absent.map(|bits| !bits), key, failed)
    }

    /// What the rows of a table were. What failed then was recorded then.
    pub(super) fn taken_back(node: &Aggregate, before: &Before, key: &mut dyn Encoder) -> Result<Self, EngineError> {
        Self::of(node, &before.rows, Some(before.there.clone()), key, |_, _, _| {})
    }

    fn of(
        node: &Aggregate,
        rows: &RecordBatch,
        there: Option<BooleanBuffer>,
        key: &mut dyn Encoder,
        mut failed: impl FnMut(usize, &str, &str),
    ) -> Result<Self, EngineError> {
        let mut failures: Vec<FailedRow> = Vec::new();
        let mut there = there.unwrap_or_else(|| BooleanBuffer::new_set(rows.num_rows()));
        let mut groups = Vec::with_capacity(node.group.len());
        for part in &node.group {
            let values = evaluate(&part.expr, rows, &mut failures)?;
            if let Some(nulls) = values.logical_nulls() {
                let told = |row: usize| failures.binary_search_by_key(&row, |f| f.row).is_ok();
                for row in (0..values.len()).filter(|row| nulls.is_null(*row) && there.value(*row) && !told(*row)) {
                    failed(row, &part.sql, "Group-by column is null: the row is left out");
                }
                there = &there & nulls.inner();
            }
            failures.drain(..).for_each(|f| failed(f.row, &part.sql, &f.reason));
            groups.push(values);
        }
        let mut args = Vec::with_capacity(node.calls.len());
        for call in &node.calls {
            let mut values = Vec::with_capacity(call.args.len());
            for arg in &call.args {
                values.push(evaluate(arg, rows, &mut failures)?);
                let counted = failures.drain(..).filter(|f| there.value(f.row));
                counted.for_each(|f| failed(f.row, &call.sql, &f.reason));
            }
            args.push(values);
        }
        let mut keys = Payloads::default();
        if groups.is_empty() {
            // All rows are one group, whose key is empty; from no columns the encoder would not know how many there are.
            there.iter().for_each(|there| if there { keys.end() } else { keys.end_null() });
        } else {
            key.encode(&groups, Some(&!&there), &mut keys);
        }
        Ok(Self { groups, args, keys })
    }

    /// The key of the group that a row is in, if it is in one.
    pub(super) fn key(&self, row: usize) -> Option<&[u8]> {
        self.keys.get(row)
    }
}
