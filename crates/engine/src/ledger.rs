//! The error ledger: what became of records that could not be used, with their address.
//!
//! Entries are collected during an epoch and produced with it, in the same transaction, so that a record is either in
//! the results or in the ledger, exactly once. Their shape is ksqlDB's processing log (a stream can be declared over
//! the topic) with one more field, `record`, that says which record it was.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::batch::Batch;
use crate::link::{InputPartition, Record};

/// Bytes of a rejected key or value that an entry keeps; longer ones are cut, their length is kept.
pub const RAW_BYTES_MAX: usize = 128 * 1024;
/// Bytes of a reason that an entry keeps.
pub const REASON_BYTES_MAX: usize = 4 * 1024;
/// Bytes of entries after which the worker ends an epoch early, so that memory stays bounded.
pub const LEDGER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One entry, ready to produce.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Input partition of the record.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// When it was made: wall-clock time, ms.
    pub time_ms: i64,
    /// The entry's JSON text.
    pub json: Vec<u8>,
    /// The record, where it could not be read and the query does more about that than pass over it.
    pub rejected: Option<Box<Rejected>>,
}

/// A record that could not be read.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Its topic.
    pub topic: String,
    /// What could not be done with it: `deserializer` or `timestamp`.
    pub stage: &'static str,
    /// Why.
    pub reason: String,
    /// The record as it was.
    pub record: RawRecord,
}

/// A record of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// Timestamp in ms since the epoch, -1 when the record has none.
    pub timestamp: i64,
    /// Key bytes.
    pub key: Option<Vec<u8>>,
    /// Value bytes.
    pub value: Option<Vec<u8>>,
    /// Keys and values of its headers, in order.
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl RawRecord {
    /// A copy of what a link has lent.
    pub fn of(record: &Record<'_>) -> Self {
        Self {
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers.iter().map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect(),
        }
    }

    /// Bytes of it.
    pub(crate) fn size(&self) -> usize {
        let bytes = |part: &Option<Vec<u8>>| part.as_ref().map_or(0, Vec::len);
        let headers: usize = self.headers.iter().map(|(key, value)| key.len() + bytes(value)).sum();
        bytes(&self.key) + bytes(&self.value) + headers
    }
}

/// The entries of the open epoch of one query.
#[derive(Debug)]
pub struct Ledger {
    query_id: String,
    /// Input topics by index.
    topics: Vec<String>,
    /// Wall-clock time to stamp entries with, ms; set by the worker.
    now_ms: i64,
    entries: Vec<Entry>,
    bytes: usize,
    /// How many of the entries are about late rows.
    late: u64,
    /// Whether records that cannot be read are kept as they are.
    keeps: bool,
}

impl Ledger {
    /// An empty ledger of a query that reads `topics`.
    pub fn new(query_id: &str, topics: Vec<String>) -> Self {
        Self { query_id: query_id.to_owned(), topics, now_ms: 0, entries: Vec::new(), bytes: 0, late: 0, keeps: false }
    }

    /// The same, whose entries have the records that could not be read if `keeps`.
    #[must_use]
    pub fn keeping_records(self, keeps: bool) -> Self {
        Self { keeps, ..self }
    }

    /// Whether its entries have them.
    pub fn keeps_records(&self) -> bool {
        self.keeps
    }

    /// The id of the query.
    pub fn query_id(&self) -> &str {
        &self.query_id
    }

    /// An empty ledger of the same query.
    pub fn another(&self) -> Self {
        Self::new(&self.query_id, self.topics.clone()).keeping_records(self.keeps)
    }

    /// Sets the time that following entries carry, ms.
    pub fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// Entries of the open epoch.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry about the earliest record.
    pub fn first(&self) -> Option<&Entry> {
        self.entries.iter().min_by_key(|entry| entry.offset)
    }

    /// Takes the entries out.
    pub fn take(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        std::mem::take(&mut self.entries)
    }

    /// Adds entries that another ledger has made.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.bytes += entry.size();
            self.entries.push(entry);
        }
    }

    /// How many rows came too late.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Whether the epoch should end early because of what the ledger holds.
    pub fn is_full(&self) -> bool {
        self.bytes >= LEDGER_BYTES_MAX
    }

    /// Forgets the entries: their epoch was committed or undone.
    pub fn clear(&mut self) {
        self.entries.clear();
        (self.bytes, self.late) = (0, 0);
    }

    /// A payload that could not be decoded; `target` is `key`, `value` or `headers`.
    pub fn decode_failed(&mut self, from: InputPartition, record: &Record<'_>, target: &str, reason: &str) {
        let payload = match target {
            "key" => record.key,
            "value" => record.value,
            _ => None,
        };
        let (raw, cut) = cut(payload.unwrap_or_default());
        let message = json!({
            "type": 0,
            "deserializationError": {
                "target": target,
                "errorMessage": text(reason),
                "recordB64": payload.map(|_| STANDARD.encode(raw)),
                "cause": [],
                "topic": self.topic(from),
            },
        });
        let length = cut.then(|| payload.map_or(0, <[u8]>::len));
        let rejected = self.keeps.then(|| self.rejected(from, "deserializer", reason, RawRecord::of(record)));
        self.push(from, record.offset, record.timestamp, "deserializer", message, length);
        self.attach(rejected);
    }

    /// A record whose event time is missing or negative. `record`: as it was, where somebody asks for that.
    pub fn time_failed(
        &mut self,
        from: InputPartition,
        offset: i64,
        timestamp: i64,
        reason: &str,
        record: Option<RawRecord>,
    ) {
        let message =
            json!({"type": 1, "recordProcessingError": {"errorMessage": text(reason), "record": null, "cause": []}});
        let record = record.filter(|_| self.keeps);
        let rejected = record.map(|record| self.rejected(from, "timestamp", reason, record));
        self.push(from, offset, timestamp, "timestamp", message, None);
        self.attach(rejected);
    }

    fn rejected(&self, from: InputPartition, stage: &'static str, reason: &str, record: RawRecord) -> Box<Rejected> {
        Box::new(Rejected { topic: self.topic(from).to_owned(), stage, reason: text(reason).to_owned(), record })
    }

    /// Puts a record to the last entry.
    fn attach(&mut self, rejected: Option<Box<Rejected>>) {
        if let (Some(entry), Some(rejected)) = (self.entries.last_mut(), rejected) {
            self.bytes += rejected.record.size();
            entry.rejected = Some(rejected);
        }
    }

    /// A row for which an expression failed.
    pub fn evaluate_failed(&mut self, batch: &Batch, row: usize, sql: &str, reason: &str) {
        let error = format!("{}: {}", text(sql), text(reason));
        let message = json!({"type": 1, "recordProcessingError": {"errorMessage": error, "record": null, "cause": []}});
        let (offset, time) = address(batch, row);
        self.push(batch.origin.partition, offset, time, "expression", message, None);
    }

    /// A row that a step had to leave out; `step` is its logger's name.
    pub fn row_skipped(&mut self, batch: &Batch, row: usize, step: &str, reason: &str) {
        let message =
            json!({"type": 1, "recordProcessingError": {"errorMessage": text(reason), "record": null, "cause": []}});
        let (offset, time) = address(batch, row);
        self.push(batch.origin.partition, offset, time, step, message, None);
    }

    /// A row that came too late for a step; `step` is its logger's name.
    pub fn row_late(&mut self, batch: &Batch, row: usize, step: &str, reason: &str) {
        self.late += 1;
        self.row_skipped(batch, row, step, reason);
    }

    /// A row that the sink could not take.
    pub fn produce_failed(&mut self, batch: &Batch, row: usize, reason: &str) {
        let message = json!({"type": 2, "productionError": {"errorMessage": text(reason)}});
        let (offset, time) = address(batch, row);
        self.push(batch.origin.partition, offset, time, "sink", message, None);
    }

    /// The topic of an input.
    pub fn topic_of(&self, input: u16) -> &str {
        self.topics.get(usize::from(input)).map_or("", String::as_str)
    }

    fn topic(&self, from: InputPartition) -> &str {
        self.topic_of(from.input)
    }

    fn push(
        &mut self,
        from: InputPartition,
        offset: i64,
        timestamp: i64,
        step: &str,
        message: Value,
        cut_from: Option<usize>,
    ) {
        let mut record = json!({
            "query": self.query_id,
            "topic": self.topic(from),
            "partition": from.partition,
            "offset": offset,
            "timestamp": timestamp,
        });
        if let (Some(length), Some(fields)) = (cut_from, record.as_object_mut()) {
            fields.insert("cutFromBytes".into(), length.into());
        }
        let entry = json!({
            "level": "ERROR",
            "logger": format!("processing.{}.{step}", self.query_id),
            "time": self.now_ms,
            "message": message,
            "record": record,
        });
        let json = entry.to_string().into_bytes();
        self.bytes += json.len();
        self.entries.push(Entry { partition: from.partition, offset, time_ms: self.now_ms, json, rejected: None });
    }
}

impl Entry {
    /// Bytes of it.
    fn size(&self) -> usize {
        self.json.len() + self.rejected.as_ref().map_or(0, |rejected| rejected.record.size())
    }
}

fn address(batch: &Batch, row: usize) -> (i64, i64) {
    let at = |v: &[i64]| v.get(row).copied().unwrap_or(-1);
    (at(&batch.origin.offsets), at(&batch.time))
}

fn cut(bytes: &[u8]) -> (&[u8], bool) {
    (&bytes[..bytes.len().min(RAW_BYTES_MAX)], bytes.len() > RAW_BYTES_MAX)
}

/// At most [`REASON_BYTES_MAX`] bytes of a text, cut between characters.
fn text(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON_BYTES_MAX.min(reason.len()))]
}

#[cfg(test)]
mod tests;
