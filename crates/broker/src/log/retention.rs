//! What a log forgets: old segments by time and size, records that were deleted, producers that were idle.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::Log;
use crate::error::{BrokerError, Code};

impl Log {
    /// Deletes records before `offset`, durably; whole segments go at once. An offset before the start does nothing.
    /// Gives the new start offset.
    ///
    /// Errors: `OffsetOutOfRange` beyond the end; `KafkaStorageError`.
    pub(crate) fn delete_before(&mut self, offset: i64, now_ms: i64) -> Result<i64, Code> {
        if offset > self.end_offset || offset < 0 {
            return Err(Code::OffsetOutOfRange);
        }
        if self.failed {
            return Err(Code::KafkaStorageError);
        }
        if offset > self.start_offset {
            let before = self.start_offset;
            self.start_offset = offset;
            if let Err(e) = self.snapshot() {
                self.start_offset = before;
                return Err(Self::storage_error(&self.folder)(e));
            }
            self.producers.forget_before(offset);
            let dropped = self.drop_deleted(now_ms);
            dropped.map_err(Self::storage_error(&self.folder))?;
        }
        Ok(self.start_offset)
    }

    /// Retention, idle producers, files that nobody reads. To be called now and then. Compaction is apart
    /// ([`Self::compaction_plan`]), as it must not hold the log's lock.
    ///
    /// Errors: `Storage`.
    pub(crate) fn upkeep(&mut self, now_ms: i64) -> Result<(), BrokerError> {
        if self.failed {
            return Ok(());
        }
        let retained = self.retain(now_ms);
        retained.map_err(BrokerError::storage(&self.folder))?;
        if self.producers.expire(now_ms) {
            self.dirty = true;
        }
        for segment in &mut self.closed {
            segment.rest();
        }
        self.active.index.rest();
        Ok(())
    }

    /// Closed segments that may not be on the disk yet, to be forced there without the log's lock: base offsets and
    /// files. After that, [`Self::synced`].
    pub(crate) fn unsynced(&mut self) -> io::Result<Vec<(i64, Arc<File>)>> {
        let unsynced = self.closed.iter_mut().filter(|segment| !segment.synced);
        unsynced.map(|segment| Ok((segment.base, segment.file()?))).collect()
    }

    /// What [`Self::unsynced`] gave is on the disk; the next snapshot says so.
    pub(crate) fn synced(&mut self, bases: impl Iterator<Item = i64>) {
        for base in bases {
            if let Some(segment) = self.closed.iter_mut().find(|segment| segment.base == base) {
                segment.synced = true;
                self.dirty = true;
            }
        }
    }

    fn retain(&mut self, now_ms: i64) -> io::Result<()> {
        self.drop_deleted(now_ms)?;
        if !self.config.delete {
            return Ok(());
        }
        if let Some(retention_ms) = self.config.retention_ms {
            self.drop_oldest(now_ms, |log| {
                let oldest = log.segments().next()?;
                let newest = match oldest.largest_timestamp {
                    ..0 => oldest.modified_ms,
                    timestamp => timestamp,
                };
                Some(now_ms.saturating_sub(newest) > retention_ms)
            })?;
        }
        if let Some(retention_bytes) = self.config.retention_bytes {
            self.drop_oldest(now_ms, |log| {
                let oldest = log.segments().next()?.bytes;
                Some(log.bytes().checked_sub(retention_bytes).is_some_and(|excess| excess >= oldest))
            })?;
        }
        Ok(())
    }

    /// Removes segments of which no record is after the start offset.
    fn drop_deleted(&mut self, now_ms: i64) -> io::Result<()> {
        self.drop_oldest(now_ms, |log| {
            let end = log.closed.get(1).unwrap_or(&log.active).base;
            let end = if log.closed.is_empty() { log.end_offset } else { end };
            Some(end <= log.start_offset)
        })
    }

    /// Removes the oldest segment as long as `goes`. The active one is closed first, as Kafka does.
    fn drop_oldest(&mut self, now_ms: i64, goes: impl Fn(&Self) -> Option<bool>) -> io::Result<()> {
        let mut changed = false;
        while goes(self) == Some(true) && (!self.closed.is_empty() || self.active.bytes > 0) {
            if self.closed.is_empty() {
                self.roll(now_ms)?;
            }
            let Some(oldest) = self.closed.first() else { break };
            oldest.remove()?;
            self.closed.remove(0);
            let base = self.closed.first().unwrap_or(&self.active).base;
            self.start_offset = self.start_offset.max(base);
            changed = true;
        }
        if changed {
            self.places.clear();
            self.producers.forget_before(self.start_offset);
            self.snapshot()?;
        }
        Ok(())
    }
}
