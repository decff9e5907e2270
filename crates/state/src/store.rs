//! A store of keys and values as its one writer has it: an overlay of uncommitted changes over committed levels.

use std::ops::RangeBounds;

use crate::arena::Entry;
use crate::error::StateError;
use crate::layers::Layers;
use crate::level::Level;
use crate::part::ordered::OrderedPart;
use crate::part::{Part, Probe};
use crate::slices::{Slices, Values};
use crate::snapshot::{Reader, bound};
use crate::usage::Usage;
use crate::view::{Range, lookup, scan};

/// Bytes of a key at most.
pub const KEY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of a value at most.
pub const VALUE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Bytes of a store, its snapshots included, beyond which it takes nothing more.
pub const STORE_BYTES_MAX: usize = 16 * 1024 * 1024 * 1024;
/// Bytes that room is made for before they are here; what is more grows as it comes.
const RESERVED_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Entries that are merged for each key that an epoch touches. Above 1, or levels would pile up.
const MERGED_PER_KEY: usize = 3;
/// Entries that are merged in one go while records flow.
const MERGE_STEP: usize = 1024;
/// Entries that are merged at the end of an epoch, so that quiet stores get there too.
const MERGED_PER_COMMIT: usize = 1024;

/// A change of an epoch, for the changelog: a key with its new value, or without one when it is deleted.
pub type Change<'a> = (&'a [u8], Option<&'a [u8]>);

/// Keys and values with epochs; see [`HashStore`](crate::HashStore) and [`OrderedStore`](crate::OrderedStore).
#[derive(Debug)]
pub struct Store<P: Part> {
    overlay: Level<P>,
    pub(crate) layers: Layers<P>,
    pub(crate) usage: Usage,
    /// Keys, uncommitted changes included.
    len: usize,
    committed_len: usize,
    stamp: Option<i64>,
    /// Entries that may be merged before the next change.
    due: usize,
    /// Codes of keys that are expected.
    codes: Vec<u64>,
    /// New values are written here first.
    scratch: Vec<u8>,
}

impl<P: Part> Store<P> {
    /// An empty store. `seed` decides places in hash tables, and with them the order of changes and of scans of the
    /// unordered shape: give a fixed one where runs must repeat.
    pub fn new(seed: u64) -> Self {
        Self::with_usage(seed, &Usage::default())
    }

    pub(crate) fn with_usage(seed: u64, usage: &Usage) -> Self {
        let layers = Layers::new(Level::new(seed, usage));
        let overlay = Level::new(seed, usage);
        let usage = usage.clone();
        Self {
            overlay,
            layers,
            usage,
            len: 0,
            committed_len: 0,
            stamp: None,
            due: 0,
            codes: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Number of keys, uncommitted changes included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Memory of the store in bytes, its snapshots included wherever they are held.
    pub fn bytes(&self) -> usize {
        self.usage.bytes() + self.scratch.capacity()
    }

    /// The changelog offset that the last epoch was committed with: first one that is not in here.
    pub fn stamp(&self) -> Option<i64> {
        self.stamp
    }

    /// For other threads.
    pub fn reader(&self) -> Reader<P> {
        Reader::new(&self.layers.published)
    }

    fn committed(&self) -> impl Iterator<Item = &Level<P>> {
        self.layers.levels.iter().rev().map(AsRef::as_ref)
    }

    fn levels(&self) -> impl Iterator<Item = &Level<P>> {
        std::iter::once(&self.overlay).chain(self.committed())
    }

    /// The value of a key, uncommitted changes included.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        lookup(self.levels(), self.overlay.probe(key))
    }

    /// The values of many keys, added to `found` row by row.
    pub fn get_batch(&self, keys: Slices<'_>, found: &mut Values) {
        keys.iter().for_each(|key| found.push(self.get(key)));
    }

    /// Says which keys the next calls will be about, a batch of some hundreds or thousands: their entries are brought into
    /// the processor's cache all at once instead of one after the other. Worth a call when the store is large; changes
    /// nothing.
    pub fn expect(&mut self, keys: Slices<'_>) {
        self.codes.clear();
        self.codes.extend(keys.iter().map(|key| P::code(key, self.overlay.seed)));
        P::warm(&self.overlay, &self.codes);
        self.layers.levels.iter().for_each(|level| P::warm(level, &self.codes));
    }

    /// Sets the value of a key, or deletes it.
    pub fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        check(&self.usage, key, value)?;
        let probe = self.overlay.probe(key);
        match self.overlay.locate(probe) {
            Some(place) => {
                let old = self.overlay.entry(place);
                self.len = self.len + usize::from(value.is_some()) - usize::from(old.value.is_some());
                self.overlay.replace(probe.code, place, Entry { key, value, fresh: old.fresh });
            }
            None => {
                let existed = lookup(self.committed(), probe).is_some();
                self.insert(probe, value, existed);
            }
        }
        Ok(())
    }

    /// Sets the values of many keys; one that stands there twice has the later value then. `values` has their length.
    /// Error: see [`Store::put`]; rows before the offending one are in.
    pub fn put_batch(&mut self, keys: Slices<'_>, values: &Values) -> Result<(), StateError> {
        if keys.len() != values.len() {
            return Err(StateError::Misuse("as many values as keys"));
        }
        keys.iter().zip(values.iter()).try_for_each(|(key, value)| self.put(key, value))
    }

    /// Reads, computes and writes with one search: `change` gets the value and an empty buffer for the new one, and says
    /// whether there is a new one; `false` deletes the key.
    pub fn update(
        &mut self,
        key: &[u8],
        change: impl FnOnce(Option<&[u8]>, &mut Vec<u8>) -> bool,
    ) -> Result<(), StateError> {
        let probe = self.overlay.probe(key);
        self.scratch.clear();
        let mut scratch = std::mem::take(&mut self.scratch);
        let (place, old, fresh) = match self.overlay.locate(probe) {
            Some(place) => {
                let entry = self.overlay.entry(place);
                (Some(place), entry.value, entry.fresh)
            }
            None => (None, lookup(self.committed(), probe), false),
        };
        let existed = old.is_some();
        let value = change(old, &mut scratch).then_some(scratch.as_slice());
        let checked = check(&self.usage, key, value);
        if checked.is_ok() {
            match place {
                Some(place) => {
                    self.len = self.len + usize::from(value.is_some()) - usize::from(existed);
                    self.overlay.replace(probe.code, place, Entry { key, value, fresh });
                }
                None => self.insert(probe, value, existed),
            }
        }
        self.scratch = scratch;
        checked
    }

    /// A key that this epoch touches for the first time.
    fn insert(&mut self, probe: Probe<'_>, value: Option<&[u8]>, existed: bool) {
        if !existed && value.is_none() {
            return;
        }
        self.len = self.len + usize::from(value.is_some()) - usize::from(existed);
        self.overlay.insert(probe.code, Entry { key: probe.key, value, fresh: !existed });
        self.due += MERGED_PER_KEY;
        if self.due >= MERGE_STEP {
            self.layers.step(self.due);
            self.due = 0;
        }
    }

    /// What the open epoch has changed so far, each key once, in the same order for the same calls since the store was
    /// made: for the changelog, before the epoch is committed.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let told = self.overlay.iter().filter(|entry| entry.value.is_some() || !entry.fresh);
        told.map(|entry| (entry.key, entry.value))
    }

    /// Whether the open epoch has changed anything.
    pub fn is_dirty(&self) -> bool {
        self.overlay.entries > 0
    }

    /// The epoch is committed: its changes become visible to readers. `stamp`: first offset of the changelog that is not
    /// in here; `None` leaves the last one.
    pub fn commit(&mut self, stamp: Option<i64>) {
        self.stamp = stamp.or(self.stamp);
        self.committed_len = self.len;
        let level = self.is_dirty().then(|| {
            let (seed, usage) = (self.overlay.seed, &self.usage);
            let next = self.layers.spare.take().unwrap_or_else(|| Level::new(seed, usage));
            std::mem::replace(&mut self.overlay, next)
        });
        self.layers.push(level, self.len, self.stamp);
        self.layers.step(MERGED_PER_COMMIT);
    }

    /// The epoch is undone: its changes are forgotten.
    pub fn abort(&mut self) {
        if self.is_dirty() {
            self.overlay = Level::new(self.overlay.seed, &self.usage);
        }
        self.len = self.committed_len;
    }

    /// Merges about so many entries of committed epochs, for when nothing else is to do. `false`: nothing to merge now.
    pub fn merge(&mut self, entries: usize) -> bool {
        self.layers.step(entries)
    }

    /// Puts a record of the changelog into the committed state; the last one of a key wins. Records before the stamp are
    /// in already and are passed over (`false`). Errors: an epoch is open; no such store has written this record.
    pub fn restore(&mut self, offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<bool, StateError> {
        if offset < 0 {
            return Err(StateError::Damaged { offset, cause: "a negative offset" });
        }
        let Some(key) = key else { return Err(StateError::Damaged { offset, cause: "it has no key" }) };
        if self.stamp.is_some_and(|stamp| offset < stamp) {
            return Ok(false);
        }
        self.load(key, value)?;
        self.restored_to(offset.saturating_add(1));
        Ok(true)
    }

    /// The same of many records, in order. Error: none of them is in.
    pub fn restore_all<'a>(
        &mut self,
        records: impl Iterator<Item = (i64, Option<&'a [u8]>, Option<&'a [u8]>)> + Clone,
    ) -> Result<(), StateError> {
        let stamp = self.stamp;
        let mut last = None;
        for (offset, key, _) in records.clone() {
            let cause = match (offset < 0, key) {
                (true, _) => "a negative offset",
                (false, None) => "it has no key",
                (false, Some(_)) => {
                    last = Some(offset);
                    continue;
                }
            };
            return Err(StateError::Damaged { offset, cause });
        }
        let fresh = records.filter(|(offset, ..)| stamp.is_none_or(|stamp| *offset >= stamp));
        self.load_all(fresh.filter_map(|(_, key, value)| Some((key?, value))))?;
        if let Some(last) = last.filter(|last| stamp.is_none_or(|stamp| *last >= stamp)) {
            self.restored_to(last.saturating_add(1));
        }
        Ok(())
    }

    /// Makes room for so many keys and bytes of keys and values in a store that is empty, before they are loaded. Changes
    /// nothing else.
    pub fn reserve(&mut self, keys: usize, bytes: usize) {
        if self.layers.levels.len() == 1 && self.layers.levels.iter().all(|base| base.entries == 0) {
            self.layers.base(self.stamp, |base| P::reserve(base, keys, bytes.min(RESERVED_BYTES_MAX)));
        }
    }

    /// Puts an entry of a local copy into the committed state. Follow with [`Store::restored_to`] the copy's stamp.
    pub fn load(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        self.load_all(std::iter::once((key, value)))
    }

    /// The same of many entries; of a key that stands there twice the later one counts. Error: entries before the offending
    /// one are in.
    pub fn load_all<'a>(&mut self, entries: impl Iterator<Item = Change<'a>>) -> Result<(), StateError> {
        if self.is_dirty() {
            return Err(StateError::Misuse("restore within an epoch"));
        }
        while self.layers.step(usize::MAX) {}
        let usage = self.usage.clone();
        if self.layers.levels.len() > 1 {
            // A snapshot holds the base: an epoch of their own.
            for (key, value) in entries {
                self.put(key, value)?;
            }
            self.commit(None);
            return Ok(());
        }
        let mut done = Ok(());
        self.len = self.layers.base(self.stamp, |base| {
            for (key, value) in entries {
                done = check(&usage, key, value);
                if done.is_err() {
                    return;
                }
                base.absorb(Entry { key, value, fresh: true }, true);
            }
        });
        self.committed_len = self.len;
        done
    }

    /// What was restored holds everything before this offset of the changelog.
    pub fn restored_to(&mut self, stamp: i64) {
        self.stamp = Some(stamp);
        self.layers.published.lock().stamp = self.stamp;
    }

    /// All keys with their values, uncommitted changes included, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        scan(self.levels().collect())
    }
}

/// Whether a store takes this.
fn check(usage: &Usage, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
    let value = value.map_or(0, <[u8]>::len);
    for (what, bytes, max) in [("key", key.len(), KEY_BYTES_MAX), ("value", value, VALUE_BYTES_MAX)] {
        if bytes > max {
            return Err(StateError::TooLong { what, bytes, max });
        }
    }
    let bytes = usage.bytes();
    if bytes > STORE_BYTES_MAX { Err(StateError::Full { bytes }) } else { Ok(()) }
}

impl Store<OrderedPart> {
    /// Keys in a range of bytes, in their order, uncommitted changes included.
    pub fn range<'k>(&self, keys: impl RangeBounds<&'k [u8]>) -> Range<'_> {
        Range::new(self.levels(), bound(keys.start_bound()), bound(keys.end_bound()))
    }

    /// Keys that begin with `prefix`, in their order, uncommitted changes included.
    pub fn prefix(&self, prefix: &[u8]) -> Range<'_> {
        Range::with_prefix(self.levels(), prefix)
    }
}
