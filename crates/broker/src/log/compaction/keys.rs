//! The latest offset of every key, remembered by a hash of the key.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};
use std::ops::ControlFlow;

use uuid::Uuid;

use crate::record::records;

/// Key hash → offset. Two keys with the same 128 bits would be taken for one; the hashes are seeded anew for every
/// round, so that nobody can look for such keys, and by chance it does not happen.
#[derive(Debug)]
pub(crate) struct Keys {
    seed: u128,
    offsets: HashMap<[u64; 2], i64, BuildHasherDefault<Folded>>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { seed: Uuid::new_v4().as_u128(), offsets: HashMap::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Remembers the keys of a batch. Of one that cannot be read, those before the fault: as the batch stays as it is,
    /// their older values may go.
    pub(crate) fn add(&mut self, batch: &[u8], max_unpacked: usize) {
        let _ = records::each(batch, max_unpacked, |record| {
            if let Some(key) = record.key {
                let hash = self.hash(key);
                self.offsets.insert(hash, record.offset);
            }
            ControlFlow::Continue(())
        });
    }

    /// Whether a record has the latest value of its key, as far as the keys are known.
    pub(crate) fn is_latest(&self, key: &[u8], offset: i64) -> bool {
        self.offsets.get(&self.hash(key)).is_none_or(|latest| *latest <= offset)
    }

    fn hash(&self, key: &[u8]) -> [u64; 2] {
        let half = |which: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u128(self.seed);
            hasher.write_u8(which);
            hasher.write(key);
            hasher.finish()
        };
        [half(0), half(1)]
    }
}

/// Hashes what is a hash already.
#[derive(Debug, Default)]
pub(crate) struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            self.0 = part.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }

    fn write_usize(&mut self, _length: usize) {}
}
