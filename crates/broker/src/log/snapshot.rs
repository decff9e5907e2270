//! What a log knows beyond its segments, as a file: where the log starts and ends, its producers, its aborted
//! transactions. What was appended after it is read again when the log is opened.
//!
//! ```text
//! file = "MSPS", version u32, crc-32c u32 (of the payload), payload; numbers big-endian
//! ```

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::producers::{Aborted, OpenTransaction, Producer, Producers, REMEMBERED_BATCHES, SentBatch};

/// The file's name.
pub(crate) const FILE: &str = "producers.snapshot";
/// Its name while it is written.
pub(crate) const NEW_FILE: &str = "producers.snapshot.new";

const MAGIC: &[u8; 4] = b"MSPS";
const VERSION: u32 = 1;
const HEAD_BYTES: usize = 12;

/// A log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Offset of the log's first record.
    pub(crate) start_offset: i64,
    /// Offset of the next record.
    pub(crate) end_offset: i64,
    /// Base offset of the active segment.
    pub(crate) active: i64,
    /// Its length, bytes.
    pub(crate) position: u64,
    /// Its largest timestamp, ms; -1: none.
    pub(crate) largest_timestamp: i64,
    /// The max timestamp of its first batch, ms; -1: unknown.
    pub(crate) first_timestamp: i64,
    /// Entries in its index file.
    pub(crate) index_entries: u64,
    /// Base offset of the first segment that was not forced to the disk.
    pub(crate) unsynced: i64,
    /// Offset up to which it is compacted.
    pub(crate) cleaned: i64,
    /// Producers and aborted transactions.
    pub(crate) producers: Producers,
}

impl Snapshot {
    /// Reads it; `None` when there is none, or none that is whole and of this version.
    pub(crate) fn read(folder: &Path) -> io::Result<Option<Self>> {
        let bytes = match std::fs::read(folder.join(FILE)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        Ok(Self::decode(&bytes))
    }

    /// Writes it in the place of the last one, at once or not at all; with `sync`, to the disk.
    pub(crate) fn write(&self, folder: &Path, sync: bool) -> io::Result<()> {
        let new = folder.join(NEW_FILE);
        let mut file = File::create(&new)?;
        file.write_all(&self.encode())?;
        if sync {
            file.sync_data()?;
        }
        std::fs::rename(&new, folder.join(FILE))?;
        if sync {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn encode(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(256);
        to.extend_from_slice(MAGIC);
        to.extend_from_slice(&VERSION.to_be_bytes());
        to.extend_from_slice(&[0; 4]);
        let mut i64s = |values: &[i64]| values.iter().for_each(|v| to.extend_from_slice(&v.to_be_bytes()));
        i64s(&[self.start_offset, self.end_offset, self.active, signed(self.position)]);
        i64s(&[self.largest_timestamp, self.first_timestamp, signed(self.index_entries), self.unsynced, self.cleaned]);
        i64s(&[signed(self.producers.iter().len() as u64)]);
        for (id, p) in self.producers.iter() {
            i64s(&[id, i64::from(p.epoch), i64::from(p.coordinator_epoch), p.last_used_ms]);
            let open = p.open.map_or([-1, -1, -1], |o| [o.first_offset, o.segment, signed(o.position)]);
            i64s(&open);
            i64s(&[signed(p.batches.len() as u64)]);
            for b in &p.batches {
                i64s(&[i64::from(b.first_sequence), i64::from(b.last_sequence), b.base_offset, b.timestamp]);
            }
        }
        i64s(&[signed(self.producers.aborted().len() as u64)]);
        for a in self.producers.aborted() {
            i64s(&[a.producer_id, a.first_offset, a.last_offset, a.stable]);
        }
        let crc = crc32c::crc32c(&to[HEAD_BYTES..]);
        to[8..HEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
        to
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let payload = bytes.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_be_bytes())?;
        let (crc, payload) = payload.split_first_chunk()?;
        if crc32c::crc32c(payload) != u32::from_be_bytes(*crc) {
            return None;
        }
        let mut from = Numbers(payload);
        let mut snapshot = Self {
            start_offset: from.i64()?,
            end_offset: from.i64()?,
            active: from.i64()?,
            position: from.number()?,
            largest_timestamp: from.i64()?,
            first_timestamp: from.i64()?,
            index_entries: from.number()?,
            unsynced: from.i64()?,
            cleaned: from.i64()?,
            producers: Producers::default(),
        };
        let mut producers = HashMap::new();
        for _ in 0..from.number::<u64>()? {
            let id = from.i64()?;
            producers.insert(id, from.producer()?);
        }
        let mut aborted = Vec::new();
        for _ in 0..from.number::<u64>()? {
            let (producer_id, first_offset) = (from.i64()?, from.i64()?);
            aborted.push(Aborted { producer_id, first_offset, last_offset: from.i64()?, stable: from.i64()? });
        }
        snapshot.producers = Producers::restored(producers, aborted);
        from.0.is_empty().then_some(snapshot)
    }
}

/// Lengths and counts are far below 2^63.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn i64(&mut self) -> Option<i64> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(i64::from_be_bytes(*first))
    }

    fn number<T: TryFrom<i64>>(&mut self) -> Option<T> {
        T::try_from(self.i64()?).ok()
    }

    fn producer(&mut self) -> Option<Producer> {
        let (epoch, coordinator_epoch, last_used_ms) = (self.number()?, self.number()?, self.i64()?);
        let (first_offset, segment, position) = (self.i64()?, self.i64()?, self.i64()?);
        let open = match u64::try_from(position) {
            Ok(position) => Some(OpenTransaction { first_offset, segment, position }),
            Err(_) => None,
        };
        let count: usize = self.number()?;
        let mut batches = VecDeque::new();
        for _ in 0..count.min(REMEMBERED_BATCHES) {
            let (first_sequence, last_sequence) = (self.number()?, self.number()?);
            batches.push_back(SentBatch {
                first_sequence,
                last_sequence,
                base_offset: self.i64()?,
                timestamp: self.i64()?,
            });
        }
        Some(Producer { epoch, coordinator_epoch, batches, open, last_used_ms })
    }
}
