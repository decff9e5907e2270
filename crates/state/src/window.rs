//! The store of windows: values by key, start of window and sequence, cut by time into segments that expire as a whole.
//!
//! Semantics are those of Kafka Streams' persistent window stores, which queries can observe:
//!
//! * stream time is the latest start ever put, and is state: an undone epoch takes it back;
//! * a put into a segment that has expired is dropped;
//! * windows that start at or before stream time less retention are not found, whether or not their segment is there;
//! * fetches give segments in order of time, and within one the order of the bytes `key, start, sequence`.
//!
//! The same bytes are the key in the changelog: key, start in 8 bytes and sequence in 4, most significant first.

mod fetch;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use self::fetch::{Extent, SUFFIX, compose, split};
pub use self::fetch::{Pane, Panes};
use crate::OrderedStore;
use crate::error::StateError;
use crate::part::ordered::OrderedPart;
use crate::snapshot::{Reader, Snapshot};
use crate::store::Change;
use crate::usage::Usage;

/// Segments of a store at most: what bounds the cost of a snapshot.
pub const SEGMENTS_MAX: i64 = 1024;

/// How long windows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowConfig {
    /// A window is kept while its start is less than this before stream time, ms.
    pub retention_ms: i64,
    /// Length of a segment, ms. Kafka Streams takes half of the retention, at least a minute.
    pub segment_ms: i64,
}

impl WindowConfig {
    /// With the segments that Kafka Streams would make.
    pub fn of_retention(retention_ms: i64) -> Self {
        Self { retention_ms, segment_ms: (retention_ms / 2).max(60_000) }
    }
}

/// Values by key and window; one thread writes it. See the module's page and [`OrderedStore`].
#[derive(Debug)]
pub struct WindowStore {
    config: WindowConfig,
    usage: Usage,
    segments: BTreeMap<i64, OrderedStore>,
    /// Expired in the open epoch: kept until that is committed.
    expired: Vec<(i64, OrderedStore)>,
    /// ms; `None` before the first put.
    stream_time: Option<i64>,
    committed_time: Option<i64>,
    stamp: Option<i64>,
    published: Arc<Mutex<Published>>,
    /// The composite key of the call at hand.
    composite: Vec<u8>,
}

/// What snapshots are taken from. Locked before the segments' own.
#[derive(Debug, Default)]
struct Published {
    segments: Vec<(i64, Reader<OrderedPart>)>,
    stream_time: Option<i64>,
    stamp: Option<i64>,
}

impl WindowStore {
    /// An empty store. Error: retention or segments are not positive, or there would be more than [`SEGMENTS_MAX`].
    pub fn new(config: WindowConfig) -> Result<Self, StateError> {
        let WindowConfig { retention_ms, segment_ms } = config;
        if retention_ms <= 0 || segment_ms <= 0 || retention_ms / segment_ms >= SEGMENTS_MAX - 1 {
            return Err(StateError::Misuse("retention and segments must be positive, segments not too small"));
        }
        Ok(Self {
            config,
            usage: Usage::default(),
            segments: BTreeMap::new(),
            expired: Vec::new(),
            stream_time: None,
            committed_time: None,
            stamp: None,
            published: Arc::default(),
            composite: Vec::new(),
        })
    }

    /// Latest start of a window ever put, ms.
    pub fn stream_time(&self) -> Option<i64> {
        self.stream_time
    }

    /// Number of windows, uncommitted ones included.
    pub fn len(&self) -> usize {
        self.segments.values().map(OrderedStore::len).sum()
    }

    /// Whether there is no window.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory in bytes, snapshots included wherever they are held.
    pub fn bytes(&self) -> usize {
        self.usage.bytes()
    }

    /// The changelog offset that the last epoch was committed with: first one that is not in here.
    pub fn stamp(&self) -> Option<i64> {
        self.stamp
    }

    /// For other threads.
    pub fn reader(&self) -> WindowReader {
        WindowReader { config: self.config, published: Arc::clone(&self.published) }
    }

    fn extent(&self, from: i64, to: i64) -> Option<Extent> {
        Extent::new(self.config, self.stream_time, from, to)
    }

    /// Lets time pass up to `start`; whether its segment still lives. The segment is there then.
    fn enter(&mut self, start: i64) -> Result<bool, StateError> {
        if start < 0 {
            return Err(StateError::Misuse("a window starts before 1970"));
        }
        let now = self.stream_time.map_or(start, |time| time.max(start));
        self.stream_time = Some(now);
        let first = (now - self.config.retention_ms).max(0) / self.config.segment_ms;
        while let Some(oldest) = self.segments.first_entry()
            && *oldest.key() < first
        {
            self.expired.push(oldest.remove_entry());
        }
        let segment = start / self.config.segment_ms;
        if segment < first {
            return Ok(false);
        }
        self.segments.entry(segment).or_insert_with(|| OrderedStore::with_usage(0, &self.usage));
        Ok(true)
    }

    /// The value of a window, ms and sequence as they were put.
    pub fn get(&self, key: &[u8], start: i64, sequence: u32) -> Option<&[u8]> {
        let extent = self.extent(start, start)?;
        let mut composite = Vec::with_capacity(key.len() + SUFFIX);
        compose(&mut composite, key, start, sequence);
        self.segments.get(extent.segments.start())?.get(&composite)
    }

    /// Sets the value of a window, or deletes it; `sequence` tells several of one key and start apart. `false`: its segment
    /// has expired and the change was dropped. Error: see [`crate::Store::put`]; a negative start.
    pub fn put(&mut self, key: &[u8], start: i64, sequence: u32, value: Option<&[u8]>) -> Result<bool, StateError> {
        self.update(key, start, sequence, |_, new| {
            new.extend_from_slice(value.unwrap_or_default());
            value.is_some()
        })
    }

    /// Reads, computes and writes with one search, as [`crate::Store::update`]; results as of [`WindowStore::put`].
    pub fn update(
        &mut self,
        key: &[u8],
        start: i64,
        sequence: u32,
        change: impl FnOnce(Option<&[u8]>, &mut Vec<u8>) -> bool,
    ) -> Result<bool, StateError> {
        if !self.enter(start)? {
            return Ok(false);
        }
        // What get does not find, an update must not either.
        let live = self.extent(start, start).is_some();
        compose(&mut self.composite, key, start, sequence);
        if let Some(segment) = self.segments.get_mut(&(start / self.config.segment_ms)) {
            segment.update(&self.composite, |old, new| change(old.filter(|_| live), new))?;
        }
        Ok(true)
    }

    /// The windows of a key that start within `from..=to` ms, uncommitted ones included, by start and sequence.
    pub fn fetch<'a>(&'a self, key: &[u8], from: i64, to: i64) -> Panes<'a> {
        Panes::new(self.extent(from, to), Some(key), |extent| {
            let segments = self.segments.range(extent.segments.clone());
            segments.map(|(_, segment)| extent.of_key(key, |bytes| segment.range(bytes))).collect()
        })
    }

    /// The windows of all keys that start within `from..=to` ms, uncommitted ones included, in the order of the store.
    pub fn fetch_all(&self, from: i64, to: i64) -> Panes<'_> {
        let ranges = |e: &Extent| self.segments.range(e.segments.clone()).map(|(_, s)| s.range(..)).collect();
        Panes::new(self.extent(from, to), None, ranges)
    }

    /// What the open epoch has changed in segments that live, keys as in the changelog, in a fixed order.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        self.segments.values().flat_map(OrderedStore::changes)
    }

    /// The epoch is committed; see [`crate::Store::commit`]. Segments that expired in it are freed.
    pub fn commit(&mut self, stamp: Option<i64>) {
        self.stamp = stamp.or(self.stamp);
        self.committed_time = self.stream_time;
        self.publish(|segments| segments.values_mut().for_each(|segment| segment.commit(stamp)));
        self.expired.clear();
    }

    /// Changes what readers see, in one step.
    fn publish(&mut self, change: impl FnOnce(&mut BTreeMap<i64, OrderedStore>)) {
        let mut published = self.published.lock();
        change(&mut self.segments);
        published.segments = self.segments.iter().map(|(&number, segment)| (number, segment.reader())).collect();
        published.stream_time = self.stream_time;
        published.stamp = self.stamp;
    }

    /// The epoch is undone, stream time and expiry included.
    pub fn abort(&mut self) {
        self.stream_time = self.committed_time;
        self.segments.extend(self.expired.drain(..));
        self.segments.values_mut().for_each(OrderedStore::abort);
        self.segments.retain(|_, segment| !segment.is_empty());
    }

    /// Merges about so many entries of committed epochs, for when nothing else is to do. `false`: nothing to merge now.
    pub fn merge(&mut self, entries: usize) -> bool {
        self.segments.values_mut().any(|segment| segment.merge(entries))
    }

    /// Puts a record of the changelog into the committed state, as [`crate::Store::restore`]; `false`: it is in already, or
    /// expired.
    pub fn restore(&mut self, offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<bool, StateError> {
        if offset < 0 {
            return Err(StateError::Damaged { offset, cause: "a negative offset" });
        }
        let Some(key) = key else { return Err(StateError::Damaged { offset, cause: "it has no key" }) };
        if self.stamp.is_some_and(|stamp| offset < stamp) {
            return Ok(false);
        }
        let Some((_, start, _)) = split(key) else {
            return Err(StateError::Damaged { offset, cause: "its key ends before the window's start and sequence" });
        };
        if start < 0 {
            return Err(StateError::Damaged { offset, cause: "its window starts before 1970" });
        }
        let lives = self.load(key, value)?;
        self.restored_to(offset.saturating_add(1));
        Ok(lives)
    }

    /// Puts an entry of a local copy, its key as in the changelog, into the committed state. Follow with
    /// [`WindowStore::restored_to`] the copy's stamp. `false`: its segment has expired.
    pub fn load(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<bool, StateError> {
        let Some((_, start, _)) = split(key) else { return Err(StateError::Misuse("not the key of a window")) };
        if !self.expired.is_empty() || self.segments.values().any(OrderedStore::is_dirty) {
            return Err(StateError::Misuse("restore within an epoch"));
        }
        let segments = self.segments.len();
        let lives = self.enter(start)?;
        if lives && let Some(segment) = self.segments.get_mut(&(start / self.config.segment_ms)) {
            segment.load(key, value)?;
        }
        self.committed_time = self.stream_time;
        if !self.expired.is_empty() || self.segments.len() != segments {
            self.publish(|_| ());
            self.expired.clear();
        }
        Ok(lives)
    }

    /// What was restored holds everything before this offset of the changelog.
    pub fn restored_to(&mut self, stamp: i64) {
        self.stamp = Some(stamp);
        let mut published = self.published.lock();
        published.stamp = self.stamp;
        published.stream_time = self.stream_time;
    }
}

/// Takes snapshots of a window store that another thread writes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WindowReader {
    config: WindowConfig,
    published: Arc<Mutex<Published>>,
}

impl WindowReader {
    /// The last committed epoch, all segments of the same one. Copies no entries.
    pub fn snapshot(&self) -> WindowSnapshot {
        let published = self.published.lock();
        let segments = published.segments.iter().map(|(number, reader)| (*number, reader.snapshot())).collect();
        let (stream_time, stamp) = (published.stream_time, published.stamp);
        WindowSnapshot { config: self.config, segments, stream_time, stamp }
    }
}

/// A committed epoch of a window store, unchanged for as long as it is held, expiry included.
#[derive(Debug)]
pub struct WindowSnapshot {
    config: WindowConfig,
    segments: BTreeMap<i64, Snapshot<OrderedPart>>,
    stream_time: Option<i64>,
    stamp: Option<i64>,
}

impl WindowSnapshot {
    fn extent(&self, from: i64, to: i64) -> Option<Extent> {
        Extent::new(self.config, self.stream_time, from, to)
    }

    /// Latest start of a window, ms.
    pub fn stream_time(&self) -> Option<i64> {
        self.stream_time
    }

    /// The changelog offset that the epoch was committed with: first one that is not in here.
    pub fn stamp(&self) -> Option<i64> {
        self.stamp
    }

    /// The windows of a key that start within `from..=to` ms, by start and sequence.
    pub fn fetch<'a>(&'a self, key: &[u8], from: i64, to: i64) -> Panes<'a> {
        Panes::new(self.extent(from, to), Some(key), |extent| {
            let segments = self.segments.range(extent.segments.clone());
            segments.map(|(_, segment)| extent.of_key(key, |bytes| segment.range(bytes))).collect()
        })
    }

    /// The windows of all keys that start within `from..=to` ms, in the order of the store.
    pub fn fetch_all(&self, from: i64, to: i64) -> Panes<'_> {
        let ranges = |e: &Extent| self.segments.range(e.segments.clone()).map(|(_, s)| s.range(..)).collect();
        Panes::new(self.extent(from, to), None, ranges)
    }

    /// Every entry with its key as in the changelog, for local copies.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.segments.values().flat_map(|segment| segment.range(..))
    }
}
