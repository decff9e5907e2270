//! The ordered shape: sorted addresses over an arena. Parts cover adjoining ranges of keys, as leaves of a tree of two
//! levels do; the level itself is the root.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Part, Probe};
use crate::arena::{Arena, Entry, head};
use crate::level::Level;
use crate::usage::{Charge, Usage};

/// Keys of a part at most.
pub(crate) const PART_KEYS: usize = 256;
/// Bytes of a part above which it is split earlier.
const PART_BYTES: usize = 64 * 1024;

/// A part of an ordered store.
#[derive(Debug)]
pub struct OrderedPart {
    /// No key of this part is below this one; the first part takes whatever is below.
    low: Box<[u8]>,
    heads: Vec<u64>,
    at: Vec<u32>,
    arena: Arena,
    charge: Charge,
}

impl OrderedPart {
    fn charge(&mut self) {
        let index = self.heads.capacity() * 8 + self.at.capacity() * 4;
        self.charge.set(size_of::<Self>() + self.low.len() + index + self.arena.capacity());
    }

    /// Where a key is, or would be.
    pub(crate) fn search(&self, probe: Probe<'_>) -> Result<usize, usize> {
        let from = self.heads.partition_point(|&head| head < probe.code);
        let same = self.heads[from..].partition_point(|&head| head == probe.code);
        let found = self.at[from..from + same].binary_search_by(|&at| self.arena.key(at).cmp(probe.key));
        found.map(|i| from + i).map_err(|i| from + i)
    }

    /// The entry at a place in the order.
    pub(crate) fn nth(&self, place: usize) -> Option<Entry<'_>> {
        self.at.get(place).map(|&at| self.arena.entry(at))
    }

    /// Place of an entry whose address is known.
    fn place(&self, code: u64, at: u32) -> Option<usize> {
        let key = self.arena.key(at);
        self.search(Probe { key, code }).ok().filter(|&place| self.at[place] == at)
    }

    fn of(low: Box<[u8]>, entries: &[u32], from: &Arena, usage: &Usage) -> Self {
        let (heads, at) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
        let mut part = Self { low, heads, at, arena: Arena::default(), charge: usage.charge() };
        for &at in entries {
            let entry = from.entry(at);
            part.heads.push(head(entry.key));
            part.at.push(part.arena.push(entry));
        }
        part.charge();
        part
    }
}

impl Clone for OrderedPart {
    fn clone(&self) -> Self {
        let charge = self.charge.usage().charge();
        let (low, heads) = (self.low.clone(), self.heads.clone());
        let mut part = Self { low, heads, at: self.at.clone(), arena: self.arena.clone(), charge };
        part.charge();
        part
    }
}

impl Part for OrderedPart {
    fn code(key: &[u8], _seed: u64) -> u64 {
        head(key)
    }

    fn empty(usage: &Usage) -> Self {
        Self::of(Box::default(), &[], &Arena::default(), usage)
    }

    fn len(&self) -> usize {
        self.at.len()
    }

    fn locate(&self, probe: Probe<'_>) -> Option<u32> {
        self.search(probe).ok().map(|place| self.at[place])
    }

    fn entry(&self, at: u32) -> Entry<'_> {
        self.arena.entry(at)
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.at.iter().map(|&at| self.arena.entry(at))
    }

    fn insert(&mut self, code: u64, entry: Entry<'_>) {
        let (Ok(place) | Err(place)) = self.search(Probe { key: entry.key, code });
        let at = self.arena.push(entry);
        self.heads.insert(place, code);
        self.at.insert(place, at);
        self.charge();
    }

    fn replace(&mut self, code: u64, at: u32, entry: Entry<'_>) {
        let place = self.place(code, at);
        let new = self.arena.replace(at, entry);
        if new != at {
            if let Some(place) = place {
                self.at[place] = new;
            }
            self.arena.compact(self.at.len(), self.at.iter_mut());
            self.charge();
        }
    }

    fn remove(&mut self, code: u64, at: u32) {
        if let Some(place) = self.place(code, at) {
            self.heads.remove(place);
            self.at.remove(place);
            self.arena.forget(at);
            self.arena.compact(self.at.len(), self.at.iter_mut());
            self.charge();
        }
    }

    fn address(level: &Level<Self>, probe: Probe<'_>) -> usize {
        let from = level.heads.partition_point(|&head| head < probe.code);
        let same = level.heads[from..].partition_point(|&head| head == probe.code);
        // Keys may share their first eight bytes; then the whole bound decides.
        let below = level.parts[from..from + same]
            .partition_point(|part| part.low.as_ref().cmp(probe.key) != Ordering::Greater);
        (from + below).saturating_sub(1)
    }

    fn settle(level: &mut Level<Self>, at: usize) {
        let part = &level.parts[at];
        if part.at.is_empty() && level.parts.len() > 1 {
            level.parts.remove(at);
            level.heads.remove(at);
            return;
        }
        if part.len() < 2 || (part.len() <= PART_KEYS && part.arena.len() <= PART_BYTES) {
            return;
        }
        let (left, right) = part.at.split_at(part.len() / 2);
        let Some(&first) = right.first() else { return };
        let low: Box<[u8]> = part.arena.key(first).into();
        let bound = head(&low);
        let left = Self::of(part.low.clone(), left, &part.arena, &level.usage);
        let right = Self::of(low, right, &part.arena, &level.usage);
        level.parts[at] = Arc::new(left);
        level.parts.insert(at + 1, Arc::new(right));
        level.heads.insert(at + 1, bound);
    }

    fn recycle(_parts: &mut [Arc<Self>]) -> bool {
        // The next epoch's keys may lie elsewhere.
        false
    }
}
