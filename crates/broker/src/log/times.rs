//! Offsets by time: the first record that is as late as a timestamp, and the latest record.

use std::io;
use std::ops::ControlFlow;

use super::Log;
use super::scan::{Found, Headers};
use crate::error::Code;
use crate::record::records;

impl Log {
    /// Offset and timestamp (ms) of the first record with `timestamp` or a later one; `None`: there is none.
    ///
    /// Errors: `KafkaStorageError`; what unpacking the batch says.
    pub(crate) fn offset_for_time(&mut self, timestamp: i64) -> Result<Option<(i64, i64)>, Code> {
        let (interval, start) = (self.config.index_interval_bytes, self.start_offset);
        let folder = self.folder.clone();
        for at in 0..=self.closed.len() {
            let most = self.unpacked_batch_bytes;
            let Some(segment) = self.segment(at).filter(|segment| segment.largest_timestamp >= timestamp) else {
                continue;
            };
            let late = |found: &Found| found.header.max_timestamp >= timestamp && found.header.last_offset() >= start;
            let mut next = segment.batch_since(timestamp, interval).map_err(Self::storage_error(&folder))?;
            while let Some(found) = next {
                if late(&found) {
                    let batch = segment.read(&found).map_err(Self::storage_error(&folder))?;
                    if let Some(record) = first_since(&batch, &found, timestamp, start, most)? {
                        return Ok(Some(record));
                    }
                }
                next = segment
                    .first_from(found.end(), |header| header.max_timestamp >= timestamp)
                    .map_err(Self::storage_error(&folder))?;
            }
        }
        Ok(None)
    }

    /// Offset and timestamp (ms) of the first record with the largest timestamp there is; `None`: no record has one.
    ///
    /// Errors: as [`Self::offset_for_time`].
    pub(crate) fn max_timestamp_offset(&mut self) -> Result<Option<(i64, i64)>, Code> {
        let largest = self.largest();
        let largest = largest.map_err(Self::storage_error(&self.folder))?;
        if largest < 0 { Ok(None) } else { self.offset_for_time(largest) }
    }

    /// Largest timestamp of what can be read; only a segment that is partly deleted must be looked through.
    fn largest(&mut self) -> io::Result<i64> {
        let start = self.start_offset;
        let mut largest = -1;
        for at in 0..=self.closed.len() {
            let Some(segment) = self.segment(at) else { continue };
            if segment.base >= start {
                largest = largest.max(segment.largest_timestamp);
                continue;
            }
            let file = segment.file()?;
            let mut headers = Headers::new(&file, 0, segment.bytes);
            while let Some(found) = headers.next()? {
                if found.header.last_offset() >= start {
                    largest = largest.max(found.header.max_timestamp);
                }
            }
        }
        Ok(largest)
    }
}

fn first_since(
    batch: &[u8],
    found: &Found,
    timestamp: i64,
    start: i64,
    unpacked_batch_bytes: usize,
) -> Result<Option<(i64, i64)>, Code> {
    let header = &found.header;
    let mut first = None;
    records::each(batch, unpacked_batch_bytes, |record| {
        let at = if header.is_log_append_time() { header.max_timestamp } else { record.timestamp };
        if at >= timestamp && record.offset >= start {
            first = Some((record.offset, at));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(first)
}
