//! One batch under compaction: what of it stays.

use std::ops::ControlFlow;

use super::keys::Keys;
use super::transactions::Transactions;
use crate::error::Code;
use crate::record::cursor::{put_length, put_varint};
use crate::record::header::Header;
use crate::record::records::{self, Record};
use crate::record::{compress, control};

/// What becomes of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It stays as it is.
    Whole,
    /// It goes.
    Dropped,
    /// It stays as this.
    Changed(Vec<u8>),
}

/// What decides. Batches are to be given in the log's order, from its start.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Latest offsets.
    pub(crate) keys: Keys,
    /// Transactions.
    pub(crate) transactions: Transactions,
    /// From here on everything stays.
    pub(crate) upto: i64,
    /// Time, ms since 1970.
    pub(crate) now_ms: i64,
    /// How long tombstones and markers stay when compaction has met them, ms.
    pub(crate) delete_retention_ms: i64,
    /// Bytes that a batch may unpack to.
    pub(crate) max_unpacked: usize,
    /// Batches that could not be read.
    pub(crate) unreadable: u64,
}

impl Rules {
    /// Decides about the next batch of the log.
    pub(crate) fn apply(&mut self, header: &Header, batch: &[u8]) -> Kept {
        if header.base_offset >= self.upto {
            return Kept::Whole;
        }
        if header.is_control() {
            return self.marker(header, batch);
        }
        if self.transactions.is_aborted(header) {
            return Kept::Dropped;
        }
        self.transactions.saw_data(header);
        self.data(header, batch).unwrap_or_else(|_| {
            // It was accepted when the topic was not compacted yet. Better kept than lost.
            self.unreadable += 1;
            Kept::Whole
        })
    }

    fn marker(&mut self, header: &Header, batch: &[u8]) -> Kept {
        if self.transactions.needs_marker(header, control::kind(batch)) {
            return Kept::Whole;
        }
        match header.delete_horizon() {
            Some(horizon) if horizon <= self.now_ms => Kept::Dropped,
            Some(_) => Kept::Whole,
            None => self.changed(header, batch, header.count, true).unwrap_or(Kept::Whole),
        }
    }

    fn data(&self, header: &Header, batch: &[u8]) -> Result<Kept, Code> {
        let (mut count, mut kept, mut tombstones) = (0, 0, false);
        records::each(batch, self.max_unpacked, |record| {
            count += 1;
            if self.stays(header, &record) {
                kept += 1;
                tombstones |= record.value.is_none();
            }
            ControlFlow::Continue(())
        })?;
        let horizon = tombstones && header.delete_horizon().is_none();
        match kept {
            0 => Ok(Kept::Dropped),
            _ if kept == count && !horizon => Ok(Kept::Whole),
            _ => self.changed(header, batch, kept, horizon),
        }
    }

    fn stays(&self, header: &Header, record: &Record<'_>) -> bool {
        if header.is_control() {
            return true;
        }
        let Some(key) = record.key else { return false };
        let expired = header.delete_horizon().is_some_and(|horizon| horizon <= self.now_ms);
        (record.value.is_some() || !expired) && self.keys.is_latest(key, record.offset)
    }

    /// The batch with the records that stay, `count` of them; with a delete horizon, if it is to get one. Offsets,
    /// sequence numbers, timestamps and codec stay what they are.
    fn changed(&self, header: &Header, batch: &[u8], count: i32, horizon: bool) -> Result<Kept, Code> {
        let mut new = Header { count, ..*header };
        if horizon {
            new = new.with_delete_horizon(self.now_ms.saturating_add(self.delete_retention_ms));
        }
        // The broker's own time is in the max timestamp and stays there.
        if !header.is_log_append_time() {
            new.max_timestamp = -1;
        }
        let moved = header.base_timestamp.wrapping_sub(new.base_timestamp);
        let mut kept = Vec::with_capacity(batch.len());
        records::each(batch, self.max_unpacked, |record| {
            if self.stays(header, &record) {
                new.max_timestamp = new.max_timestamp.max(record.timestamp);
                if moved == 0 {
                    kept.extend_from_slice(record.raw);
                } else {
                    put_moved(&mut kept, &record, moved);
                }
            }
            ControlFlow::Continue(())
        })?;
        let packed = match new.compression() {
            compress::NONE => kept,
            codec => compress::pack(codec, &kept)?,
        };
        new.batch(&packed).map(Kept::Changed).ok_or(Code::UnknownServerError)
    }
}

/// The record with its timestamp relative to another base: its length and its timestamp delta may take other room.
fn put_moved(to: &mut Vec<u8>, record: &Record<'_>, moved: i64) {
    const LONGEST_VARLONG: usize = 10;
    let mut start = Vec::with_capacity(1 + LONGEST_VARLONG);
    // Attributes, of which there are none yet.
    start.push(0);
    put_varint(&mut start, record.timestamp_delta.wrapping_add(moved));
    put_length(to, start.len().saturating_add(record.after_timestamp.len()));
    to.extend_from_slice(&start);
    to.extend_from_slice(record.after_timestamp);
}
