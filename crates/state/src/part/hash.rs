//! The unordered shape: a hash table of addresses over an arena. Parts are chosen by linear hashing, which grows one
//! part at a time: no key ever waits for a whole store to be rehashed.

use std::sync::Arc;

use super::table::Table;
use super::{Part, Probe};
use crate::arena::{Arena, Entry};
use crate::level::Level;
use crate::usage::{Charge, Usage};

/// Keys of a part, on average at most: what is rehashed, split or copied in one go.
pub(crate) const PART_KEYS: usize = 1024;
/// Bytes of a part above which it is not filled up to [`PART_KEYS`].
const PART_BYTES: usize = 256 * 1024;
/// Keys whose misses overlap.
const WARM: usize = 64;

/// A part of an unordered store.
#[derive(Debug)]
pub struct HashPart {
    table: Table,
    arena: Arena,
    charge: Charge,
}

impl HashPart {
    fn charge(&mut self) {
        let bytes = size_of::<Self>() + self.table.bytes() + self.arena.capacity();
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
        let mut part = Self { table: Table::default(), arena: Arena::default(), charge: usage.charge() };
        part.charge();
        part
    }

    fn len(&self) -> usize {
        self.table.len()
    }

    fn locate(&self, probe: Probe<'_>) -> Option<u32> {
        self.table.find(probe.code as u32, |at| self.arena.key(at) == probe.key)
    }

    fn entry(&self, at: u32) -> Entry<'_> {
        self.arena.entry(at)
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.table.addresses().map(|at| self.arena.entry(at))
    }

    fn insert(&mut self, code: u64, entry: Entry<'_>) {
        let at = self.arena.push(entry);
        self.table.insert(code as u32, at);
        self.charge();
    }

    fn replace(&mut self, code: u64, at: u32, entry: Entry<'_>) {
        let new = self.arena.replace(at, entry);
        if new != at {
            self.table.readdress(code as u32, at, new);
            self.arena.compact(self.table.len(), self.table.addresses_mut());
            self.charge();
        }
    }

    fn remove(&mut self, code: u64, at: u32) {
        if self.table.remove(code as u32, at) {
            self.arena.forget(at);
            self.arena.compact(self.table.len(), self.table.addresses_mut());
            self.charge();
        }
    }

    fn reserve(level: &mut Level<Self>, keys: usize, bytes: usize) {
        // As many as make them equally large: between two powers of two some are twice as large as others.
        let parts = keys.div_ceil(PART_KEYS).max(bytes.div_ceil(PART_BYTES)).clamp(1, keys.max(1)).next_power_of_two();
        let (keys, bytes) = (spread(keys.div_ceil(parts)), bytes.div_ceil(parts));
        let room = || {
            let charge = level.usage.charge();
            let arena = Arena::with_room(bytes + bytes / 16 + keys * Arena::OVERHEAD);
            let mut part = Self { table: Table::with_room(keys), arena, charge };
            part.charge();
            Arc::new(part)
        };
        level.parts = (0..parts).map(|_| room()).collect();
    }

    fn warm(level: &Level<Self>, codes: &[u64]) {
        // Loads that do not wait for each other: first all slots, then all entries.
        let mut found = [None; WARM];
        for codes in codes.chunks(WARM) {
            for (found, &code) in found.iter_mut().zip(codes) {
                let part = &level.parts[address(code, level.parts.len())];
                *found = part.table.peek(code as u32).map(|at| (part, at));
            }
            let entries = found.iter().take(codes.len()).flatten();
            let sum = entries.fold(0_u32, |sum, (part, at)| sum.wrapping_add(part.arena.peek(*at)));
            std::hint::black_box(sum);
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

/// What a part holds where that is the average: few hold more.
fn spread(keys: usize) -> usize {
    keys + 3 * keys.isqrt()
}

/// The part of a hash among `parts`: linear hashing. The upper half of the hash chooses, the lower half searches.
fn address(code: u64, parts: usize) -> usize {
    let mask = parts.next_power_of_two() - 1;
    let at = (code >> 32) as usize & mask;
    if at < parts { at } else { at & (mask >> 1) }
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
