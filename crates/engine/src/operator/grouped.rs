//! Which groups the rows of a batch are in.

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::BooleanBuffer;
use millstream_codec::{Encoder, Payloads};
use millstream_plan::topology::Projection;

use crate::batch::{Batch, Before};
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};
use crate::ledger::Ledger;

/// The groups of rows.
pub struct GroupedRows {
    /// What the rows are grouped by.
    pub groups: Vec<ArrayRef>,
    /// A set bit marks a row that is in a group.
    pub(super) there: BooleanBuffer,
    /// The groups' keys, encoded; null for rows that are in no group.
    keys: Payloads,
}

/// Takes a row's number, the expression that fails on it, and why.
pub(super) type Failed<'a> = dyn FnMut(usize, &str, &str) + 'a;

impl GroupedRows {
    /// The rows of a batch. Those whose group is null or fails are recorded.
    pub fn added(
        group: &[Projection],
        batch: &Batch,
        key: &mut dyn Encoder,
        ledger: &mut Ledger,
    ) -> Result<Self, EngineError> {
        let there = batch.change.absent().map(|bits| !bits);
        Self::of(group, &batch.rows, there, key, &mut recorder(batch, ledger))
    }

    /// The rows of a batch, whoever reads them next records what fails.
    pub fn silently(group: &[Projection], batch: &Batch, key: &mut dyn Encoder) -> Result<Self, EngineError> {
        Self::of(group, &batch.rows, None, key, &mut |_, _, _| {})
    }

    /// What the rows of a table were. What failed then was recorded then.
    pub fn taken_back(group: &[Projection], before: &Before, key: &mut dyn Encoder) -> Result<Self, EngineError> {
        Self::of(group, &before.rows, Some(before.there.clone()), key, &mut |_, _, _| {})
    }

    pub(super) fn of(
        group: &[Projection],
        rows: &RecordBatch,
        there: Option<BooleanBuffer>,
        key: &mut dyn Encoder,
        failed: &mut Failed<'_>,
    ) -> Result<Self, EngineError> {
        let mut failures: Vec<FailedRow> = Vec::new();
        let mut there = there.unwrap_or_else(|| BooleanBuffer::new_set(rows.num_rows()));
        let mut groups = Vec::with_capacity(group.len());
        for part in group {
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
        let mut keys = Payloads::default();
        if groups.is_empty() {
            // All rows are one group, whose key is empty; from no columns the encoder would not know how many there are.
            there.iter().for_each(|there| if there { keys.end() } else { keys.end_null() });
        } else {
            key.encode(&groups, Some(&!&there), &mut keys)?;
        }
        Ok(Self { groups, there, keys })
    }

    /// The rows of a query that ends, where a null is a group like any other. Those whose group fails are recorded.
    pub(super) fn with_nulls(
        group: &[Projection],
        rows: &RecordBatch,
        there: Option<BooleanBuffer>,
        key: &mut dyn Encoder,
        failed: &mut Failed<'_>,
    ) -> Result<Self, EngineError> {
        let mut failures: Vec<FailedRow> = Vec::new();
        let mut there: Vec<bool> = there.map_or_else(|| vec![true; rows.num_rows()], |there| there.iter().collect());
        let mut groups = Vec::with_capacity(group.len());
        for part in group {
            groups.push(evaluate(&part.expr, rows, &mut failures)?);
            for failure in failures.drain(..) {
                failed(failure.row, &part.sql, &failure.reason);
                if let Some(there) = there.get_mut(failure.row) {
                    *there = false;
                }
            }
        }
        let there = BooleanBuffer::from(there);
        let mut values = Payloads::default();
        if !groups.is_empty() {
            key.encode(&groups, Some(&!&there), &mut values)?;
        }
        let nulls: Vec<_> = groups.iter().map(Array::logical_nulls).collect();
        let mut keys = Payloads::default();
        for (row, there) in there.iter().enumerate() {
            if !there {
                keys.end_null();
                continue;
            }
            // A format may write a null as it writes some value: what is null stands before the values.
            let marks = nulls.iter().map(|nulls| u8::from(nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))));
            keys.buffer().extend(marks);
            keys.buffer().extend_from_slice(values.get(row).unwrap_or_default());
            keys.end();
        }
        Ok(Self { groups, there, keys })
    }

    /// The key of the group that a row is in, if it is in one.
    pub fn key(&self, row: usize) -> Option<&[u8]> {
        self.keys.get(row)
    }
}

/// Records what fails on the rows of a batch that have values.
pub(super) fn recorder<'a>(batch: &'a Batch, ledger: &'a mut Ledger) -> impl FnMut(usize, &str, &str) + 'a {
    |row, sql, reason| {
        if !batch.is_absent(row) {
            ledger.evaluate_failed(batch, row, sql, reason);
        }
    }
}
