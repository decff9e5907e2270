//! Source and decode: raw records of one topic become batches of the columns that are used.
//!
//! A feed belongs to no query: several queries over one topic can hang on the same feed.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::{Int64Type, SchemaRef, TimestampMillisecondType};
use millstream_codec::{Decoder, decoder};
use millstream_plan::topology::{PseudoColumn, SourceNode};

use crate::batch::{Batch, Change, Origin};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::link::{InputPartition, Record};

/// Decodes records of one topic.
pub struct Feed {
    key: Box<dyn Decoder>,
    value: Box<dyn Decoder>,
    pseudo: Vec<PseudoColumn>,
    timestamp: Option<usize>,
    rows: SchemaRef,
    /// Of the rows decoded so far in this call; kept to reuse their memory.
    times: Vec<i64>,
    offsets: Vec<i64>,
    absent: Vec<bool>,
}

impl Feed {
    /// A feed for this source. Error: a format cannot do what the source declares.
    pub fn new(source: &SourceNode) -> Result<Self, EngineError> {
        let keys = source.schema.key_count();
        let (used_keys, used_values): (Vec<usize>, Vec<usize>) = source.used.iter().partition(|&&i| i < keys);
        let used_values: Vec<usize> = used_values.into_iter().map(|i| i - keys).collect();
        Ok(Self {
            key: decoder(source.key_format, source.schema.keys(), &used_keys)?,
            value: decoder(source.value_format, source.schema.values(), &used_values)?,
            pseudo: source.pseudo.clone(),
            timestamp: source.timestamp,
            rows: SchemaRef::clone(&source.rows),
            times: Vec::new(),
            offsets: Vec::new(),
            absent: Vec::new(),
        })
    }

    /// Appends records of one partition, in offset order. Those that cannot be read go to the ledger.
    pub fn push(&mut self, from: InputPartition, records: &[Record<'_>], ledger: &mut Ledger) {
        for record in records {
            if let Err(e) = self.key.push(record.key) {
                ledger.decode_failed(from, record, "key", &e.0);
                continue;
            }
            if let Err(e) = self.value.push(record.value) {
                self.key.truncate(self.times.len());
                ledger.decode_failed(from, record, "value", &e.0);
                continue;
            }
            self.times.push(record.timestamp);
            self.offsets.push(record.offset);
            self.absent.push(record.value.is_none());
        }
    }

    /// The batch of all rows pushed since the last call, `None` if there is none.
    pub fn finish(&mut self, from: InputPartition, ledger: &mut Ledger) -> Result<Option<Batch>, EngineError> {
        let n = self.times.len();
        if n == 0 {
            return Ok(None);
        }
        let mut columns = self.key.finish();
        columns.extend(self.value.finish());
        let recorded = std::mem::take(&mut self.times);
        let offsets = std::mem::take(&mut self.offsets);
        let absent = std::mem::take(&mut self.absent);
        let (time, keep) = self.event_time(from, &columns, recorded, &offsets, &absent, ledger);
        let time = ScalarBuffer::from(time);
        let offsets = ScalarBuffer::from(offsets);
        for pseudo in &self.pseudo {
            columns.push(match pseudo {
                PseudoColumn::RowTime => Arc::new(Int64Array::new(time.clone(), None)) as ArrayRef,
                PseudoColumn::RowPartition => Arc::new(Int32Array::from_value(from.partition, n)),
                PseudoColumn::RowOffset => Arc::new(Int64Array::new(offsets.clone(), None)),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n));
        let rows = RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), columns, &options)?;
        let absent = absent.contains(&true).then(|| BooleanBuffer::from(absent));
        let origin = Origin { partition: from, offsets };
        let batch = Batch { rows, time, change: Change::Append { absent }, origin };
        Ok(Some(match keep {
            Some(keep) => batch.filter(&BooleanArray::new(keep, None))?,
            None => batch,
        }))
    }

    /// Forgets what was pushed since the last `finish`.
    pub fn clear(&mut self) {
        self.key.truncate(0);
        self.value.truncate(0);
        self.times.clear();
        self.offsets.clear();
        self.absent.clear();
    }

    /// Event time of each row, and which rows to keep when some have none (those are in the ledger).
    fn event_time(
        &self,
        from: InputPartition,
        columns: &[ArrayRef],
        recorded: Vec<i64>,
        offsets: &[i64],
        absent: &[bool],
        ledger: &mut Ledger,
    ) -> (Vec<i64>, Option<BooleanBuffer>) {
        let column = self.timestamp.and_then(|i| columns.get(i)).and_then(milliseconds);
        let time: Vec<i64> = match &column {
            // A record without a value has no such column: it keeps the time it came with.
            Some(c) => (0..recorded.len())
                .map(|i| {
                    if absent[i] {
                        recorded[i]
                    } else if c.is_null(i) {
                        -1
                    } else {
                        c.value(i)
                    }
                })
                .collect(),
            None => recorded,
        };
        if time.iter().all(|&t| t >= 0) {
            return (time, None);
        }
        for (i, &t) in time.iter().enumerate().filter(|(_, t)| **t < 0) {
            let what =
                if column.is_some() { "timestamp column is null or negative" } else { "record has no timestamp" };
            ledger.time_failed(from, offsets[i], t, what);
        }
        let keep = time.iter().map(|&t| t >= 0).collect();
        (time, Some(keep))
    }
}

/// The milliseconds of a BIGINT or TIMESTAMP column.
pub(crate) fn milliseconds(column: &ArrayRef) -> Option<Int64Array> {
    if let Some(longs) = column.as_primitive_opt::<Int64Type>() {
        return Some(longs.clone());
    }
    let stamps = column.as_primitive_opt::<TimestampMillisecondType>()?;
    Some(Int64Array::new(stamps.values().clone(), stamps.nulls().cloned()))
}
