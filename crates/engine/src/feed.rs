//! Source and decode: raw records of one topic become batches of the columns that are used.
//!
//! A feed belongs to no query: several queries over one topic can hang on the same feed.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::SchemaRef;
use millstream_codec::{Decoder, Headers, HeadersBuilder, decoder};
use millstream_plan::topology::{PseudoColumn, SourceNode, TimeColumn};
use millstream_types::Role;

use crate::batch::{Batch, Change, Origin};
use crate::error::EngineError;
use crate::event_time::{EventTimes, NoTime};
use crate::ledger::Ledger;
use crate::link::{InputPartition, Record};

/// Decodes records of one topic.
pub struct Feed {
    key: Box<dyn Decoder>,
    value: Box<dyn Decoder>,
    headers: HeadersBuilder,
    /// The used columns that are made of headers.
    header_columns: Vec<Role>,
    pseudo: Vec<PseudoColumn>,
    timestamp: Option<TimeColumn>,
    rows: SchemaRef,
    pending: Pending,
}

/// Of the rows decoded so far in this call.
#[derive(Default)]
struct Pending {
    times: Vec<i64>,
    offsets: Vec<i64>,
    /// The record's value was null.
    absent: Vec<bool>,
    /// The record's key was null.
    keyless: Vec<bool>,
}

impl Feed {
    /// A feed for this source. Error: a format cannot do what the source declares.
    pub fn new(source: &SourceNode) -> Result<Self, EngineError> {
        let schema = &source.schema;
        let (keys, stored) = (schema.key_count(), schema.stored_count());
        let used_in = |from: usize, to: usize| -> Vec<usize> {
            source.used.iter().filter(|i| (from..to).contains(i)).map(|i| i - from).collect()
        };
        let headers = source.used.iter().filter(|i| **i >= stored).filter_map(|i| schema.columns().get(*i));
        Ok(Self {
            key: decoder(source.key_format, schema.keys(), &used_in(0, keys))?,
            value: decoder(source.value_format, schema.values(), &used_in(keys, stored))?,
            headers: HeadersBuilder::default(),
            header_columns: headers.map(|c| c.role.clone()).collect(),
            pseudo: source.pseudo.clone(),
            timestamp: source.timestamp.clone(),
            rows: SchemaRef::clone(&source.rows),
            pending: Pending::default(),
        })
    }

    /// Appends records of one partition, in offset order. Those that cannot be read go to the ledger.
    pub fn push(&mut self, from: InputPartition, records: &[Record<'_>], ledger: &mut Ledger) {
        for record in records {
            let rows = self.pending.times.len();
            let keyed = match self.key.push(record.key) {
                Ok(keyed) => keyed,
                Err(e) => {
                    ledger.decode_failed(from, record, "key", &e.0);
                    continue;
                }
            };
            let valued = match self.value.push(record.value) {
                Ok(valued) => valued,
                Err(e) => {
                    self.key.truncate(rows);
                    ledger.decode_failed(from, record, "value", &e.0);
                    continue;
                }
            };
            if let Err(e) = self.headers.push(record.headers) {
                self.key.truncate(rows);
                self.value.truncate(rows);
                ledger.decode_failed(from, record, "headers", &e.0);
                continue;
            }
            self.pending.times.push(record.timestamp);
            self.pending.offsets.push(record.offset);
            self.pending.absent.push(!valued);
            self.pending.keyless.push(!keyed);
        }
    }

    /// The batch of all rows pushed since the last call, `None` if there is none.
    pub fn finish(&mut self, from: InputPartition, ledger: &mut Ledger) -> Result<Option<Batch>, EngineError> {
        let n = self.pending.times.len();
        if n == 0 {
            return Ok(None);
        }
        let Pending { times, offsets, absent, keyless } = std::mem::take(&mut self.pending);
        let mut columns = self.key.finish();
        columns.extend(self.value.finish());
        let headers = self.headers.finish();
        columns.extend(self.header_columns(headers.as_ref(), n));
        let offsets = ScalarBuffer::from(offsets);
        let (time, keep) = self.event_time(from, &columns, times, &offsets, &absent, ledger)?;
        let time = ScalarBuffer::from(time);
        for pseudo in &self.pseudo {
            columns.push(match pseudo {
                PseudoColumn::RowTime => Arc::new(Int64Array::new(time.clone(), None)) as ArrayRef,
                PseudoColumn::RowPartition => Arc::new(Int32Array::from_value(from.partition, n)),
                PseudoColumn::RowOffset => Arc::new(Int64Array::new(offsets.clone(), None)),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n));
        let batch = Batch {
            rows: RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), columns, &options)?,
            time,
            change: Change::Append { absent: bits(absent) },
            keyless: bits(keyless),
            headers,
            origin: Origin { partition: from, offsets },
        };
        Ok(Some(match keep {
            Some(keep) => batch.filter(&BooleanArray::new(keep, None))?,
            None => batch,
        }))
    }

    /// Forgets what was pushed since the last `finish`.
    pub fn clear(&mut self) {
        self.key.truncate(0);
        self.value.truncate(0);
        self.headers.truncate(0);
        self.pending = Pending::default();
    }

    fn header_columns(&self, headers: Option<&Headers>, rows: usize) -> Vec<ArrayRef> {
        if self.header_columns.is_empty() {
            return Vec::new();
        }
        let none = headers.is_none().then(|| Headers::none(rows));
        let column = |headers: &Headers, role: &Role| match role {
            Role::Header(key) => headers.last(key),
            Role::Headers | Role::Key | Role::Value => headers.all(),
        };
        let all = headers.or(none.as_ref());
        all.map_or(Vec::new(), |all| self.header_columns.iter().map(|role| column(all, role)).collect())
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
    ) -> Result<(Vec<i64>, Option<BooleanBuffer>), EngineError> {
        let mut time = recorded;
        let column = self.timestamp.as_ref().and_then(|c| Some((c, EventTimes::of(c, columns)?)));
        for (i, time) in time.iter_mut().enumerate() {
            let Some((column, told)) = column.as_ref().filter(|_| !absent[i]) else {
                // A record without a value has no such column, either: it keeps the time it came with.
                if *time < 0 {
                    ledger.time_failed(from, offsets[i], *time, "record has no timestamp");
                }
                continue;
            };
            match told.get(i) {
                Ok(told) => *time = told,
                Err(NoTime { reason, negative: false }) if column.strict => {
                    return Err(EngineError::Query(format!(
                        "Fatal user code error in TimestampExtractor callback for record at offset {} of partition {}: \
                         {reason}",
                        offsets[i], from.partition
                    )));
                }
                Err(NoTime { reason, .. }) => {
                    ledger.time_failed(from, offsets[i], *time, &reason);
                    *time = -1;
                }
            }
        }
        let keep = time.iter().any(|t| *t < 0).then(|| time.iter().map(|t| *t >= 0).collect());
        Ok((time, keep))
    }
}

/// The flags as bits, `None` when no flag is set.
fn bits(flags: Vec<bool>) -> Option<BooleanBuffer> {
    flags.contains(&true).then(|| BooleanBuffer::from(flags))
}

#[cfg(test)]
mod tests;
