//! The log of one simulated partition: records, control markers, and which of them a read_committed reader sees.

use std::collections::BTreeMap;

use crate::link::Header;

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Timestamp, ms since the epoch.
    pub timestamp: i64,
    /// Key bytes.
    pub key: Option<Vec<u8>>,
    /// Value bytes.
    pub value: Option<Vec<u8>>,
    /// Keys and values of its headers.
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Stored {
    /// Bytes of key, value and headers.
    pub fn size(&self) -> usize {
        let bytes = |side: &Option<Vec<u8>>| side.as_ref().map_or(0, Vec::len);
        let headers: usize = self.headers.iter().map(|(key, value)| key.len() + bytes(value)).sum();
        bytes(&self.key) + bytes(&self.value) + headers
    }

    /// Its headers, borrowed.
    pub fn lend_headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect()
    }

    /// Headers as they are stored.
    pub fn own_headers(headers: &[Header<'_>]) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        headers.iter().map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect()
    }
}

/// What stands at an offset.
#[derive(Debug)]
enum Entry {
    /// A record anybody may read.
    Visible(Stored),
    /// A record of a transaction that is still open, by that producer id.
    Open(u64, Stored),
    /// A record of an aborted transaction.
    Aborted,
    /// A control marker: takes an offset, is never seen.
    Marker,
}

/// One partition. Offsets begin at 0.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Vec<Entry>,
    /// Producers with an open transaction here, with the offset of its first record.
    open: BTreeMap<u64, usize>,
}

impl Log {
    /// The offset that the next entry gets.
    pub(super) fn end(&self) -> i64 {
        self.entries.len() as i64
    }

    /// The last stable offset: read_committed readers see nothing at or after it.
    pub(super) fn stable_end(&self) -> i64 {
        self.open.values().min().map_or(self.end(), |&first| first as i64)
    }

    /// Appends a record, as part of a producer's open transaction if one is given.
    pub(super) fn append(&mut self, record: Stored, transaction: Option<u64>) {
        let offset = self.entries.len();
        self.entries.push(match transaction {
            None => Entry::Visible(record),
            Some(producer) => {
                self.open.entry(producer).or_insert(offset);
                Entry::Open(producer, record)
            }
        });
    }

    /// Writes the marker that ends a producer's transaction. Nothing if it has none here.
    pub(super) fn end_transaction(&mut self, producer: u64, commit: bool) {
        let Some(first) = self.open.remove(&producer) else { return };
        for entry in self.entries.iter_mut().skip(first) {
            if !matches!(entry, Entry::Open(p, _) if *p == producer) {
                continue;
            }
            let ended = std::mem::replace(entry, Entry::Aborted);
            if let (true, Entry::Open(_, record)) = (commit, ended) {
                *entry = Entry::Visible(record);
            }
        }
        self.entries.push(Entry::Marker);
    }

    /// What a read_committed reader sees from `offset` on, with offsets.
    pub(super) fn committed_from(&self, offset: i64) -> impl Iterator<Item = (i64, &Stored)> {
        let from = usize::try_from(offset).unwrap_or(0);
        let below = self.stable_end() as usize;
        self.entries.iter().enumerate().take(below).skip(from).filter_map(|(i, e)| match e {
            Entry::Visible(record) => Some((i as i64, record)),
            _ => None,
        })
    }
}
