//! Finding batches in a segment: a jump by the index, then a walk over headers.
//!
//! An entry of the index is believed only after a look at the batch it points to. An index that lies is made anew.

use std::io;

use super::index::IndexEntry;
use super::scan::{self, Found, Headers};
use super::segment::Segment;
use crate::record::header::Header;

impl Segment {
    /// The first batch that ends at `offset` or later: the one that contains it, or follows the gap that it is in.
    /// `None`: all batches end before.
    pub(crate) fn batch_with(&mut self, offset: i64, interval: u64) -> io::Result<Option<Found>> {
        let relative = offset.saturating_sub(self.base);
        let from = self.begin_at(
            interval,
            |entry| i64::from(entry.relative) <= relative,
            |header| header.base_offset <= offset,
        )?;
        self.first_from(from, |header| header.last_offset() >= offset)
    }

    /// The first batch with a max timestamp of `timestamp` or later.
    pub(crate) fn batch_since(&mut self, timestamp: i64, interval: u64) -> io::Result<Option<Found>> {
        let from = self.begin_at(interval, |entry| entry.timestamp < timestamp, |_| true)?;
        self.first_from(from, |header| header.max_timestamp >= timestamp)
    }

    /// The first batch from `position` on, which is where one begins, that `is`.
    pub(crate) fn first_from(&mut self, position: u64, is: impl Fn(&Header) -> bool) -> io::Result<Option<Found>> {
        let file = self.file()?;
        let mut headers = Headers::new(&file, position, self.bytes);
        while let Some(found) = headers.next()? {
            if is(&found.header) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Where a batch begins at or before `position`, as near as the index knows.
    pub(crate) fn boundary(&mut self, position: u64, interval: u64) -> io::Result<u64> {
        self.begin_at(interval, |entry| u64::from(entry.position) <= position, |_| true)
    }

    /// Position of the last entry for which `holds`, 0 when there is none. The entry is compared with the batch that
    /// it points to, which `fits` too; an index that is wrong is made anew.
    fn begin_at(
        &mut self,
        interval: u64,
        holds: impl Fn(&IndexEntry) -> bool,
        fits: impl Fn(&Header) -> bool,
    ) -> io::Result<u64> {
        // Never the entry of the segment's end.
        let end = self.bytes;
        let inside = |entry: &IndexEntry| u64::from(entry.position) < end && holds(entry);
        if let Ok(found) = self.index.last_where(inside) {
            let Some(entry) = found else { return Ok(0) };
            let position = u64::from(entry.position);
            let file = self.file()?;
            if let Ok(Some(batch)) = Headers::new(&file, position, end).next()
                && batch.header.base_offset == self.base.saturating_add(i64::from(entry.relative))
                && fits(&batch.header)
            {
                return Ok(position);
            }
        }
        tracing::warn!("{}: the index does not fit the segment; made anew", self.path().display());
        self.reindex(interval)?;
        Ok(self.index.last_where(inside)?.map_or(0, |entry| u64::from(entry.position)))
    }

    /// Reads a batch whole.
    pub(crate) fn read(&mut self, found: &Found) -> io::Result<Vec<u8>> {
        scan::batch(&*self.file()?, found)
    }
}
