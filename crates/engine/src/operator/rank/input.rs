//! Which partitions the rows of a batch are in, and where they stand there.

use arrow::array::RecordBatch;
use arrow::row::Rows;
use millstream_codec::Encoder;
use millstream_functions::RowWriter;
use millstream_plan::topology::Rank;

use super::changes::{Cause, fault, types};
use super::partitions::{At, Partitions};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::evaluate::{FailedRow, evaluate};
use crate::ledger::Ledger;
use crate::operator::grouped::{Failed, GroupedRows, recorder};

/// The rows of a batch, placed.
pub(super) struct Placed {
    added: Side,
    /// What they were, where they are those of a table.
    taken_back: Option<Side>,
    causes: Vec<Cause>,
}

struct Side {
    grouped: GroupedRows,
    /// What rows are compared by; `None`: by nothing.
    sorts: Option<Rows>,
    /// The rows one after the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Placed {
    /// Places the rows. Those of no partition, and what fails, are recorded.
    pub(super) fn of(
        node: &Rank,
        batch: &Batch,
        key: &mut dyn Encoder,
        partitions: &Partitions,
        ledger: &mut Ledger,
    ) -> Result<Self, EngineError> {
        let there = batch.change.absent().map(|bits| !bits);
        let added = {
            let mut failed = recorder(batch, ledger);
            let grouped = GroupedRows::of(&node.partition, &batch.rows, there, key, &mut failed)?;
            Side::of(node, &batch.rows, grouped, partitions, &mut failed)?
        };
        let taken_back = match &batch.change {
            Change::Upsert { before: Some(before), .. } => {
                let grouped = GroupedRows::taken_back(&node.partition, before, key)?;
                // What failed then was recorded then.
                Some(Side::of(node, &before.rows, grouped, partitions, &mut |_, _, _| {})?)
            }
            _ => None,
        };
        let causes = batch.time.iter().zip(batch.origin.offsets.iter());
        let causes = causes.map(|(time, offset)| Cause { time: *time, offset: *offset }).collect();
        Ok(Self { added, taken_back, causes })
    }

    /// The row as a cause.
    pub(super) fn cause(&self, row: usize) -> Cause {
        self.causes.get(row).copied().unwrap_or(Cause { time: 0, offset: 0 })
    }

    /// The partition that a row is in, and where.
    pub(super) fn added(&self, row: usize) -> Option<(&[u8], At<'_>)> {
        self.added.place(row)
    }

    /// The partition that a row was in, and where.
    pub(super) fn taken_back(&self, row: usize) -> Option<(&[u8], At<'_>)> {
        self.taken_back.as_ref()?.place(row)
    }
}

impl Side {
    fn of(
        node: &Rank,
        rows: &RecordBatch,
        grouped: GroupedRows,
        partitions: &Partitions,
        failed: &mut Failed<'_>,
    ) -> Result<Self, EngineError> {
        let mut failures: Vec<FailedRow> = Vec::new();
        let mut values = Vec::with_capacity(node.order.len());
        for by in &node.order {
            values.push(evaluate(&by.expr, rows, &mut failures)?);
            let told = failures.drain(..).filter(|f| grouped.there.value(f.row));
            told.for_each(|f| failed(f.row, &by.sql, &f.reason));
        }
        let sorts = partitions.sorts(&values)?;
        // Behind the row's own columns there may be those that moved it here.
        let own = rows.columns().get(..types(&node.rows).count()).unwrap_or_default();
        let writer = RowWriter::of(own).map_err(fault)?;
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(rows.num_rows()));
        for row in 0..rows.num_rows() {
            writer.put(row, &mut bytes);
            ends.push(bytes.len());
        }
        Ok(Self { grouped, sorts, bytes, ends })
    }

    fn place(&self, row: usize) -> Option<(&[u8], At<'_>)> {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let sort = self.sorts.as_ref().map_or(&[][..], |sorts| sorts.row(row).data());
        Some((self.grouped.key(row)?, At { sort, row: self.bytes.get(start..*self.ends.get(row)?)? }))
    }
}
