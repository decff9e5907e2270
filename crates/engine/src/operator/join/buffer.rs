//! The records of one side of a join of streams, as long as records of the other side may meet them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::damaged;
use crate::error::EngineError;
use crate::operator::Save;

/// The version of the saved values.
const VERSION: u8 = 1;
/// Parts of the retention in which records are forgotten together.
const PARTS: i64 = 4;

/// Records by key and time.
#[derive(Debug)]
pub(super) struct Buffer {
    /// How long records are kept, ms.
    retention: i64,
    /// The latest time of a record of this side; none was seen: negative.
    latest: i64,
    /// By key, in the order of their times, those of one time in the order in which they came.
    rows: HashMap<Arc<[u8]>, Vec<Row>>,
    /// Which keys have records in a part of time, by its number.
    parts: BTreeMap<i64, HashSet<Arc<[u8]>>>,
    /// How many records are kept.
    held: usize,
    /// The number of the next record.
    next: u64,
    /// Whether changes are noted.
    tracked: bool,
    /// Records from that number on have not been saved yet.
    unsaved_from: u64,
    /// Where those are: key and time by number.
    unsaved: BTreeMap<u64, (Arc<[u8]>, i64)>,
    /// Saved records that are forgotten since.
    gone: Vec<(Arc<[u8]>, i64, u64)>,
}

/// A record.
#[derive(Debug)]
pub(super) struct Row {
    /// Its time.
    pub(super) time: i64,
    number: u64,
    /// Its columns.
    pub(super) bytes: Arc<[u8]>,
}

impl Buffer {
    /// A buffer that forgets records that are older than the latest one by `retention` ms.
    pub(super) fn new(retention: i64) -> Self {
        Self {
            retention: retention.max(0),
            latest: -1,
            rows: HashMap::new(),
            parts: BTreeMap::new(),
            held: 0,
            next: 0,
            tracked: false,
            unsaved_from: 0,
            unsaved: BTreeMap::new(),
            gone: Vec::new(),
        }
    }

    /// How many records are kept.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// From here on changes are noted.
    pub(super) fn track(&mut self) {
        self.tracked = true;
    }

    /// The latest time of a record of this side.
    pub(super) fn latest(&self) -> i64 {
        self.latest
    }

    /// Goes on from that latest time.
    pub(super) fn set_latest(&mut self, latest: i64) {
        self.latest = latest;
    }

    /// Records of earlier times are forgotten.
    fn kept_from(&self) -> i64 {
        self.latest.saturating_sub(self.retention).saturating_add(1)
    }

    fn part(&self, time: i64) -> i64 {
        time.div_euclid((self.retention / PARTS).max(1))
    }

    /// Keeps a record, and forgets those that are too old now; false: it is too old itself.
    pub(super) fn put(&mut self, key: &[u8], time: i64, bytes: Arc<[u8]>) -> bool {
        self.latest = self.latest.max(time);
        self.forget();
        if time < self.kept_from() {
            return false;
        }
        let number = self.next;
        self.next += 1;
        let key = self.insert(key, Row { time, number, bytes });
        if self.tracked {
            self.unsaved.insert(number, (key, time));
        }
        true
    }

    fn insert(&mut self, key: &[u8], row: Row) -> Arc<[u8]> {
        let key = match self.rows.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(key),
        };
        self.parts.entry(self.part(row.time)).or_default().insert(Arc::clone(&key));
        let rows = self.rows.entry(Arc::clone(&key)).or_default();
        let place = rows.partition_point(|r| (r.time, r.number) < (row.time, row.number));
        rows.insert(place, row);
        self.held += 1;
        key
    }

    /// The records of a key from one time to another, both included.
    pub(super) fn get(&self, key: &[u8], from: i64, to: i64) -> &[Row] {
        let rows = self.rows.get(key).map(Vec::as_slice).unwrap_or_default();
        let from = from.max(self.kept_from());
        let first = rows.partition_point(|r| r.time < from);
        let end = rows.partition_point(|r| r.time <= to);
        rows.get(first..end).unwrap_or_default()
    }

    /// Forgets the records of the parts of time that are over.
    fn forget(&mut self) {
        let kept_from = self.kept_from();
        let part = self.part(kept_from);
        while let Some(entry) = self.parts.first_entry().filter(|entry| *entry.key() < part) {
            for key in entry.remove() {
                let Some(rows) = self.rows.get_mut(&key) else { continue };
                let count = rows.partition_point(|r| r.time < kept_from);
                self.held -= count;
                for row in rows.drain(..count) {
                    if !self.tracked {
                        continue;
                    }
                    if row.number < self.unsaved_from {
                        self.gone.push((Arc::clone(&key), row.time, row.number));
                    } else {
                        self.unsaved.remove(&row.number);
                    }
                }
                if rows.is_empty() {
                    self.rows.remove(&key);
                }
            }
        }
    }

    /// Gives out what has changed; `prefix` stands before each key.
    pub(super) fn save(&mut self, prefix: u8, change: &mut Save<'_>) -> Result<(), EngineError> {
        for (key, time, number) in self.gone.drain(..) {
            change(&saved_key(prefix, time, number, &key), None)?;
        }
        let mut value = Vec::new();
        for (number, (key, time)) in std::mem::take(&mut self.unsaved) {
            let rows = self.rows.get(&key).map(Vec::as_slice).unwrap_or_default();
            let at = rows.partition_point(|r| (r.time, r.number) < (time, number));
            let Some(row) = rows.get(at).filter(|r| r.number == number) else { continue };
            value.clear();
            value.push(VERSION);
            value.extend_from_slice(&row.bytes);
            change(&saved_key(prefix, time, number, &key), Some(&value))?;
        }
        self.unsaved_from = self.next;
        Ok(())
    }

    /// Takes a record that was given out; `key` is without its prefix.
    pub(super) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let (time, rest) = key.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (number, key) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (time, number) = (i64::from_be_bytes(*time), u64::from_be_bytes(*number));
        let Some((&VERSION, bytes)) = value.split_first() else { return Err(damaged()) };
        self.insert(key, Row { time, number, bytes: bytes.into() });
        self.next = self.next.max(number.saturating_add(1));
        self.unsaved_from = self.next;
        Ok(())
    }
}

fn saved_key(prefix: u8, time: i64, number: u64, key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(17 + key.len());
    out.push(prefix);
    out.extend_from_slice(&time.to_be_bytes());
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(key);
    out
}
