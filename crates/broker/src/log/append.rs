//! Appending: batches are checked against the topic's settings and their producer's state, get their offsets, and are
//! written as they are. A failed write is taken back as a whole.

use std::io::{self, IoSlice};
use std::ops::{ControlFlow, Range};

use super::producers::{Ending, Verdict};
use super::scan::Found;
use super::segment::{MAX_RELATIVE, Segment};
use super::{Appended, Log, SNAPSHOT_EVERY};
use crate::config::Fsync;
use crate::error::Code;
use crate::record::header::{CRC_FROM, HEADER_BYTES, Header, LOG_APPEND_TIME};
use crate::record::{control, records};

/// Bytes of a header that are always written anew: base offset, length, leader epoch.
const OWN_BYTES: usize = 16;

/// A batch on its way: its header as it will be stored, and where its untouched part begins.
struct Outgoing<'a> {
    header: Header,
    head: [u8; HEADER_BYTES],
    head_bytes: usize,
    rest: &'a [u8],
    /// What it says, if it is a marker.
    ending: Option<Ending>,
}

impl Outgoing<'_> {
    fn bytes(&self) -> u64 {
        (self.head_bytes + self.rest.len()) as u64
    }
}

impl Log {
    /// Appends the batches at `batches` in `records`, all or none. They have been checked for themselves
    /// (`record::check`); here they are checked against the topic and the log. A batch that is repeated by an
    /// idempotent producer is not appended; the answer is that of the first time.
    ///
    /// Errors: `MessageTooLarge`, `RecordListTooLarge` (more than a segment holds), `InvalidTimestamp`, `InvalidRecord`
    /// (no key in a compacted topic; sequence numbers missing), `InvalidProducerEpoch`, `OutOfOrderSequenceNumber`,
    /// `InvalidTxnState`, `KafkaStorageError`.
    pub(crate) fn append(&mut self, records: &[u8], batches: &[Range<usize>], now_ms: i64) -> Result<Appended, Code> {
        self.usable()?;
        let mut run = Vec::with_capacity(batches.len());
        let mut next = self.end_offset;
        for range in batches {
            let batch = records.get(range.clone()).ok_or(Code::CorruptMessage)?;
            let header = Header::parse(batch).ok_or(Code::CorruptMessage)?;
            self.check(batch, &header, now_ms)?;
            if header.producer_id >= 0 {
                // Sequence numbers are checked against what is in the log, so they come one batch at a time.
                if batches.len() > 1 {
                    return Err(Code::InvalidRecord);
                }
                if let Verdict::Duplicate(first) = self.producers.check(&header)? {
                    return Ok(Appended {
                        base_offset: first.base_offset,
                        log_append_time: first.timestamp,
                        start_offset: self.start_offset,
                    });
                }
            }
            let outgoing = self.outgoing(batch, header, next, now_ms)?;
            next = outgoing.header.last_offset().checked_add(1).ok_or(Code::InvalidRecord)?;
            run.push(outgoing);
        }
        let base_offset = self.end_offset;
        self.write(&run, next, now_ms)?;
        let log_append_time = if self.config.log_append_time { now_ms } else { -1 };
        Ok(Appended { base_offset, log_append_time, start_offset: self.start_offset })
    }

    /// Ends the transaction of a producer with a marker, or raises its epoch. Gives the marker's offset; when there
    /// was nothing to do (the transaction is ended already, or never wrote here), the end of the log.
    ///
    /// Errors: `InvalidProducerEpoch`, `TransactionCoordinatorFenced`, `KafkaStorageError`.
    pub(crate) fn append_marker(
        &mut self,
        producer_id: i64,
        epoch: i16,
        commit: bool,
        coordinator_epoch: i32,
        now_ms: i64,
    ) -> Result<i64, Code> {
        self.usable()?;
        if !self.producers.wants_marker(producer_id, epoch, coordinator_epoch)? {
            return Ok(self.end_offset);
        }
        let mut batch = control::marker(producer_id, epoch, commit, coordinator_epoch, now_ms);
        let offset = self.end_offset;
        if let Some(base) = batch.get_mut(..8) {
            base.copy_from_slice(&offset.to_be_bytes());
        }
        let mut header = Header::parse(&batch).ok_or(Code::KafkaStorageError)?;
        header.base_offset = offset;
        let head = *batch.first_chunk().ok_or(Code::KafkaStorageError)?;
        let rest = batch.get(HEADER_BYTES..).unwrap_or_default();
        let next = header.last_offset().checked_add(1).ok_or(Code::KafkaStorageError)?;
        let ending = Some(Ending { commit, coordinator_epoch });
        let outgoing = Outgoing { header, head, head_bytes: HEADER_BYTES, rest, ending };
        self.write(&[outgoing], next, now_ms)?;
        Ok(offset)
    }

    fn usable(&self) -> Result<(), Code> {
        if self.failed { Err(Code::KafkaStorageError) } else { Ok(()) }
    }

    /// What the topic's settings demand of a batch.
    fn check(&self, batch: &[u8], header: &Header, now_ms: i64) -> Result<(), Code> {
        if batch.len() > self.config.max_message_bytes {
            return Err(Code::MessageTooLarge);
        }
        if batch.len() as u64 > self.config.segment_bytes {
            return Err(Code::RecordListTooLarge);
        }
        if header.last_offset_delta < 0 {
            return Err(Code::InvalidRecord);
        }
        // Markers are the broker's.
        if header.is_control() {
            return Err(Code::InvalidRecord);
        }
        if header.producer_id >= 0 && (header.producer_epoch < 0 || header.base_sequence < 0) {
            return Err(Code::InvalidRecord);
        }
        if header.is_transactional() && header.producer_id < 0 {
            return Err(Code::InvalidRecord);
        }
        // Only the broker may say that the broker gave the timestamps.
        if header.is_log_append_time() {
            return Err(Code::InvalidTimestamp);
        }
        let stamped = !self.config.log_append_time;
        let latest = self.config.timestamp_after_max_ms.map(|ms| now_ms.saturating_add(ms));
        if stamped && latest.is_some_and(|latest| header.max_timestamp > latest) {
            return Err(Code::InvalidTimestamp);
        }
        let earliest = self.config.timestamp_before_max_ms.filter(|_| stamped).map(|ms| now_ms.saturating_sub(ms));
        if earliest.is_none() && !self.config.compact {
            return Ok(());
        }
        let mut bad = None;
        records::each(batch, self.unpacked_batch_bytes, |record| {
            if self.config.compact && record.key.is_none() {
                bad = Some(Code::InvalidRecord);
            } else if record.timestamp >= 0 && earliest.is_some_and(|earliest| record.timestamp < earliest) {
                bad = Some(Code::InvalidTimestamp);
            }
            if bad.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        bad.map_or(Ok(()), Err)
    }

    /// The batch with its offset, our leader epoch, and our time if the topic wants that.
    fn outgoing<'a>(
        &self,
        batch: &'a [u8],
        mut header: Header,
        base_offset: i64,
        now_ms: i64,
    ) -> Result<Outgoing<'a>, Code> {
        let mut head: [u8; HEADER_BYTES] = *batch.first_chunk().ok_or(Code::CorruptMessage)?;
        header.base_offset = base_offset;
        header.leader_epoch = 0;
        head[..8].copy_from_slice(&base_offset.to_be_bytes());
        head[12..OWN_BYTES].copy_from_slice(&[0; 4]);
        let mut head_bytes = OWN_BYTES;
        if self.config.log_append_time {
            header.attributes |= LOG_APPEND_TIME;
            header.max_timestamp = now_ms;
            head[21..23].copy_from_slice(&header.attributes.to_be_bytes());
            head[35..43].copy_from_slice(&now_ms.to_be_bytes());
            let body = batch.get(HEADER_BYTES..).unwrap_or_default();
            header.crc = crc32c::crc32c_append(crc32c::crc32c(&head[CRC_FROM..]), body);
            head[17..CRC_FROM].copy_from_slice(&header.crc.to_be_bytes());
            head_bytes = HEADER_BYTES;
        }
        let rest = batch.get(head_bytes..).unwrap_or_default();
        Ok(Outgoing { header, head, head_bytes, rest, ending: None })
    }

    /// Writes a run of batches to the active segment, after closing it if it is full or old, and takes note of them.
    fn write(&mut self, run: &[Outgoing<'_>], next: i64, now_ms: i64) -> Result<(), Code> {
        let bytes: u64 = run.iter().map(Outgoing::bytes).sum();
        let newest = run.iter().map(|o| o.header.max_timestamp).max().unwrap_or(-1);
        if self.is_full(bytes, next, newest, now_ms) {
            let rolled = self.roll(now_ms);
            rolled.map_err(Self::storage_error(&self.folder))?;
        }
        let mut slices = Vec::with_capacity(run.len() * 2);
        for outgoing in run {
            slices.push(IoSlice::new(outgoing.head.get(..outgoing.head_bytes).unwrap_or_default()));
            slices.push(IoSlice::new(outgoing.rest));
        }
        let before = self.active.bytes;
        let written = self.active.write(&mut slices).and_then(|()| match self.fsync {
            Fsync::Always => self.active.file()?.sync_data().inspect_err(|_| {
                // What the disk holds now is not known; only opening the log again tells.
                self.failed = true;
            }),
            Fsync::Never => Ok(()),
        });
        if let Err(e) = written {
            tracing::error!("{}: appending failed: {e}", self.folder.display());
            if let Err(e) = self.active.cut(before) {
                tracing::error!("{}: a failed write could not be taken back: {e}", self.folder.display());
                self.failed = true;
            }
            return Err(Code::KafkaStorageError);
        }
        let mut position = before;
        for outgoing in run {
            let found = Found { position, bytes: outgoing.bytes(), header: outgoing.header };
            self.active.note(&found, self.config.index_interval_bytes);
            let header = &outgoing.header;
            match outgoing.ending {
                Some(ending) => self.producers.note_marker(header, ending, now_ms),
                None => self.producers.note(header, self.active.base, position, now_ms),
            }
            position = found.end();
        }
        self.end_offset = next;
        self.dirty = true;
        self.since_snapshot = self.since_snapshot.saturating_add(bytes);
        if self.since_snapshot >= SNAPSHOT_EVERY
            && let Err(e) = self.snapshot()
        {
            // The records are safe; there is only more to read again after a kill.
            tracing::warn!("{}: no snapshot: {e}", self.folder.display());
            self.since_snapshot = 0;
        }
        Ok(())
    }

    /// Kafka's rule: by size, by offsets, or by age, which is counted in the records' timestamps where they have any.
    fn is_full(&self, bytes: u64, next: i64, newest: i64, now_ms: i64) -> bool {
        let active = &self.active;
        if active.bytes == 0 {
            return false;
        }
        let age = if active.first_timestamp >= 0 {
            newest.saturating_sub(active.first_timestamp)
        } else {
            now_ms.saturating_sub(active.modified_ms)
        };
        let limit = match self.config.max_compaction_lag_ms {
            Some(lag) if self.config.compact => self.config.segment_ms.min(lag),
            _ => self.config.segment_ms,
        };
        let grown = active.bytes.saturating_add(bytes);
        grown > self.config.segment_bytes
            || grown > u64::from(u32::MAX)
            || next.saturating_sub(active.base) > MAX_RELATIVE
            || age > limit
    }

    /// Closes the active segment and begins another.
    pub(super) fn roll(&mut self, now_ms: i64) -> io::Result<()> {
        // Never over the active segment itself.
        if self.active.bytes == 0 || self.end_offset <= self.active.base {
            return Ok(());
        }
        let next = Segment::create(&self.folder, self.end_offset, now_ms)?;
        // An index that is not complete is made anew when the log is opened again.
        if let Err(e) = self.active.seal(self.end_offset) {
            tracing::warn!("{}: {e}", self.active.path().display());
        }
        if self.fsync == Fsync::Always {
            self.active.synced = true;
        }
        self.closed.push(std::mem::replace(&mut self.active, next));
        self.dirty = true;
        self.snapshot()
    }
}
