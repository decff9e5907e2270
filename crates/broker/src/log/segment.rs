//! One segment: a file of record batches, named by the offset that it may begin with, and its index.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::index::{Index, IndexEntry};
use super::scan::{Found, Headers};

/// Largest offset of a segment, less its base: Kafka's clients of old and tools count it in 31 bits.
pub(crate) const MAX_RELATIVE: i64 = i32::MAX as i64;

/// Extension of a segment's records.
pub(crate) const LOG: &str = "log";
/// Extension of a segment's index.
pub(crate) const INDEX: &str = "index";

/// Extension of a compacted segment that is about to take the place of others.
pub(crate) const SWAP: &str = "swap";

/// Path of a segment's file: twenty digits of its base offset, and an extension.
pub(crate) fn path_of(folder: &Path, base: i64, extension: &str) -> PathBuf {
    folder.join(format!("{base:020}.{extension}"))
}

/// Base offset in a file name such as `00000000000000000042.log`.
pub(crate) fn base_of(name: &str, extension: &str) -> Option<i64> {
    let digits = name.strip_suffix(extension)?.strip_suffix('.')?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// A segment. The last of a log, the active one, is appended to; the others do not change but by compaction.
#[derive(Debug)]
pub(crate) struct Segment {
    /// No record has a smaller offset.
    pub(crate) base: i64,
    path: PathBuf,
    file: Option<Arc<File>>,
    /// The file was needed since the last upkeep.
    used: bool,
    /// Length of the file.
    pub(crate) bytes: u64,
    /// Largest timestamp of its batches, ms; -1: none.
    pub(crate) largest_timestamp: i64,
    /// Max timestamp of its first batch, ms; -1: unknown. Says when the segment is old enough to be closed.
    pub(crate) first_timestamp: i64,
    /// When the file was last written before it was opened, ms.
    pub(crate) modified_ms: i64,
    /// Whether everything in it has been forced to the disk.
    pub(crate) synced: bool,
    /// Where batches are.
    pub(crate) index: Index,
    /// Bytes appended since the last entry of the index.
    since_entry: u64,
    /// Bytes that may yet be written before the disk is "full".
    #[cfg(test)]
    pub(crate) room: Option<u64>,
}

impl Segment {
    /// Makes a new empty segment; what is in its place is lost.
    pub(crate) fn create(folder: &Path, base: i64, now_ms: i64) -> io::Result<Self> {
        let path = path_of(folder, base, LOG);
        File::create(&path)?;
        let index = path_of(folder, base, INDEX);
        remove(&index)?;
        let mut segment = Self::of(base, path, Index::empty(index), 0, now_ms);
        segment.file()?;
        Ok(segment)
    }

    /// A segment that exists; its index is taken as it is, its timestamps are not known yet.
    pub(crate) fn load(folder: &Path, base: i64) -> io::Result<Self> {
        let path = path_of(folder, base, LOG);
        let metadata = std::fs::metadata(&path)?;
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified_ms = modified.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        let index = Index::load(path_of(folder, base, INDEX))?;
        Ok(Self::of(base, path, index, metadata.len(), modified_ms))
    }

    fn of(base: i64, path: PathBuf, index: Index, bytes: u64, modified_ms: i64) -> Self {
        Self {
            base,
            path,
            file: None,
            used: false,
            bytes,
            largest_timestamp: -1,
            first_timestamp: -1,
            modified_ms,
            synced: false,
            index,
            since_entry: 0,
            #[cfg(test)]
            room: None,
        }
    }

    /// Where its records are.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets every write fail from now on.
    #[cfg(test)]
    pub(crate) fn make_read_only(&mut self) {
        self.file = File::open(&self.path).ok().map(Arc::new);
    }

    /// Its file, opened when it was not.
    pub(crate) fn file(&mut self) -> io::Result<Arc<File>> {
        self.used = true;
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(OpenOptions::new().read(true).append(true).open(&self.path)?);
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Closes files that were not needed since this was last called.
    pub(crate) fn rest(&mut self) {
        if !std::mem::take(&mut self.used) {
            self.file = None;
            self.index.rest();
        }
    }

    /// Max timestamp of its first batch, ms; read when it is not known; -1: there is none.
    pub(crate) fn begun_ms(&mut self) -> io::Result<i64> {
        if self.first_timestamp < 0 {
            let first = self.first_from(0, |_| true)?;
            self.first_timestamp = first.map_or(-1, |found| found.header.max_timestamp);
        }
        Ok(self.first_timestamp)
    }

    /// Appends bytes; on an error part of them may be there.
    pub(crate) fn write(&mut self, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
        let file = self.file()?;
        let mut file = &*file;
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            #[cfg(test)]
            if let Some(room) = &mut self.room {
                let first = slices.first().map_or(&[][..], |slice| slice);
                let part = first.len().min(usize::try_from(*room).unwrap_or(usize::MAX));
                file.write_all(&first[..part])?;
                *room -= part as u64;
                if part < first.len() {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                IoSlice::advance_slices(&mut slices, part);
                continue;
            }
            match file.write_vectored(slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut slices, written),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Takes note of a batch that now follows the others: index, timestamps, length.
    pub(crate) fn note(&mut self, found: &Found, interval: u64) {
        let header = &found.header;
        if self.since_entry > 0
            && self.since_entry >= interval
            && let Some(entry) = self.entry(header.base_offset, found.position)
        {
            self.index.push(entry);
            self.since_entry = 0;
        }
        self.since_entry = self.since_entry.saturating_add(found.bytes);
        if found.position == 0 {
            self.first_timestamp = header.max_timestamp;
        }
        self.largest_timestamp = self.largest_timestamp.max(header.max_timestamp);
        self.bytes = self.bytes.max(found.end());
    }

    /// Completes the index of a segment that is closed; `next` is the offset that follows it.
    pub(crate) fn seal(&mut self, next: i64) -> io::Result<()> {
        if let Some(entry) = self.entry(next, self.bytes) {
            self.index.push(entry);
        }
        self.index.flush()
    }

    /// Whether the index of a closed segment is complete; takes the largest timestamp from it.
    pub(crate) fn is_sealed(&mut self) -> bool {
        match self.index.last() {
            Ok(Some(end)) if u64::from(end.position) == self.bytes => {
                self.largest_timestamp = end.timestamp;
                true
            }
            _ => false,
        }
    }

    /// Makes the index anew from the batches' headers, in memory.
    pub(crate) fn reindex(&mut self, interval: u64) -> io::Result<()> {
        let file = self.file()?;
        self.forget();
        let bytes = self.bytes;
        let mut headers = Headers::new(&file, 0, bytes);
        while let Some(found) = headers.next()? {
            self.note(&found, interval);
        }
        Ok(())
    }

    /// Forgets what is known from its batches, before they are noted again.
    pub(crate) fn forget(&mut self) {
        self.index.truncate(0);
        self.since_entry = 0;
        self.largest_timestamp = -1;
        self.first_timestamp = -1;
    }

    /// Cuts the file; the index must not point beyond.
    pub(crate) fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file()?.set_len(bytes)?;
        self.bytes = bytes;
        Ok(())
    }

    /// Removes its files. Those who have them open go on reading.
    pub(crate) fn remove(&self) -> io::Result<()> {
        self.remove_index()?;
        remove(&self.path)
    }

    /// Removes its index.
    pub(crate) fn remove_index(&self) -> io::Result<()> {
        remove(self.index.path())
    }

    fn entry(&self, offset: i64, position: u64) -> Option<IndexEntry> {
        Some(IndexEntry {
            relative: u32::try_from(offset.checked_sub(self.base)?).ok()?,
            position: u32::try_from(position).ok()?,
            timestamp: self.largest_timestamp,
        })
    }
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
