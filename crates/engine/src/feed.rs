//! Source and decode: raw records of one topic become batches of the columns that are used.
//!
//! A feed belongs to no query: several queries over one topic can hang on the same feed.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::SchemaRef;
use millstream_codec::{Decoder, Headers, HeadersBuilder, decoder};
use millstream_plan::topology::{PseudoColumn, SourceNode, TimeColumn};
use millstream_schemas::Registry;
use millstream_types::{KeyWindow, Role};

use crate::batch::{Batch, Change, Origin};
use crate::error::EngineError;
use crate::event_time::{EventTimes, NoTime};
use crate::ledger::{Ledger, RawRecord};
use crate::link::{InputPartition, LinkError, Record};
use crate::windows::{Windows, split};

/// Decodes records of one topic.
pub struct Feed {
    key: Box<dyn Decoder>,
    /// The window that keys end with.
    window: Option<KeyWindow>,
    value: Box<dyn Decoder>,
    headers: HeadersBuilder,
    /// The used columns that are made of headers.
    header_columns: Vec<Role>,
    pseudo: Vec<PseudoColumn>,
    timestamp: Option<TimeColumn>,
    rows: SchemaRef,
    pending: Pending,
    /// Why nothing more can be read for now.
    stalled: Option<String>,
    /// Records whose time may fail are kept as they are: by row.
    raw: Vec<(usize, RawRecord)>,
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
    /// Where the windows of the keys begin and end; nothing where keys have none.
    starts: Vec<i64>,
    ends: Vec<i64>,
}

impl Feed {
    /// A feed for this source. `registry`: where the schemas of its writers stand. Error: a format cannot do what the source
    /// declares.
    pub fn new(source: &SourceNode, registry: &Registry) -> Result<Self, EngineError> {
        let schema = &source.schema;
        let (keys, stored) = (schema.key_count(), schema.stored_count());
        let used_in = |from: usize, to: usize| -> Vec<usize> {
            source.used.iter().filter(|i| (from..to).contains(i)).map(|i| i - from).collect()
        };
        let headers = source.used.iter().filter(|i| **i >= stored).filter_map(|i| schema.columns().get(*i));
        Ok(Self {
            key: decoder(source.key_format, schema.keys(), &used_in(0, keys), registry)?,
            window: source.window,
            value: decoder(source.value_format, schema.values(), &used_in(keys, stored), registry)?,
            headers: HeadersBuilder::default(),
            header_columns: headers.map(|c| c.role.clone()).collect(),
            pseudo: source.pseudo.clone(),
            timestamp: source.timestamp.clone(),
            rows: SchemaRef::clone(&source.rows),
            pending: Pending::default(),
            stalled: None,
            raw: Vec::new(),
        })
    }

    /// Appends records of one partition, in offset order. Those that cannot be read go to the ledger. When one cannot be
    /// read because its schema cannot be had at the moment, [`Feed::finish`] says so, and all are to be read again.
    pub fn push(&mut self, from: InputPartition, records: &[Record<'_>], ledger: &mut Ledger) {
        for record in records {
            if self.stalled.is_some() {
                return;
            }
            let rows = self.pending.times.len();
            let (keyed, start, end) = match self.push_key(record.key) {
                Ok(pushed) => pushed,
                Err(reason) => {
                    self.stalled = self.key.stalled();
                    if self.stalled.is_none() {
                        ledger.decode_failed(from, record, "key", &reason);
                    }
                    continue;
                }
            };
            let valued = match self.value.push(record.value) {
                Ok(valued) => valued,
                Err(e) => {
                    self.key.truncate(rows);
                    self.stalled = self.value.stalled();
                    if self.stalled.is_none() {
                        ledger.decode_failed(from, record, "value", &e.0);
                    }
                    continue;
                }
            };
            if let Err(e) = self.headers.push(record.headers) {
                self.key.truncate(rows);
                self.value.truncate(rows);
                ledger.decode_failed(from, record, "headers", &e.0);
                continue;
            }
            if ledger.keeps_records() && (self.timestamp.is_some() || record.timestamp < 0) {
                self.raw.push((rows, RawRecord::of(record)));
            }
            self.pending.times.push(record.timestamp);
            self.pending.offsets.push(record.offset);
            self.pending.absent.push(!valued);
            self.pending.keyless.push(!keyed);
            if self.window.is_some() {
                self.pending.starts.push(start);
                self.pending.ends.push(end);
            }
        }
    }

    /// Reads a key: whether there is one, and the bounds of its window.
    fn push_key(&mut self, key: Option<&[u8]>) -> Result<(bool, i64, i64), String> {
        let (bytes, start, end) = match (self.window, key) {
            (Some(window), Some(key)) => {
                let (rest, start, end) = split(window, key)?;
                (Some(rest), start, end)
            }
            (_, key) => (key, 0, 0),
        };
        let keyed = self.key.push(bytes).map_err(|e| e.0)?;
        Ok((keyed, start, end))
    }

    /// The batch of all rows pushed since the last call, `None` if there is none.
    pub fn finish(&mut self, from: InputPartition, ledger: &mut Ledger) -> Result<Option<Batch>, EngineError> {
        if let Some(reason) = self.stalled.take() {
            self.clear();
            return Err(LinkError::Abort(reason).into());
        }
        let n = self.pending.times.len();
        if n == 0 {
            return Ok(None);
        }
        let Pending { times, offsets, absent, keyless, starts, ends } = std::mem::take(&mut self.pending);
        let keyless = bits(keyless);
        let windows = self.window.map(|_| Windows { start: starts.into(), end: ends.into() });
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
                PseudoColumn::WindowStart | PseudoColumn::WindowEnd => {
                    let start = *pseudo == PseudoColumn::WindowStart;
                    let bounds = windows.as_ref().map(|w| if start { &w.start } else { &w.end });
                    let column = bounds.map(|bounds| Windows::column(bounds, keyless.as_ref()));
                    Arc::new(column.unwrap_or_else(|| Int64Array::new_null(n)))
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n));
        let batch = Batch {
            rows: RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), columns, &options)?,
            time,
            change: Change::Append { absent: bits(absent) },
            keyless,
            windows,
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
        self.stalled = None;
        self.raw.clear();
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
        &mut self,
        from: InputPartition,
        columns: &[ArrayRef],
        recorded: Vec<i64>,
        offsets: &[i64],
        absent: &[bool],
        ledger: &mut Ledger,
    ) -> Result<(Vec<i64>, Option<BooleanBuffer>), EngineError> {
        let mut time = recorded;
        let mut raw = std::mem::take(&mut self.raw).into_iter().peekable();
        // In the order of rows: what is asked for comes later than what was asked for.
        let mut record = |row: usize| {
            while raw.next_if(|(of, _)| *of < row).is_some() {}
            raw.next_if(|(of, _)| *of == row).map(|(_, record)| record)
        };
        let column = self.timestamp.as_ref().and_then(|c| Some((c, EventTimes::of(c, columns)?)));
        for (i, time) in time.iter_mut().enumerate() {
            let Some((column, told)) = column.as_ref().filter(|_| !absent[i]) else {
                // A record without a value has no such column, either: it keeps the time it came with.
                if *time < 0 {
                    ledger.time_failed(from, offsets[i], *time, "record has no timestamp", record(i));
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
                    ledger.time_failed(from, offsets[i], *time, &reason, record(i));
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
