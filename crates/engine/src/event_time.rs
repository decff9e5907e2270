//! Event time as a column gives it: `TIMESTAMP` in the WITH clause of a source or a sink.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use millstream_plan::TimeFormat;
use millstream_plan::topology::TimeColumn;

/// The times of a batch's rows by one of its columns.
pub(crate) enum EventTimes<'a> {
    /// ms since the epoch.
    Milliseconds(Int64Array),
    /// Texts, read when they are asked for.
    Texts(&'a StringArray, &'a TimeFormat),
}

/// Why a row has no time.
pub(crate) struct NoTime {
    pub(crate) reason: Cow<'static, str>,
    /// The column tells a time, but a negative one, which Kafka takes for none.
    pub(crate) negative: bool,
}

impl<'a> EventTimes<'a> {
    /// What `column` says about the rows of these columns; `None` when it is not there or cannot tell times.
    pub(crate) fn of(column: &'a TimeColumn, columns: &'a [ArrayRef]) -> Option<Self> {
        let array = columns.get(column.position)?;
        match &column.format {
            Some(format) => Some(Self::Texts(array.as_string_opt()?, format)),
            None => milliseconds(array).map(Self::Milliseconds),
        }
    }

    /// The time of a row.
    pub(crate) fn get(&self, row: usize) -> Result<i64, NoTime> {
        let none = |reason: Cow<'static, str>| NoTime { reason, negative: false };
        let time = match self {
            Self::Milliseconds(times) if times.is_valid(row) => times.value(row),
            Self::Texts(texts, format) if texts.is_valid(row) => {
                let failed = |why| none(format!("Failed to extract timestamp from row: {why}").into());
                format.milliseconds(texts.value(row)).map_err(failed)?
            }
            _ => return Err(none("timestamp column is null".into())),
        };
        if time < 0 {
            return Err(NoTime { reason: "timestamp column is negative".into(), negative: true });
        }
        Ok(time)
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
