//! The rows of a table in memory: one thread writes, others take snapshots.
//!
//! Rows lie by partition and key: a key is looked for in every partition, so that it is found whichever way its record
//! was partitioned. The key is that of the table in its own encoding, not the record's bytes: JSON may have been written
//! with spaces. Rows with windows lie by key and time besides, and go when their retention is over. The time of a
//! window is its start, that of a session its end: a session that grows is deleted and put again, and two sessions of a
//! key never have the same end.

use std::ops::Bound;

use millstream_engine::link::Record;
use millstream_plan::WindowBounds;
use millstream_state::{
    OrderedReader, OrderedSnapshot, OrderedStore, Pane, StateError, WindowConfig, WindowReader, WindowSnapshot,
    WindowStore,
};
use millstream_types::KeyWindow;

use super::frame::{self, Frame};

/// Bytes before a key: its partition.
const PARTITION: usize = 4;
/// What stands for a retention that never ends, ms. Far below the largest number: it is reckoned with.
const FOR_EVER: i64 = i64::MAX / 4;

/// How the rows of a table lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The window that keys have.
    pub(super) window: Option<KeyWindow>,
    /// How long windows are kept, ms.
    pub(super) retention_ms: Option<i64>,
    /// Whether headers of records are asked for.
    pub(super) headers: bool,
}

/// A row to be put or deleted.
pub(super) struct Change<'a> {
    /// Its partition.
    pub(super) partition: i32,
    /// Its key in the table's encoding, without window.
    pub(super) key: &'a [u8],
    /// The window of its key, ms.
    pub(super) window: Option<(i64, i64)>,
    /// Its record; without a value the row is deleted.
    pub(super) record: &'a Record<'a>,
}

/// A row that was found.
pub(super) struct Row<'a> {
    /// Its key in the table's encoding, without window.
    pub(super) key: &'a [u8],
    /// The window of its key, ms.
    pub(super) window: Option<(i64, i64)>,
    /// Its record.
    pub(super) frame: Frame<'a>,
}

/// All rows, as their writer has them.
pub(super) struct Rows {
    layout: Layout,
    kept: Kept,
    key: Vec<u8>,
    frame: Vec<u8>,
}

enum Kept {
    Plain(OrderedStore),
    Windows(WindowStore),
}

/// Takes snapshots.
#[derive(Clone)]
pub(super) struct RowsReader {
    layout: Layout,
    kept: KeptReader,
}

#[derive(Clone)]
enum KeptReader {
    Plain(OrderedReader),
    Windows(WindowReader),
}

/// All rows as of one moment.
pub(crate) struct Snapshot {
    layout: Layout,
    kept: KeptSnapshot,
}

enum KeptSnapshot {
    Plain(OrderedSnapshot),
    Windows(WindowSnapshot),
}

impl Rows {
    /// No rows.
    pub(super) fn new(layout: Layout) -> Result<Self, StateError> {
        let kept = match layout.window {
            None => Kept::Plain(OrderedStore::new(0)),
            Some(_) => {
                let retention_ms = layout.retention_ms.unwrap_or(FOR_EVER).clamp(1, FOR_EVER);
                Kept::Windows(WindowStore::new(WindowConfig::of_retention(retention_ms))?)
            }
        };
        Ok(Self { layout, kept, key: Vec::new(), frame: Vec::new() })
    }

    /// For other threads.
    pub(super) fn reader(&self) -> RowsReader {
        let kept = match &self.kept {
            Kept::Plain(store) => KeptReader::Plain(store.reader()),
            Kept::Windows(store) => KeptReader::Windows(store.reader()),
        };
        RowsReader { layout: self.layout, kept }
    }

    /// Puts a row, or deletes it. Error: it cannot be kept.
    pub(super) fn apply(&mut self, change: &Change<'_>) -> Result<(), StateError> {
        let (start, end) = change.window.unwrap_or_default();
        self.key.clear();
        self.key.extend_from_slice(&change.partition.to_be_bytes());
        self.key.extend_from_slice(change.key);
        self.frame.clear();
        let there = change.record.value.is_some();
        if there {
            frame::write(change.record, start, self.layout.headers, &mut self.frame);
        }
        let frame = there.then_some(self.frame.as_slice());
        match &mut self.kept {
            Kept::Plain(store) => store.put(&self.key, frame),
            Kept::Windows(store) => {
                let session = self.layout.window == Some(KeyWindow::Session);
                let time = if session { end } else { start };
                let applied = store.update(&self.key, time, 0, |old, new| {
                    let other = |old: &[u8]| session && Frame::read(old).is_some_and(|old| old.start != start);
                    // The end of a session that has grown into one with the same end.
                    let stays = old.filter(|old| frame.is_none() && other(old));
                    let Some(bytes) = frame.or(stays) else { return false };
                    new.extend_from_slice(bytes);
                    true
                });
                applied.map(drop)
            }
        }
    }

    /// Shows others all changes so far.
    pub(super) fn commit(&mut self) {
        match &mut self.kept {
            Kept::Plain(store) => store.commit(None),
            Kept::Windows(store) => store.commit(None),
        }
    }

    /// Memory in bytes, snapshots included.
    pub(super) fn bytes(&self) -> usize {
        match &self.kept {
            Kept::Plain(store) => store.bytes(),
            Kept::Windows(store) => store.bytes(),
        }
    }
}

impl RowsReader {
    /// The rows as of the last commit.
    pub(super) fn snapshot(&self) -> Snapshot {
        let kept = match &self.kept {
            KeptReader::Plain(reader) => KeptSnapshot::Plain(reader.snapshot()),
            KeptReader::Windows(reader) => KeptSnapshot::Windows(reader.snapshot()),
        };
        Snapshot { layout: self.layout, kept }
    }
}

/// Rows one by one.
pub(super) type Found<'a> = Box<dyn Iterator<Item = Row<'a>> + Send + 'a>;

impl Snapshot {
    /// How the rows lie.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// The rows of a key in one partition.
    pub(super) fn get<'a>(&'a self, partition: i32, key: &[u8], windows: WindowBounds) -> Found<'a> {
        let whole = prefixed(partition, key);
        match &self.kept {
            KeptSnapshot::Plain(rows) => {
                // Looked up as a range of one: what it lends lives as long as the snapshot, its key included.
                let found = rows.range(whole.as_slice()..=whole.as_slice());
                Box::new(found.filter_map(plain))
            }
            KeptSnapshot::Windows(rows) => {
                let (from, to) = self.times(windows);
                let layout = self.layout;
                Box::new(rows.fetch(&whole, from, to).filter_map(move |pane| windowed(layout, &pane)))
            }
        }
    }

    /// The rows of one partition whose keys lie in a range of bytes.
    pub(super) fn range<'a>(&'a self, partition: i32, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Option<Found<'a>> {
        let KeptSnapshot::Plain(rows) = &self.kept else { return None };
        let first = partition.to_be_bytes();
        let next = partition.checked_add(1).map(i32::to_be_bytes);
        let from = from.map(|key| prefixed(partition, key));
        let to = to.map(|key| prefixed(partition, key));
        let from = match &from {
            Bound::Included(key) => Bound::Included(key.as_slice()),
            Bound::Excluded(key) => Bound::Excluded(key.as_slice()),
            Bound::Unbounded => Bound::Included(first.as_slice()),
        };
        let to = match (&to, &next) {
            (Bound::Included(key), _) => Bound::Included(key.as_slice()),
            (Bound::Excluded(key), _) => Bound::Excluded(key.as_slice()),
            (Bound::Unbounded, Some(next)) => Bound::Excluded(next.as_slice()),
            (Bound::Unbounded, None) => Bound::Unbounded,
        };
        Some(Box::new(rows.range((from, to)).filter_map(plain)))
    }

    /// All rows: by partition and key, those with windows by time before.
    pub(super) fn all(&self, windows: WindowBounds) -> Found<'_> {
        match &self.kept {
            KeptSnapshot::Plain(rows) => Box::new(rows.range(..).filter_map(plain)),
            KeptSnapshot::Windows(rows) => {
                let (from, to) = self.times(windows);
                let layout = self.layout;
                Box::new(rows.fetch_all(from, to).filter_map(move |pane| windowed(layout, &pane)))
            }
        }
    }

    /// The times of windows that can be within these bounds, both ends inclusive.
    fn times(&self, windows: WindowBounds) -> (i64, i64) {
        let WindowBounds { start, end } = windows;
        match self.layout.window.and_then(KeyWindow::size_ms) {
            Some(size) => (start.from.max(end.from.saturating_sub(size)), start.to.min(end.to.saturating_sub(size))),
            // A session does not end before it begins.
            None => (end.from.max(start.from), end.to),
        }
    }
}

fn prefixed(partition: i32, key: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(PARTITION + key.len());
    whole.extend_from_slice(&partition.to_be_bytes());
    whole.extend_from_slice(key);
    whole
}

fn plain<'a>((key, value): (&'a [u8], &'a [u8])) -> Option<Row<'a>> {
    Some(Row { key: key.get(PARTITION..)?, window: None, frame: Frame::read(value)? })
}

fn windowed<'a>(layout: Layout, pane: &Pane<'a>) -> Option<Row<'a>> {
    let frame = Frame::read(pane.value)?;
    let window = match layout.window.and_then(KeyWindow::size_ms) {
        Some(size) => (pane.start, pane.start.saturating_add(size)),
        None => (frame.start, pane.start),
    };
    Some(Row { key: pane.key.get(PARTITION..)?, window: Some(window), frame })
}
