//! The sparse index of one segment: where batches begin, by offset and by time.
//!
//! ```text
//! file  = entries of 16 bytes, big-endian: relative offset u32, position u32, timestamp i64
//! entry = a batch with base offset `base + relative offset` begins at `position`, and no batch before it has a larger
//!         max timestamp than `timestamp` (ms; -1: none)
//! ```
//!
//! A closed segment's index ends with an entry for the end of the segment, which tells a complete index from a torn
//! one and gives the largest timestamp. Entries that are not in the file yet are in memory: at most those of what was
//! appended since the last snapshot. Whatever the file says is checked against the log by the reader.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Bytes of an entry in the file.
pub(crate) const ENTRY_BYTES: usize = 16;

/// One entry; see the module's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    /// Base offset of the batch, less that of the segment.
    pub(crate) relative: u32,
    /// Where it begins, bytes.
    pub(crate) position: u32,
    /// Largest timestamp before it in the segment, ms; -1: none.
    pub(crate) timestamp: i64,
}

impl IndexEntry {
    fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..4].copy_from_slice(&self.relative.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.position.to_be_bytes());
        bytes[8..].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; ENTRY_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, t @ ..] = bytes;
        Self {
            relative: u32::from_be_bytes([a, b, c, d]),
            position: u32::from_be_bytes([e, f, g, h]),
            timestamp: i64::from_be_bytes(t),
        }
    }
}

/// A segment's index: a file and the entries that are not in it yet.
#[derive(Debug)]
pub(crate) struct Index {
    path: PathBuf,
    file: Option<File>,
    /// Entries in the file.
    flushed: u64,
    tail: Vec<IndexEntry>,
}

impl Index {
    /// An index without entries; its file, if there is one, is overwritten by the first flush.
    pub(crate) fn empty(path: PathBuf) -> Self {
        Self { path, file: None, flushed: 0, tail: Vec::new() }
    }

    /// The index as its file has it; empty when there is none.
    pub(crate) fn load(path: PathBuf) -> io::Result<Self> {
        let flushed = match std::fs::metadata(&path) {
            Ok(metadata) => metadata.len() / ENTRY_BYTES as u64,
            Err(e) if e.kind() == io::ErrorKind::NotFound => 0,
            Err(e) => return Err(e),
        };
        Ok(Self { path, file: None, flushed, tail: Vec::new() })
    }

    /// Where its file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> u64 {
        self.flushed + self.tail.len() as u64
    }

    /// Adds an entry, in memory.
    pub(crate) fn push(&mut self, entry: IndexEntry) {
        self.tail.push(entry);
    }

    /// Keeps the first `entries` and nothing else.
    pub(crate) fn truncate(&mut self, entries: u64) {
        if entries < self.flushed {
            self.flushed = entries;
            self.tail.clear();
        } else {
            self.tail.truncate(usize::try_from(entries - self.flushed).unwrap_or(usize::MAX));
        }
    }

    /// Writes what is only in memory to the file. On an error nothing is lost: the next flush tries again.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.tail.len() * ENTRY_BYTES);
        for entry in &self.tail {
            bytes.extend_from_slice(&entry.to_bytes());
        }
        let at = self.flushed * ENTRY_BYTES as u64;
        let file = self.open(true)?;
        file.write_all_at(&bytes, at)?;
        // What an index held beyond this, before it was truncated, is not part of it any more.
        file.set_len(at + bytes.len() as u64)?;
        self.flushed += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Forces the file to the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.open(true)?.sync_data()
    }

    /// Closes the file until it is needed again.
    pub(crate) fn rest(&mut self) {
        self.file = None;
    }

    /// The last entry.
    pub(crate) fn last(&mut self) -> io::Result<Option<IndexEntry>> {
        match self.len().checked_sub(1) {
            Some(at) => self.get(at).map(Some),
            None => Ok(None),
        }
    }

    /// The last entry of those, at the beginning, for which `holds`; found by halving.
    pub(crate) fn last_where(&mut self, holds: impl Fn(&IndexEntry) -> bool) -> io::Result<Option<IndexEntry>> {
        let in_tail = self.tail.partition_point(&holds);
        if let Some(entry) = in_tail.checked_sub(1).and_then(|at| self.tail.get(at)) {
            return Ok(Some(*entry));
        }
        let (mut low, mut high) = (0, self.flushed);
        let mut found = None;
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.get(middle)?;
            if holds(&entry) {
                found = Some(entry);
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(found)
    }

    fn get(&mut self, at: u64) -> io::Result<IndexEntry> {
        if let Some(in_tail) = at.checked_sub(self.flushed) {
            let entry = usize::try_from(in_tail).ok().and_then(|at| self.tail.get(at));
            return entry.copied().ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let mut bytes = [0; ENTRY_BYTES];
        self.open(false)?.read_exact_at(&mut bytes, at * ENTRY_BYTES as u64)?;
        Ok(IndexEntry::from_bytes(bytes))
    }

    fn open(&mut self, create: bool) -> io::Result<&File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().read(true).write(true).create(create).truncate(false).open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }
}
