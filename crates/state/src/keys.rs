//! Keys numbered in the order in which they first came: what keeps something by key finds its place by this.

use std::hash::{BuildHasher, RandomState};

use crate::part::hash::hash;
use crate::part::table::Table;

/// Keys beyond which a batch of them is brought into the cache before it is looked up: the table does not fit there.
const LARGE: usize = 64 * 1024;

/// Distinct keys, each with its number. No allocation per key; keys never leave.
#[derive(Debug)]
pub struct Keys {
    seed: u64,
    table: Table,
    bytes: Vec<u8>,
    /// Where each key ends in `bytes`.
    ends: Vec<u64>,
    /// Hashes of a batch.
    codes: Vec<u64>,
}

/// The code of a key, for several [`Keys`] that were made with one seed.
#[derive(Debug, Clone, Copy)]
pub struct Code(u64);

impl Code {
    /// The code of a key under a seed.
    pub fn of(key: &[u8], seed: u64) -> Self {
        Self(hash(key, seed))
    }
}

impl Default for Keys {
    /// No keys. Their places are chosen by chance, their numbers are not.
    fn default() -> Self {
        Self::seeded(Self::seed())
    }
}

impl Keys {
    /// A seed by chance, so that nobody can choose keys that fall on one place.
    pub fn seed() -> u64 {
        RandomState::new().hash_one(0)
    }

    /// No keys, whose places follow from a seed.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, table: Table::default(), bytes: Vec::new(), ends: Vec::new(), codes: Vec::new() }
    }

    /// Makes room for so many keys more, of so many bytes each about.
    pub fn reserve(&mut self, keys: usize, each: usize) {
        self.table.reserve(self.len() + keys);
        self.ends.reserve(keys);
        self.bytes.reserve(keys.saturating_mul(each));
    }

    /// How many they are; their numbers are the smaller ones.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of a key, if it is there.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        self.search(hash(key, self.seed), key)
    }

    /// As [`Keys::find`], with the key's code under the seed of these.
    pub fn find_coded(&self, code: Code, key: &[u8]) -> Option<u32> {
        self.search(code.0, key)
    }

    /// As [`Keys::add`], with the key's code under the seed of these.
    pub fn add_known(&mut self, code: Code, key: &[u8]) -> Option<(u32, bool)> {
        self.add_coded(code.0, key)
    }

    /// The number of a key, and whether it is new. `None`: there are as many keys as there can be.
    pub fn add(&mut self, key: &[u8]) -> Option<(u32, bool)> {
        self.add_coded(hash(key, self.seed), key)
    }

    /// The numbers of a batch of keys, added to `found` with whether they are new; none for what is no key. `false`: there
    /// are as many keys as there can be.
    pub fn add_batch<'k>(
        &mut self,
        keys: impl Iterator<Item = Option<&'k [u8]>> + Clone,
        found: &mut Vec<Option<(u32, bool)>>,
    ) -> bool {
        let mut codes = std::mem::take(&mut self.codes);
        codes.clear();
        codes.extend(keys.clone().map(|key| key.map_or(0, |key| hash(key, self.seed))));
        if self.len() > LARGE {
            self.warm(&codes);
        }
        let mut room = true;
        for (key, code) in keys.zip(&codes) {
            let added = key.map(|key| self.add_coded(*code, key));
            room &= !matches!(added, Some(None));
            found.push(added.flatten());
        }
        self.codes = codes;
        room
    }

    /// The key of a number; empty when there is none.
    pub fn key(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }

    /// About how many bytes of memory they take.
    pub fn memory(&self) -> usize {
        self.table.bytes() + self.bytes.capacity() + (self.ends.capacity() + self.codes.capacity()) * size_of::<u64>()
    }

    fn search(&self, code: u64, key: &[u8]) -> Option<u32> {
        self.table.find(code as u32, |at| self.key(at) == key)
    }

    fn add_coded(&mut self, code: u64, key: &[u8]) -> Option<(u32, bool)> {
        if let Some(number) = self.search(code, key) {
            return Some((number, false));
        }
        // The last number means nothing to the table.
        let number = u32::try_from(self.ends.len()).ok().filter(|number| *number != u32::MAX)?;
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len() as u64);
        self.table.insert(code as u32, number);
        Some((number, true))
    }

    /// Loads that do not wait for each other: first all places in the table, then all keys.
    fn warm(&self, codes: &[u64]) {
        let mut sum = 0_u64;
        for chunk in codes.chunks(64) {
            let mut found = [None; 64];
            for (found, code) in found.iter_mut().zip(chunk) {
                *found = self.table.peek(*code as u32);
            }
            for number in found.into_iter().flatten() {
                sum = sum.wrapping_add(self.ends.get(number as usize).copied().unwrap_or(0));
            }
        }
        std::hint::black_box(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_as_they_come() {
        let mut keys = Keys::default();
        keys.reserve(1000, 10);
        let text = |i: usize| format!("{}{i}", "k".repeat(i % 20));
        let wanted = 70_000;
        for i in 0..wanted {
            assert_eq!(keys.add(text(i).as_bytes()), Some((i as u32, true)));
        }
        let all: Vec<String> = (0..wanted + 10).map(text).collect();
        let mut found = Vec::new();
        let some = |(i, key): (usize, &'_ String)| (i % 3 != 0).then(|| key.clone());
        let asked: Vec<Option<String>> = all.iter().enumerate().map(some).collect();
        assert!(keys.add_batch(asked.iter().map(|key| key.as_ref().map(String::as_bytes)), &mut found));
        for (i, found) in found.iter().take(wanted).enumerate() {
            assert_eq!(*found, (i % 3 != 0).then_some((i as u32, false)), "{i}");
        }
        // Of the ten behind, those whose number three does not divide.
        let new = found.iter().flatten().filter(|(_, new)| *new).count();
        assert_eq!((new, keys.len()), (7, wanted + 7));
        assert_eq!(keys.find(text(5).as_bytes()), Some(5));
        assert_eq!((keys.find(b"nobody"), keys.key(0), keys.key(u32::MAX)), (None, &b"0"[..], &b""[..]));
        assert!(keys.memory() > wanted * 8);
    }
}
