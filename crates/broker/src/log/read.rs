//! Reading: which bytes of which segment answer a fetch. The bytes themselves are read without the log's lock.

use std::cmp::Ordering;
use std::io;

use super::producers::OpenTransaction;
use super::scan::Headers;
use super::{Log, Slice, Wanted};
use crate::error::Code;

/// Ends of reads that a log remembers: as many readers go on without a search.
const PLACES: usize = 8;

/// Where an offset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The offset.
    offset: i64,
    /// Base offset of the segment.
    segment: i64,
    /// Position of the batch, bytes.
    position: u64,
}

impl Log {
    /// Whole batches from the one that contains `wanted.offset` (or follows it, where compaction left a gap), of one
    /// segment, up to `wanted.max_bytes`. Empty at the end of the log, and at the last stable offset for readers of
    /// what is committed.
    ///
    /// Errors: `OffsetOutOfRange`; `KafkaStorageError`.
    pub(crate) fn slice(&mut self, wanted: Wanted) -> Result<Slice, Code> {
        if wanted.offset < self.start_offset || wanted.offset > self.end_offset {
            return Err(Code::OffsetOutOfRange);
        }
        let found = self.find(wanted);
        found.map_err(Self::storage_error(&self.folder))
    }

    fn find(&mut self, wanted: Wanted) -> io::Result<Slice> {
        let upto = if wanted.committed_only { self.last_stable_offset() } else { self.end_offset };
        let open = self.producers.first_open().filter(|_| wanted.committed_only);
        if wanted.offset < upto
            && let Some((at, position)) = self.seek(wanted.offset, open)?
            && let Some(slice) = self.run(wanted, at, position, open.map(|open| (open, upto)))?
        {
            return Ok(slice);
        }
        if wanted.offset == self.end_offset {
            self.remember(Place { offset: wanted.offset, segment: self.active.base, position: self.active.bytes });
        }
        Ok(Slice { file: self.active.file()?, position: self.active.bytes, length: 0, aborted: Vec::new() })
    }

    /// Where the batch with `offset`, or the next after a gap, begins: place of the segment, position. `None` when that
    /// is not before the open transaction.
    fn seek(&mut self, offset: i64, open: Option<OpenTransaction>) -> io::Result<Option<(usize, u64)>> {
        let interval = self.config.index_interval_bytes;
        let mut known = self.place(offset);
        let first = self.segment_with(known.map_or(offset, |place| place.segment));
        for at in first..=self.closed.len() {
            let Some(segment) = self.segment(at) else { break };
            let limit = open.filter(|open| open.segment == segment.base).map(|open| open.position);
            let position = match known.take() {
                Some(place) => Some(place.position),
                None => segment.batch_with(offset, interval)?.map(|found| found.position),
            };
            if let Some(position) = position.filter(|position| *position < limit.unwrap_or(segment.bytes)) {
                return Ok(Some((at, position)));
            }
            if limit.is_some() {
                break;
            }
        }
        Ok(None)
    }

    /// The batches from `position` of a segment on, as many as are wanted.
    fn run(
        &mut self,
        wanted: Wanted,
        at: usize,
        position: u64,
        open: Option<(OpenTransaction, i64)>,
    ) -> io::Result<Option<Slice>> {
        let interval = self.config.index_interval_bytes;
        // Offset that follows the segment.
        let following = match at.cmp(&self.closed.len()) {
            Ordering::Less => self.closed.get(at + 1).map_or(self.active.base, |segment| segment.base),
            _ => self.end_offset,
        };
        let Some(segment) = self.segment(at) else { return Ok(None) };
        let (file, base) = (segment.file()?, segment.base);
        let open = open.filter(|(open, _)| open.segment == base);
        let (end, next) = open.map_or((segment.bytes, following), |(open, upto)| (open.position, upto));
        let most = position.saturating_add(wanted.max_bytes as u64);
        let (end, next) = if end <= most {
            (end, next)
        } else {
            let from = segment.boundary(most, interval)?.max(position);
            cut(&mut Headers::new(&file, from, end), from, position, most, wanted.at_least_one)?
        };
        self.remember(Place { offset: next, segment: base, position: end });
        let aborted = if wanted.committed_only { self.producers.aborted_in(wanted.offset, next) } else { Vec::new() };
        let length = usize::try_from(end.saturating_sub(position)).unwrap_or(usize::MAX);
        Ok(Some(Slice { file, position, length, aborted }))
    }

    /// Where an offset is, if a read ended there and something is there now.
    fn place(&self, offset: i64) -> Option<Place> {
        let place = *self.places.iter().find(|place| place.offset == offset)?;
        let at = self.segment_with(place.segment);
        let segment = if at == self.closed.len() { Some(&self.active) } else { self.closed.get(at) };
        segment.filter(|segment| segment.base == place.segment && place.position < segment.bytes)?;
        Some(place)
    }

    fn remember(&mut self, place: Place) {
        self.places.retain(|known| known.offset != place.offset);
        self.places.truncate(PLACES - 1);
        self.places.push_front(place);
    }
}

/// The last batch boundary at or before `most`, and the offset that follows it; `position` when the first batch is
/// larger, or that batch's end if it is wanted anyway. The walk begins at `from`.
fn cut(headers: &mut Headers<'_>, from: u64, position: u64, most: u64, at_least_one: bool) -> io::Result<(u64, i64)> {
    let mut end = from;
    let mut next = None;
    while let Some(found) = headers.next()? {
        let fits = found.end() <= most || (at_least_one && found.position == position);
        if !fits {
            next = Some(found.header.base_offset);
            break;
        }
        end = found.end();
        next = Some(found.header.last_offset().saturating_add(1));
    }
    let next = next.ok_or_else(super::scan::damaged)?;
    Ok((end, next))
}
