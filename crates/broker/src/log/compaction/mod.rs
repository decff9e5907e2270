//! Log compaction: closed segments are rewritten so that, of every key, only the latest value stays (KIP-58, KIP-354,
//! KIP-534). Offsets never change; gaps are left.
//!
//! 1. [`plan()`] decides, under the log's lock, whether it is worth it and how far it may go.
//! 2. [`compact`] reads the segments and writes `<base>.cleaned` files, without the lock; closed segments do not change
//!    meanwhile. It does not touch the originals.
//! 3. The log installs each [`Cleaned`]: renames it to `<base>.swap`, removes the originals but the first, renames it
//!    to `<base>.log`. After a crash a `.cleaned` is rubbish and a `.swap` is complete. One `Cleaned` does not need
//!    another: a crash between two of them leaves a log that is compacted in part.
//! 4. Then, and not before, [`Output::first_dirty`] becomes durable (in the log's snapshot; if it is lost, everything
//!    is compacted again), and aborted transactions whose marker is before it are to be forgotten: their data is gone,
//!    and a reader who is told of them would wait for a marker that a later round removes.
//!
//! What goes: older values of a key, data of aborted transactions, records without key, and, once their delete horizon
//! has passed, tombstones and markers. The horizon is set when compaction first keeps a tombstone, or a marker whose
//! transaction has no data any more, and is in the batch itself (see [`Header::delete_horizon`]). Batches that are left
//! empty go too: sequence numbers of producers are in the log's snapshot, so they are not needed as in Apache Kafka.
//!
//! [`Header::delete_horizon`]: crate::record::header::Header::delete_horizon

mod keys;
mod plan;
mod rewrite;
mod source;
mod transactions;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use self::keys::Keys;
use self::rewrite::{Kept, Rules};
use self::source::Batches;
use self::transactions::Transactions;
use super::LogConfig;
use crate::error::BrokerError;

pub(crate) use self::plan::{Closed, Plan, Standing, plan};

/// Extension of what [`compact`] writes.
pub(crate) const CLEANED: &str = "cleaned";

/// Largest offset of a segment, less its base.
const MAX_RELATIVE: i64 = i32::MAX as i64;

/// A closed segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    /// Its base offset.
    pub(crate) base: i64,
    /// Its records.
    pub(crate) path: &'a Path,
    /// Bytes of records.
    pub(crate) bytes: u64,
}

/// What is to be compacted.
pub(crate) struct Input<'a> {
    /// Where `.cleaned` files are written: the partition's folder.
    pub(crate) folder: &'a Path,
    /// The log's first segments, oldest first, as many as [`Plan::segments`] says.
    pub(crate) segments: &'a [Segment<'a>],
    /// Offset up to which the log is compacted already.
    pub(crate) first_dirty: i64,
    /// Where to stop (exclusive): the base offset of the segment after the last of `segments`.
    pub(crate) upto: i64,
    /// Aborted transactions of the log: producer id, first offset, offset of the marker.
    pub(crate) aborted: &'a [(i64, i64, i64)],
    /// Of the topic.
    pub(crate) config: &'a LogConfig,
    /// Time, ms since 1970.
    pub(crate) now_ms: i64,
    /// Bytes that a batch may unpack to.
    pub(crate) max_unpacked: usize,
    /// Keys to remember at a time.
    pub(crate) max_keys: usize,
    /// Asked before every batch: the broker is going down, or the topic is gone.
    pub(crate) stop: &'a dyn Fn() -> bool,
}

/// What compaction made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// New segments, oldest first. Segments in which nothing changed are not among them.
    pub(crate) cleaned: Vec<Cleaned>,
    /// Offset up to which the log is compacted once they are installed; less than was asked when keys were too many.
    pub(crate) first_dirty: i64,
    /// Batches that could not be unpacked; they are left as they are.
    pub(crate) unreadable: u64,
}

/// One new segment, whole and forced to the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cleaned {
    /// Its base offset: that of the first segment it replaces.
    pub(crate) base: i64,
    /// The file, `<base>.cleaned`.
    pub(crate) path: PathBuf,
    /// Its length; 0 when nothing is left.
    pub(crate) bytes: u64,
    /// Base offsets of the segments that it replaces.
    pub(crate) replaces: Vec<i64>,
}

/// Compacts; `None` when stopped. Files it made are removed again then, as they are on an error.
///
/// # Errors
/// `Storage`; `Data` when a segment is damaged: it is left alone rather than rewritten.
pub(crate) fn compact(input: &Input<'_>) -> Result<Option<Output>, BrokerError> {
    let mut made = Vec::new();
    let done = run(input, &mut made);
    if !matches!(done, Ok(Some(_))) {
        for path in made {
            // What stays is removed when the log is opened.
            let _ = std::fs::remove_file(path);
        }
    }
    done
}

fn run(input: &Input<'_>, made: &mut Vec<PathBuf>) -> Result<Option<Output>, BrokerError> {
    let transactions = Transactions::new(input.aborted);
    let Some((keys, upto)) = latest(input, &transactions)? else { return Ok(None) };
    let mut rules = Rules {
        keys,
        transactions,
        upto,
        now_ms: input.now_ms,
        delete_retention_ms: input.config.delete_retention_ms,
        max_unpacked: input.max_unpacked,
        unreadable: 0,
    };
    let mut cleaned = Vec::new();
    for group in groups(input, upto) {
        let Some(output) = rewrite_group(input, group, &mut rules, made)? else { return Ok(None) };
        cleaned.extend(output);
    }
    Ok(Some(Output { cleaned, first_dirty: upto, unreadable: rules.unreadable }))
}

/// The latest offset of every key in the dirty part, and how far that part goes: less than asked when keys are too many.
fn latest(input: &Input<'_>, transactions: &Transactions) -> Result<Option<(Keys, i64)>, BrokerError> {
    let mut keys = Keys::new();
    let ends = input.segments.iter().skip(1).map(|next| next.base).chain(std::iter::once(input.upto));
    for (segment, end) in input.segments.iter().zip(ends) {
        if end <= input.first_dirty {
            continue;
        }
        let mut batches = Batches::open(segment)?;
        while let Some((header, batch)) = batches.next()? {
            if (input.stop)() {
                return Ok(None);
            }
            let count = usize::try_from(header.count).unwrap_or(0);
            if header.last_offset() < input.first_dirty || header.is_control() || transactions.is_aborted(&header) {
                continue;
            }
            // At least one batch, so that every round gets on.
            if header.base_offset >= input.upto || (keys.len() > 0 && keys.len() + count > input.max_keys) {
                return Ok(Some((keys, header.base_offset.min(input.upto))));
            }
            keys.add(batch, input.max_unpacked);
        }
    }
    Ok(Some((keys, input.upto)))
}

/// Neighbours that fit into one segment together, by the size they have now, as in Apache Kafka.
fn groups<'a>(input: &'a Input<'_>, upto: i64) -> Vec<&'a [Segment<'a>]> {
    let concerned = input.segments.partition_point(|segment| segment.base < upto);
    let segments = input.segments.get(..concerned).unwrap_or_default();
    let end = |at: usize| input.segments.get(at + 1).map_or(input.upto, |next| next.base);
    let mut groups = Vec::new();
    let (mut from, mut bytes) = (0, 0_u64);
    for (at, segment) in segments.iter().enumerate() {
        let fits = segments.get(from).is_none_or(|first| {
            bytes.saturating_add(segment.bytes) <= input.config.segment_bytes
                && end(at).saturating_sub(first.base) <= MAX_RELATIVE
        });
        if at > from && !fits {
            groups.extend(segments.get(from..at));
            (from, bytes) = (at, 0);
        }
        bytes = bytes.saturating_add(segment.bytes);
    }
    groups.extend(segments.get(from..).filter(|rest| !rest.is_empty()));
    groups
}

/// `None` when stopped, `Some(None)` when nothing changed.
#[expect(clippy::option_option, reason = "outer: stopped, inner: unchanged")]
fn rewrite_group(
    input: &Input<'_>,
    group: &[Segment<'_>],
    rules: &mut Rules,
    made: &mut Vec<PathBuf>,
) -> Result<Option<Option<Cleaned>>, BrokerError> {
    let Some(first) = group.first() else { return Ok(Some(None)) };
    let path = input.folder.join(format!("{:020}.{CLEANED}", first.base));
    let mut target = Target { path, from: first.path, file: None, bytes: 0 };
    made.push(target.path.clone());
    if group.len() > 1 {
        target.begin()?;
    }
    for segment in group {
        let mut batches = Batches::open(segment)?;
        while let Some((header, batch)) = batches.next()? {
            if (input.stop)() {
                return Ok(None);
            }
            match rules.apply(&header, batch) {
                Kept::Whole => target.keep(batch)?,
                Kept::Dropped => target.begin()?,
                Kept::Changed(changed) => {
                    target.begin()?;
                    target.keep(&changed)?;
                }
            }
        }
    }
    let replaces = group.iter().map(|segment| segment.base).collect();
    Ok(Some(target.finish()?.map(|(path, bytes)| Cleaned { base: first.base, path, bytes, replaces })))
}

/// The file of a group; begun when something changes, so that a segment without changes costs no writing.
struct Target<'a> {
    path: PathBuf,
    /// The group's first segment: what was kept before the first change is its beginning.
    from: &'a Path,
    file: Option<BufWriter<File>>,
    bytes: u64,
}

impl Target<'_> {
    fn begin(&mut self) -> Result<(), BrokerError> {
        if self.file.is_some() {
            return Ok(());
        }
        let mut file = File::create(&self.path).map_err(BrokerError::storage(&self.path))?;
        if self.bytes > 0 {
            let from = File::open(self.from).map_err(BrokerError::storage(self.from))?;
            let copied = io::copy(&mut from.take(self.bytes), &mut file).map_err(BrokerError::storage(&self.path))?;
            if copied != self.bytes {
                return Err(BrokerError::Data(format!("{}: became shorter", self.from.display())));
            }
        }
        self.file = Some(BufWriter::with_capacity(source::BUFFER_BYTES, file));
        Ok(())
    }

    fn keep(&mut self, batch: &[u8]) -> Result<(), BrokerError> {
        if let Some(file) = &mut self.file {
            file.write_all(batch).map_err(BrokerError::storage(&self.path))?;
        }
        self.bytes = self.bytes.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Always forces it to the disk, whatever the broker's policy: it takes the place of what may be there since long.
    fn finish(self) -> Result<Option<(PathBuf, u64)>, BrokerError> {
        let Some(file) = self.file else { return Ok(None) };
        let written = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        written.map_err(BrokerError::storage(&self.path))?;
        Ok(Some((self.path, self.bytes)))
    }
}
