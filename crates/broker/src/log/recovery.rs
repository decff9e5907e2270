//! Opening a log: from its snapshot, and what was written after that; from its segments alone when there is no good
//! snapshot. A torn tail is cut off, an index that does not fit is made anew, what was left half done is tidied up.

use std::io;
use std::path::Path;

use super::LastRun;
use super::compaction::CLEANED;
use super::config::LogConfig;
use super::producers::{Ending, Producers};
use super::scan::{self, Headers};
use super::segment::{self, MAX_RELATIVE, Segment, base_of, path_of};
use super::snapshot::{self, Snapshot};
use crate::record::header::Header;

/// What was found.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) closed: Vec<Segment>,
    pub(super) active: Segment,
    pub(super) start_offset: i64,
    pub(super) end_offset: i64,
    pub(super) producers: Producers,
    pub(super) cleaned: i64,
    /// Something was read again or repaired: time for a new snapshot.
    pub(super) repaired: bool,
}

/// Brings the log in `folder` back, or makes a new one.
pub(super) fn recover(folder: &Path, config: &LogConfig, last_run: LastRun, now_ms: i64) -> io::Result<Recovered> {
    std::fs::create_dir_all(folder)?;
    let bases = tidy(folder)?;
    let snapshot = Snapshot::read(folder)?;
    let Some(first) = bases.first().copied() else {
        // A new log; or one whose segments somebody removed: offsets must not be given twice.
        let end = snapshot.as_ref().map_or(0, |snapshot| snapshot.end_offset);
        let cleaned = snapshot.map_or(0, |snapshot| snapshot.cleaned);
        return Ok(Recovered {
            closed: Vec::new(),
            active: Segment::create(folder, end, now_ms)?,
            start_offset: end,
            end_offset: end,
            producers: Producers::default(),
            cleaned,
            repaired: true,
        });
    };
    if let Some(snapshot) = &snapshot {
        if let Some(recovered) = from_snapshot(folder, config, last_run, &bases, snapshot)? {
            return Ok(recovered);
        }
        tracing::warn!("{}: the snapshot does not fit the segments; all of them are read again", folder.display());
    }
    let mut replay = Replay::new(config, first, Producers::default());
    replay.repaired = true;
    for base in &bases {
        replay.segment(Segment::load(folder, *base)?, 0, after(*base, &bases))?;
    }
    let (start, cleaned) = snapshot.map_or((first, 0), |snapshot| (snapshot.start_offset, snapshot.cleaned));
    replay.done(start.max(first), cleaned)
}

/// The log as the snapshot has it, and what follows; `None` when the two do not fit.
fn from_snapshot(
    folder: &Path,
    config: &LogConfig,
    last_run: LastRun,
    bases: &[i64],
    snapshot: &Snapshot,
) -> io::Result<Option<Recovered>> {
    if !bases.contains(&snapshot.active) {
        return Ok(None);
    }
    let mut active = Segment::load(folder, snapshot.active)?;
    if active.bytes < snapshot.position {
        return Ok(None);
    }
    let mut replay = Replay::new(config, snapshot.end_offset, snapshot.producers.clone());
    for base in bases.iter().filter(|base| **base < snapshot.active) {
        let mut segment = Segment::load(folder, *base)?;
        segment.synced = *base < snapshot.unsynced;
        let next = after(*base, bases);
        let bytes = segment.bytes;
        if last_run == LastRun::Lost && !segment.synced && !is_whole(&mut segment, bytes, next)? {
            return Ok(None);
        }
        replay.closed(segment, next)?;
    }
    if last_run == LastRun::Lost && !is_whole(&mut active, snapshot.position, snapshot.end_offset)? {
        return Ok(None);
    }
    let length = active.bytes;
    active.bytes = snapshot.position;
    if last_run == LastRun::Lost || active.index.len() < snapshot.index_entries {
        replay.reindex(&mut active)?;
    } else {
        active.index.truncate(snapshot.index_entries);
        active.largest_timestamp = snapshot.largest_timestamp;
        active.first_timestamp = snapshot.first_timestamp;
    }
    active.bytes = length;
    replay.repaired |= length > snapshot.position;
    replay.segment(active, snapshot.position, after(snapshot.active, bases))?;
    for base in bases.iter().filter(|base| **base > snapshot.active) {
        replay.repaired = true;
        replay.segment(Segment::load(folder, *base)?, 0, after(*base, bases))?;
    }
    let first = bases.first().copied().unwrap_or(snapshot.active);
    replay.done(snapshot.start_offset.max(first), snapshot.cleaned).map(Some)
}

/// Base offset of the segment that follows; past all offsets when none does.
fn after(base: i64, bases: &[i64]) -> i64 {
    bases.iter().find(|next| **next > base).copied().unwrap_or(i64::MAX)
}

/// Whether all batches up to `bytes` are as they were written, with growing offsets before `next`.
fn is_whole(segment: &mut Segment, bytes: u64, next: i64) -> io::Result<bool> {
    let file = segment.file()?;
    let mut from = segment.base;
    let good = scan::checked(&file, 0, bytes, |found, _| follows(&found.header, &mut from, next))?;
    Ok(good == bytes)
}

/// Whether a batch begins at `from` or later and ends before `next`; moves `from` behind it. Its checksum does not
/// cover its offset.
fn follows(header: &Header, from: &mut i64, next: i64) -> bool {
    let fits =
        (*from..next).contains(&header.base_offset) && (header.base_offset..next).contains(&header.last_offset());
    if fits {
        *from = header.last_offset().saturating_add(1);
    }
    fits
}

/// Segments in order, as they are read again.
struct Replay<'a> {
    config: &'a LogConfig,
    segments: Vec<Segment>,
    end_offset: i64,
    producers: Producers,
    /// A segment ended early: what follows was never acknowledged after it, or is lost.
    torn: bool,
    repaired: bool,
}

impl<'a> Replay<'a> {
    fn new(config: &'a LogConfig, end_offset: i64, producers: Producers) -> Self {
        Self { config, segments: Vec::new(), end_offset, producers, torn: false, repaired: false }
    }

    /// Takes a closed segment as it is; its index is made anew unless it is complete.
    fn closed(&mut self, mut segment: Segment, next: i64) -> io::Result<()> {
        if !segment.is_sealed() {
            self.reindex(&mut segment)?;
            segment.seal(next)?;
        }
        // Logs have many closed segments: their files are opened when they are read.
        segment.rest();
        self.segments.push(segment);
        Ok(())
    }

    /// An index anew. Of a damaged segment as far as it can be read: the rest answers with errors, nothing is deleted.
    fn reindex(&mut self, segment: &mut Segment) -> io::Result<()> {
        self.repaired = true;
        let bytes = segment.bytes;
        match segment.reindex(self.config.index_interval_bytes) {
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                tracing::error!("{}: damaged: {e}", segment.path().display());
                segment.bytes = bytes;
                Ok(())
            }
            other => other,
        }
    }

    /// Reads a segment from `position`, with checksums, and cuts it where it is not good any more. Its offsets are
    /// before `next`.
    fn segment(&mut self, mut segment: Segment, position: u64, next: i64) -> io::Result<()> {
        if self.torn {
            tracing::warn!("{}: follows a segment that is cut; removed", segment.path().display());
            return segment.remove();
        }
        if let Some(last) = self.segments.last_mut()
            && !last.is_sealed()
        {
            last.seal(segment.base)?;
        }
        self.end_offset = self.end_offset.max(segment.base);
        let (base, length, interval) = (segment.base, segment.bytes, self.config.index_interval_bytes);
        if position == 0 {
            segment.forget();
        }
        segment.bytes = position;
        let file = segment.file()?;
        let modified_ms = segment.modified_ms;
        let (end_offset, producers) = (&mut self.end_offset, &mut self.producers);
        let good = scan::checked(&file, position, length, |found, batch| {
            let header = &found.header;
            if !follows(header, end_offset, next.min(base.saturating_add(MAX_RELATIVE))) {
                return false;
            }
            segment.note(found, interval);
            if header.is_control() {
                if let Some(ending) = Ending::of(batch) {
                    producers.note_marker(header, ending, modified_ms.max(header.max_timestamp));
                }
            } else {
                producers.note(header, base, found.position, modified_ms.max(header.max_timestamp));
            }
            true
        })?;
        if good < length {
            tracing::warn!("{}: cut from {length} to {good} bytes", segment.path().display());
            segment.cut(good)?;
            self.torn = true;
            self.repaired = true;
        }
        self.segments.push(segment);
        Ok(())
    }

    fn done(mut self, start_offset: i64, cleaned: i64) -> io::Result<Recovered> {
        let Some(active) = self.segments.pop() else { return Err(io::ErrorKind::NotFound.into()) };
        self.producers.forget_before(start_offset);
        Ok(Recovered {
            closed: self.segments,
            active,
            // A cut may take records before the start offset with it.
            start_offset: start_offset.min(self.end_offset),
            end_offset: self.end_offset,
            producers: self.producers,
            cleaned,
            repaired: self.repaired,
        })
    }
}

/// Removes what was left half done and finishes what was almost done; gives the segments' base offsets in order.
fn tidy(folder: &Path) -> io::Result<Vec<i64>> {
    let mut bases = Vec::new();
    let mut swaps = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name == snapshot::NEW_FILE || base_of(name, CLEANED).is_some() {
            std::fs::remove_file(entry.path())?;
        } else if let Some(base) = base_of(name, segment::SWAP) {
            swaps.push(base);
        } else if let Some(base) = base_of(name, segment::LOG) {
            bases.push(base);
        }
    }
    for base in swaps {
        finish_swap(folder, base, &mut bases)?;
    }
    bases.sort_unstable();
    Ok(bases)
}

/// A compacted segment that had not taken its place yet: takes it from the segments whose offsets it has.
fn finish_swap(folder: &Path, base: i64, bases: &mut Vec<i64>) -> io::Result<()> {
    let swap = path_of(folder, base, segment::SWAP);
    let file = std::fs::File::open(&swap)?;
    let mut headers = Headers::new(&file, 0, file.metadata()?.len());
    let mut last = base;
    loop {
        match headers.next() {
            Ok(Some(found)) => last = last.max(found.header.last_offset()),
            Ok(None) => break,
            // It was whole on the disk before it got this name. What it should replace may be better.
            Err(e) if bases.contains(&base) => {
                tracing::error!("{}: {e}; removed", swap.display());
                return std::fs::remove_file(&swap);
            }
            Err(e) => return Err(e),
        }
    }
    for covered in bases.iter().filter(|covered| (base..=last).contains(covered)) {
        Segment::load(folder, *covered)?.remove()?;
    }
    bases.retain(|covered| !(base..=last).contains(covered));
    std::fs::rename(&swap, path_of(folder, base, segment::LOG))?;
    bases.push(base);
    Ok(())
}
