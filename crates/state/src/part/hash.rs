//! The unordered shape: a hash table of addresses over an arena. Parts are chosen by linear hashing, which grows one
//! part at a time: no key ever waits for a whole store to be rehashed.

use std::sync::Arc;

use hashbrown::HashTable;

use super::{Part, Probe};
use crate::arena::{Arena, Entry};
use crate::level::Level;
use crate::usage::{Charge, Usage};

/// Keys of a part, on average at most: what is rehashed, split or copied in one go.
pub(crate) const PART_KEYS: usize = 1024;
/// Bytes of a part above which it is not filled up to [`PART_KEYS`].
const PART_BYTES: usize = 256 * 1024;

/// Where an entry is, and enough of its hash to tell most others apart without looking.
#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    at: u32,
}

/// A part of an unordered store.
#[derive(Debug)]
pub struct HashPart {
    table: HashTable<Slot>,
    arena: Arena,
    charge: Charge,
}

impl HashPart {
    fn charge(&mut self) {
        let bytes = size_of::<Self>() + self.table.allocation_size() + self.arena.capacity();
        self.charge.set(bytes);
    }
}

impl Clone for HashPart {
    fn clone(&self) -> Self {
        let charge = self.charge.usage().charge();
        let mut part = Self { table: self.table.clone(), arena: self.arena.clone(), charge };
        part.charge();
        part
    }
}

impl Part for HashPart {
    fn code(key: &[u8], seed: u64) -> u64 {
        hash(key, seed)
    }

    fn empty(usage: &Usage) -> Self {
        let mut part = Self { table: HashTable::new(), arena: Arena::default(), charge: usage.charge() };
        part.charge();
        part
    }

    fn len(&self) -> usize {
        self.table.len()
    }

    fn locate(&self, probe: Probe<'_>) -> Option<u32> {
        let tag = probe.code as u32;
        let is = |slot: &Slot| slot.tag == tag && self.arena.key(slot.at) == probe.key;
        self.table.find(spread(tag), is).map(|slot| slot.at)
    }

    fn entry(&self, at: u32) -> Entry<'_> {
        self.arena.entry(at)
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.table.iter().map(|slot| self.arena.entry(slot.at))
    }

    fn insert(&mut self, code: u64, entry: Entry<'_>) {
        let tag = code as u32;
        let at = self.arena.push(entry);
        self.table.insert_unique(spread(tag), Slot { tag, at }, |slot| spread(slot.tag));
        self.charge();
    }

    fn replace(&mut self, code: u64, at: u32, entry: Entry<'_>) {
        let new = self.arena.replace(at, entry);
        if new != at {
            if let Some(slot) = self.table.find_mut(spread(code as u32), |slot| slot.at == at) {
                slot.at = new;
            }
            self.arena.compact(self.table.len(), self.table.iter_mut().map(|slot| &mut slot.at));
            self.charge();
        }
    }

    fn remove(&mut self, code: u64, at: u32) {
        if let Ok(slot) = self.table.find_entry(spread(code as u32), |slot| slot.at == at) {
            slot.remove();
            self.arena.forget(at);
            self.arena.compact(self.table.len(), self.table.iter_mut().map(|slot| &mut slot.at));
            if self.table.capacity() > 4 * self.table.len().max(16) {
                self.table.shrink_to(2 * self.table.len(), |slot| spread(slot.tag));
            }
            self.charge();
        }
    }

    fn address(level: &Level<Self>, probe: Probe<'_>) -> usize {
        address(probe.code, level.parts.len())
    }

    fn settle(level: &mut Level<Self>, at: usize) {
        let parts = level.parts.len();
        let full = level.entries > parts * PART_KEYS;
        let wide = level.parts[at].arena.len() > PART_BYTES && parts < level.entries;
        if !full && !wide {
            return;
        }
        // The next in line is cut, not the one that is full: addresses need no directory.
        let from = parts & ((parts + 1).next_power_of_two() / 2 - 1);
        let mut halves = [Self::empty(&level.usage), Self::empty(&level.usage)];
        for entry in level.parts[from].entries() {
            let code = hash(entry.key, level.seed);
            halves[usize::from(address(code, parts + 1) == parts)].insert(code, entry);
        }
        let [old, new] = halves;
        level.parts[from] = Arc::new(old);
        level.parts.push(Arc::new(new));
    }

    fn recycle(parts: &mut [Arc<Self>]) -> bool {
        for part in parts {
            let Some(part) = Arc::get_mut(part) else { return false };
            part.table.clear();
            part.arena.clear();
        }
        true
    }
}

/// The part of a hash among `parts`: linear hashing. The upper half of the hash chooses, the lower half searches.
fn address(code: u64, parts: usize) -> usize {
    let mask = parts.next_power_of_two() - 1;
    let at = (code >> 32) as usize & mask;
    if at < parts { at } else { at & (mask >> 1) }
}

/// What the table takes for a hash: its index comes from the low bits, its control byte from the top ones.
fn spread(tag: u32) -> u64 {
    u64::from(tag) << 32 | u64::from(tag)
}

/// Multiply and fold, eight bytes at a time. The seed keeps those who choose keys from choosing their places; the order
/// of changes and of scans depends on it.
pub(crate) fn hash(key: &[u8], seed: u64) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a) * u128::from(b);
        wide as u64 ^ (wide >> 64) as u64
    };
    let (words, rest) = key.as_chunks::<8>();
    let mut state = seed ^ (key.len() as u64).wrapping_mul(K);
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), K);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(state ^ u64::from_le_bytes(last), K) ^ seed, 0xD6E8_FEB8_6659_FD93)
}
