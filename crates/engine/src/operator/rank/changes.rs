//! What leaves of a ranking: the numbers of a partition under which another row stands than before.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use millstream_functions::RowReader;
use millstream_plan::topology::Rank;

use crate::batch::{Batch, Before, Change, Origin};
use crate::error::EngineError;
use crate::link::InputPartition;

/// A row under a number, as it is kept.
pub(super) type Shown = Arc<[u8]>;

/// The row of the input behind a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    /// Its time, ms, which is that of the change.
    pub(super) time: i64,
    /// Its offset.
    pub(super) offset: i64,
}

/// Changes in their order.
#[derive(Default)]
pub(super) struct Changes(Vec<Changed>);

struct Changed {
    /// From 1.
    number: i64,
    was: Option<Shown>,
    now: Option<Shown>,
    cause: Cause,
}

/// Changes that leave in one batch.
const CHANGES: usize = 4096;

impl Changes {
    /// Notes what differs between the first rows of a partition as they were and as they are.
    pub(super) fn note(&mut self, was: &[Shown], now: &[Shown], cause: Cause) {
        for (number, at) in (1..).zip(0..was.len().max(now.len())) {
            let (was, now) = (was.get(at), now.get(at));
            if was != now {
                self.0.push(Changed { number, was: was.cloned(), now: now.cloned(), cause });
            }
        }
    }

    /// Lets all of them go.
    pub(super) fn release(self, node: &Rank, origin: InputPartition, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        for changes in self.0.chunks(CHANGES) {
            out.push(batch(changes, node, origin)?);
        }
        Ok(())
    }
}

fn batch(changes: &[Changed], node: &Rank, partition: InputPartition) -> Result<Batch, EngineError> {
    // A row that is gone shows what it was: its partition is its key.
    let rows = record(changes, node, |change| change.now.as_ref().or(change.was.as_ref()))?;
    let before = if node.before {
        let was = record(changes, node, |change| change.was.as_ref().or(change.now.as_ref()))?;
        Some(Before { rows: was, there: changes.iter().map(|change| change.was.is_some()).collect() })
    } else {
        None
    };
    let gone = changes.iter().any(|change| change.now.is_none());
    let deleted = gone.then(|| changes.iter().map(|change| change.now.is_none()).collect());
    Ok(Batch {
        rows,
        time: changes.iter().map(|change| change.cause.time).collect(),
        change: Change::Upsert { deleted, before },
        keyless: None,
        windows: None,
        headers: None,
        origin: Origin { partition, offsets: changes.iter().map(|change| change.cause.offset).collect() },
    })
}

/// The columns of these rows, and their numbers.
fn record<'c>(
    changes: &'c [Changed],
    node: &Rank,
    row: impl Fn(&'c Changed) -> Option<&'c Shown>,
) -> Result<RecordBatch, EngineError> {
    let mut reader = RowReader::of(types(&node.rows)).map_err(fault)?;
    for change in changes {
        match row(change) {
            Some(row) => reader.push(row).map_err(fault)?,
            None => reader.push_nulls().map_err(fault)?,
        }
    }
    let mut columns: Vec<ArrayRef> = reader.finish().map_err(fault)?;
    columns.push(Arc::new(Int64Array::from_iter_values(changes.iter().map(|change| change.number))));
    Ok(RecordBatch::try_new(SchemaRef::clone(&node.rows), columns)?)
}

/// The types of the columns of the rows, without their numbers.
pub(super) fn types(rows: &SchemaRef) -> impl Iterator<Item = &DataType> {
    let columns = rows.fields().len().saturating_sub(1);
    rows.fields().iter().take(columns).map(|field| field.data_type())
}

pub(super) fn fault(error: millstream_functions::Error) -> EngineError {
    EngineError::Query(error.to_string())
}
