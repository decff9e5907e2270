//! Encode and produce: batches become records of the sink topic.

use std::ops::Range;

use millstream_codec::{Encoder, Payloads, encoder_with};
use millstream_plan::topology::{SinkNode, TimeColumn};
use millstream_types::{Format, KeyWindow, partition_for_key};

use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::event_time::{EventTimes, NoTime};
use crate::ledger::Ledger;
use crate::link::{Header, Link, Outgoing, Output};

/// Bytes that Kafka counts for a record beside key, value and headers (its own framing, at most, and some room).
const RECORD_OVERHEAD: usize = 128;
/// The same for each header: the lengths of its key and its value.
const HEADER_OVERHEAD: usize = 10;

/// Writes batches to one topic.
pub struct Sink {
    output: Output,
    key: Box<dyn Encoder>,
    value: Box<dyn Encoder>,
    key_columns: usize,
    /// There are no value columns, in JSON.
    empty: bool,
    /// The window that keys end with.
    window: Option<KeyWindow>,
    timestamp: Option<TimeColumn>,
    keys: Payloads,
    /// Keys before their windows are put on.
    bare: Payloads,
    values: Payloads,
    /// Rows that are produced, by index, with their timestamps.
    chosen: Vec<(usize, i64)>,
}

impl Sink {
    /// A sink that writes to `output` what `node` says. Error: a format cannot write these columns.
    pub fn new(node: &SinkNode, output: Output) -> Result<Self, EngineError> {
        Ok(Self {
            output,
            key: encoder_with(node.key_format, node.schema.keys(), node.schemas.key.as_deref())?,
            value: encoder_with(node.value_format, node.schema.values(), node.schemas.value.as_deref())?,
            key_columns: node.schema.key_count(),
            empty: node.schema.values().is_empty() && node.value_format.format == Format::Json,
            window: node.window,
            timestamp: node.timestamp.clone(),
            keys: Payloads::default(),
            bare: Payloads::default(),
            values: Payloads::default(),
            chosen: Vec::new(),
        })
    }

    /// Encodes a batch and hands it to the producer, each record with the headers of the record behind it; returns the
    /// number of records.
    ///
    /// A record goes to the partition that Java's murmur2 of its key gives, the window left out; without a key to the
    /// number of the input partition, so that the result does not depend on batch sizes. Rows too large for the topic, or
    /// whose timestamp column tells no time, go to the ledger.
    pub fn write(&mut self, batch: &Batch, link: &mut dyn Link, ledger: &mut Ledger) -> Result<usize, EngineError> {
        self.keys.clear();
        self.values.clear();
        let (keys, values) = batch.rows.columns().split_at(self.key_columns.min(batch.rows.num_columns()));
        self.key.encode(keys, batch.keyless.as_ref(), &mut self.keys)?;
        if let Some(window) = self.window {
            let Some(windows) = &batch.windows else {
                return Err(EngineError::Query("keys of the results have no window".into()));
            };
            std::mem::swap(&mut self.keys, &mut self.bare);
            self.keys.clear();
            windows.append(window, &self.bare, &mut self.keys);
        }
        if self.empty && matches!(batch.change, Change::Upsert { .. }) {
            self.empty_values(batch);
        } else {
            self.value.encode(values, batch.change.absent(), &mut self.values)?;
        }

        let (headers, ranges) = headers(batch);
        let headers_of = |i: usize| ranges.get(i).and_then(|range| headers.get(range.clone())).unwrap_or_default();
        let times = self.timestamp.as_ref().and_then(|c| EventTimes::of(c, batch.rows.columns()));
        let mut chosen = std::mem::take(&mut self.chosen);
        chosen.clear();
        self.choose(batch, times.as_ref(), link.max_record_bytes(self.output), &headers_of, ledger, &mut chosen)?;
        let partitions = link.partitions(self.output).max(1);
        let mut records = chosen.iter().map(|&(i, timestamp)| {
            let key = self.keys.get(i);
            // The windows of a key stay together, as Kafka Streams writes them.
            let routed = if self.window.is_some() { self.bare.get(i) } else { key };
            Outgoing {
                partition: match routed {
                    Some(key) => partition_for_key(key, partitions),
                    None => batch.origin.partition.partition % partitions,
                },
                timestamp,
                key,
                value: self.values.get(i),
                headers: headers_of(i),
            }
        });
        link.produce(self.output, &mut records)?;
        self.chosen = chosen;
        Ok(self.chosen.len())
    }

    /// Rows of a table that are all key have a value all the same: without one they would be deleted.
    fn empty_values(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            if batch.is_absent(row) {
                self.values.end_null();
            } else {
                self.values.buffer().extend_from_slice(b"{}");
                self.values.end();
            }
        }
    }

    /// Appends the rows that are produced to `chosen`.
    fn choose<'h>(
        &self,
        batch: &Batch,
        times: Option<&EventTimes<'_>>,
        limit: usize,
        headers_of: &dyn Fn(usize) -> &'h [Header<'h>],
        ledger: &mut Ledger,
        chosen: &mut Vec<(usize, i64)>,
    ) -> Result<(), EngineError> {
        let strict = self.timestamp.as_ref().is_some_and(|c| c.strict);
        for i in 0..batch.len() {
            // A row without a value has no such column, either: it keeps its time.
            let time = match times.filter(|_| !batch.is_absent(i)).map(|times| times.get(i)) {
                None => batch.time[i],
                Some(Ok(time)) => time,
                Some(Err(NoTime { reason, negative: false })) if strict => {
                    return Err(EngineError::Query(format!("timestamp of a result: {reason}")));
                }
                Some(Err(NoTime { reason, .. })) => {
                    ledger.produce_failed(batch, i, &format!("{reason} (of the sink)"));
                    continue;
                }
            };
            let bytes = |payload: Option<&[u8]>| payload.map_or(0, <[u8]>::len);
            let header = |h: &Header<'_>| h.key.len() + bytes(h.value) + HEADER_OVERHEAD;
            let headers: usize = headers_of(i).iter().map(header).sum();
            let size = bytes(self.keys.get(i)) + bytes(self.values.get(i)) + headers;
            if size.saturating_add(RECORD_OVERHEAD) > limit {
                let reason = format!("record of {size} bytes is larger than the topic takes ({limit})");
                ledger.produce_failed(batch, i, &reason);
                continue;
            }
            chosen.push((i, time));
        }
        Ok(())
    }
}

/// All headers of a batch, and which of them each row has; nothing at all when no row has any.
pub(crate) fn headers(batch: &Batch) -> (Vec<Header<'_>>, Vec<Range<usize>>) {
    let (mut all, mut ranges) = (Vec::new(), Vec::new());
    if let Some(headers) = &batch.headers {
        ranges.reserve(batch.len());
        for row in 0..batch.len() {
            let start = all.len();
            all.extend(headers.row(row));
            ranges.push(start..all.len());
        }
    }
    (all, ranges)
}
