//! Rows on their way between operators.

use arrow::array::{AsArray, BooleanArray, PrimitiveArray, RecordBatch, UInt32Array};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::{filter, filter_record_batch, take, take_record_batch};
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;
use millstream_codec::Headers;

use crate::link::InputPartition;
use crate::windows::Windows;

/// A run of records of one input partition, in offset order.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The columns; which ones, the step that made it says.
    pub rows: RecordBatch,
    /// Event time of each row, ms since the epoch.
    pub time: ScalarBuffer<i64>,
    /// What kind of change each row is.
    pub change: Change,
    /// A set bit marks a row whose record's key was null: all its key columns are null, and a sink that writes them
    /// writes a null key again rather than a key of nulls. `None`: no row.
    pub keyless: Option<BooleanBuffer>,
    /// The windows of the rows' keys, which a sink writes again; `None`: keys have none.
    pub windows: Option<Windows>,
    /// The headers of the records behind the rows, which go with the results; `None`: none has any.
    pub headers: Option<Headers>,
    /// Where the rows come from.
    pub origin: Origin,
}

/// A stream only appends, a table replaces.
#[derive(Debug, Clone)]
pub enum Change {
    /// Facts. A set bit marks a record whose value was null: all its value columns are null and a sink writes a null value again.
    Append {
        /// One bit a row; `None`: every record had a value.
        absent: Option<BooleanBuffer>,
    },
    /// New states of the rows of a table, by key. Of a deleted row only the columns of the key mean anything.
    Upsert {
        /// A set bit marks a row that is gone; `None`: none is.
        deleted: Option<BooleanBuffer>,
        /// What the rows were; `None`: nobody knows, as no step behind asks.
        before: Option<Before>,
    },
}

/// What the rows of a table were before a change.
#[derive(Debug, Clone)]
pub struct Before {
    /// Their columns, those of the batch.
    pub rows: RecordBatch,
    /// A set bit marks a row that was there.
    pub there: BooleanBuffer,
}

impl Change {
    /// The rows without a value: deleted ones, and records of a stream whose value was null.
    pub fn absent(&self) -> Option<&BooleanBuffer> {
        match self {
            Self::Append { absent } => absent.as_ref(),
            Self::Upsert { deleted, .. } => deleted.as_ref(),
        }
    }

    /// The same of other rows, as `bits` and `rows` pick them.
    fn pick(
        &self,
        bits: impl Fn(&BooleanBuffer) -> Result<BooleanBuffer, ArrowError>,
        rows: impl Fn(&RecordBatch) -> Result<RecordBatch, ArrowError>,
    ) -> Result<Self, ArrowError> {
        Ok(match self {
            Self::Append { absent } => Self::Append { absent: absent.as_ref().map(bits).transpose()? },
            Self::Upsert { deleted, before } => Self::Upsert {
                deleted: deleted.as_ref().map(&bits).transpose()?,
                before: match before {
                    Some(before) => Some(Before { rows: rows(&before.rows)?, there: bits(&before.there)? }),
                    None => None,
                },
            },
        })
    }
}

/// The input records behind a batch, row by row.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Their partition.
    pub partition: InputPartition,
    /// The offset of each row.
    pub offsets: ScalarBuffer<i64>,
}

impl Batch {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Whether that row stands for a record whose value was null, or for a deleted row of a table.
    pub fn is_absent(&self, row: usize) -> bool {
        self.change.absent().is_some_and(|bits| row < bits.len() && bits.value(row))
    }

    /// The `count` rows from that one on, which must be there; copies nothing.
    pub fn slice(&self, from: usize, count: usize) -> Self {
        Self {
            rows: self.rows.slice(from, count),
            time: self.time.slice(from, count),
            change: match &self.change {
                Change::Append { absent } => {
                    Change::Append { absent: absent.as_ref().map(|bits| bits.slice(from, count)) }
                }
                Change::Upsert { deleted, before } => Change::Upsert {
                    deleted: deleted.as_ref().map(|bits| bits.slice(from, count)),
                    before: before.as_ref().map(|before| Before {
                        rows: before.rows.slice(from, count),
                        there: before.there.slice(from, count),
                    }),
                },
            },
            keyless: self.keyless.as_ref().map(|bits| bits.slice(from, count)),
            windows: self.windows.as_ref().map(|windows| windows.slice(from, count)),
            headers: self.headers.as_ref().map(|headers| headers.slice(from, count)),
            origin: Origin { offsets: self.origin.offsets.slice(from, count), ..self.origin.clone() },
        }
    }

    /// The rows of these numbers, each as often as it is named, with `rows` for their columns.
    pub fn take(&self, numbers: &UInt32Array, rows: RecordBatch) -> Result<Self, ArrowError> {
        let longs = |v: &ScalarBuffer<i64>| -> Result<ScalarBuffer<i64>, ArrowError> {
            let taken = take(&PrimitiveArray::<Int64Type>::new(v.clone(), None), numbers, None)?;
            Ok(taken.as_primitive::<Int64Type>().values().clone())
        };
        let bits = |v: &BooleanBuffer| -> Result<BooleanBuffer, ArrowError> {
            let taken = take(&BooleanArray::new(v.clone(), None), numbers, None)?;
            Ok(taken.as_boolean().values().clone())
        };
        Ok(Self {
            rows,
            time: longs(&self.time)?,
            change: self.change.pick(bits, |rows| take_record_batch(rows, numbers))?,
            keyless: self.keyless.as_ref().map(bits).transpose()?,
            windows: self.windows.as_ref().map(|w| w.take(numbers)).transpose()?,
            headers: self.headers.as_ref().map(|h| h.take(numbers)).transpose()?,
            origin: Origin { offsets: longs(&self.origin.offsets)?, ..self.origin.clone() },
        })
    }

    /// The rows whose bit is set, everything that travels beside the columns included.
    pub fn filter(self, keep: &BooleanArray) -> Result<Self, ArrowError> {
        if keep.true_count() == self.len() {
            return Ok(self);
        }
        let longs = |v: ScalarBuffer<i64>| -> Result<ScalarBuffer<i64>, ArrowError> {
            let array = PrimitiveArray::<Int64Type>::new(v, None);
            let kept = filter(&array, keep)?;
            Ok(kept.as_primitive::<Int64Type>().values().clone())
        };
        let bits = |v: BooleanBuffer| -> Result<BooleanBuffer, ArrowError> {
            let kept = filter(&BooleanArray::new(v, None), keep)?;
            Ok(kept.as_boolean().values().clone())
        };
        let change = self.change.pick(|v| bits(v.clone()), |rows| filter_record_batch(rows, keep))?;
        Ok(Self {
            rows: filter_record_batch(&self.rows, keep)?,
            time: longs(self.time)?,
            change,
            keyless: self.keyless.map(bits).transpose()?,
            windows: self.windows.map(|w| w.filter(keep)).transpose()?,
            headers: self.headers.map(|h| h.filter(keep)).transpose()?,
            origin: Origin { offsets: longs(self.origin.offsets)?, ..self.origin },
        })
    }
}
