//! Event time as a column gives it: `TIMESTAMP` in the WITH clause of a source or a sink.

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use millstream_plan::topology::TimeColumn;

/// The times of a batch's rows by one of its columns.
pub(crate) struct EventTimes {
    /// ms since the epoch; null where the column tells none.
    times: Int64Array,
}

impl EventTimes {
    /// What `column` says about the rows of these columns; `None` when it is not there or cannot tell times.
    pub(crate) fn of(column: &TimeColumn, columns: &[ArrayRef]) -> Option<Self> {
        let array = columns.get(column.position)?;
        Some(Self { times: milliseconds(array)? })
    }

    /// The time of a row. Errors: why it has none; a negative one is none either, as in Kafka.
    pub(crate) fn get(&self, row: usize) -> Result<i64, &'static str> {
        if self.times.is_null(row) {
            return Err("timestamp column is null");
        }
        let time = self.times.value(row);
        if time < 0 { Err("timestamp column is negative") } else { Ok(time) }
    }

    /// Whether the column tells a time of that row, if only a negative one.
    pub(crate) fn tells(&self, row: usize) -> bool {
        self.times.is_valid(row)
    }
}

/// The milliseconds of a BIGINT or TIMESTAMP column.
fn milliseconds(column: &ArrayRef) -> Option<Int64Array> {
    if let Some(longs) = column.as_primitive_opt::<Int64Type>() {
        return Some(longs.clone());
    }
    let stamps = column.as_primitive_opt::<TimestampMillisecondType>()?;
    Some(Int64Array::new(stamps.values().clone(), stamps.nulls().cloned()))
}
