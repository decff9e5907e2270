//! Entries of a part, one behind the other in one buffer: no allocation per key.
//!
//! ```text
//! 0        4           8
//! | key    | value     | key … value … padding to 8 |
//! | length | length    |
//! ```
//! The two top bits of the key's length say whether the entry deletes its key and whether it is fresh.

/// Entries begin at multiples of this, so that four bytes address 32 GiB.
const UNIT: usize = 8;
const HEADER: usize = 8;
const DELETED: u32 = 1 << 31;
const FRESH: u32 = 1 << 30;
/// Overwritten bytes that are not worth copying the rest for.
const DEAD_BYTES_MIN: usize = 4096;

/// What a level knows about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The key's bytes.
    pub(crate) key: &'a [u8],
    /// `None`: the key is deleted.
    pub(crate) value: Option<&'a [u8]>,
    /// No older level has a value of this key: when it is deleted, nothing need remember that.
    pub(crate) fresh: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Arena {
    bytes: Vec<u8>,
    dead: usize,
}

impl Arena {
    /// Bytes of an entry besides its key and value, at most.
    pub(crate) const OVERHEAD: usize = HEADER + UNIT - 1;

    /// An empty one that takes so many bytes before it grows.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), dead: 0 }
    }

    /// Appends an entry and returns its address.
    pub(crate) fn push(&mut self, entry: Entry<'_>) -> u32 {
        let at = self.bytes.len() / UNIT;
        let value = entry.value.unwrap_or_default();
        let size = size(entry.key.len(), value.len());
        if self.bytes.capacity() - self.bytes.len() < size {
            // Half of it, not all of it: there are many small arenas, and most stop growing.
            self.bytes.reserve_exact(size.max(self.bytes.len() / 2).max(64));
        }
        self.bytes.extend_from_slice(&header(entry));
        self.bytes.extend_from_slice(entry.key);
        self.bytes.extend_from_slice(value);
        self.bytes.resize(at * UNIT + size, 0);
        // The store refuses to grow beyond 32 GiB, see STORE_BYTES_MAX.
        at as u32
    }

    fn lengths(&self, at: u32) -> (u32, usize, usize) {
        let from = at as usize * UNIT;
        let Some(header) = self.bytes.get(from..).and_then(|b| b.first_chunk::<HEADER>()) else { return (0, 0, 0) };
        let header = u64::from_le_bytes(*header);
        let key = header as u32;
        (key, (key & !(DELETED | FRESH)) as usize, (header >> 32) as usize)
    }

    pub(crate) fn entry(&self, at: u32) -> Entry<'_> {
        let (flags, key, value) = self.lengths(at);
        let from = at as usize * UNIT + HEADER;
        let (key, rest) = self.bytes[from..from + key + value].split_at(key);
        Entry { key, value: (flags & DELETED == 0).then_some(rest), fresh: flags & FRESH != 0 }
    }

    pub(crate) fn key(&self, at: u32) -> &[u8] {
        let (_, key, _) = self.lengths(at);
        let from = at as usize * UNIT + HEADER;
        &self.bytes[from..from + key]
    }

    /// Something of an entry, to have it in the cache.
    pub(crate) fn peek(&self, at: u32) -> u32 {
        self.lengths(at).0
    }

    /// Overwrites an entry of the same key; the address changes when it does not fit.
    pub(crate) fn replace(&mut self, at: u32, entry: Entry<'_>) -> u32 {
        let (_, key, old) = self.lengths(at);
        let value = entry.value.unwrap_or_default();
        let (had, needs) = (size(key, old), size(key, value.len()));
        if needs > had {
            self.dead += had;
            return self.push(entry);
        }
        self.dead += had - needs;
        let from = at as usize * UNIT;
        self.bytes[from..from + HEADER].copy_from_slice(&header(entry));
        let from = from + HEADER + key;
        self.bytes[from..from + value.len()].copy_from_slice(value);
        at
    }

    /// Says that nobody will ask for this entry again.
    pub(crate) fn forget(&mut self, at: u32) {
        let (_, key, value) = self.lengths(at);
        self.dead += size(key, value);
    }

    /// Drops overwritten bytes when they are most of it; `addresses` are all that live, and change.
    pub(crate) fn compact<'a>(&mut self, live: usize, addresses: impl Iterator<Item = &'a mut u32>) {
        if self.dead < DEAD_BYTES_MIN || self.dead * 2 < self.bytes.len() {
            return;
        }
        let mut new =
            Self { bytes: Vec::with_capacity(if live == 0 { 0 } else { self.bytes.len() - self.dead }), dead: 0 };
        for at in addresses {
            *at = new.push(self.entry(*at));
        }
        *self = new;
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.dead = 0;
    }

    /// Bytes in use, overwritten ones included.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

fn size(key: usize, value: usize) -> usize {
    (HEADER + key + value).next_multiple_of(UNIT)
}

fn header(entry: Entry<'_>) -> [u8; HEADER] {
    let mut key = entry.key.len() as u32;
    if entry.value.is_none() {
        key |= DELETED;
    }
    if entry.fresh {
        key |= FRESH;
    }
    let value = entry.value.unwrap_or_default().len() as u64;
    (u64::from(key) | (value << 32)).to_le_bytes()
}

/// The first eight bytes of a key as a number that orders as they do; shorter keys end in zeros.
pub(crate) fn head(key: &[u8]) -> u64 {
    if let Some(first) = key.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first[..key.len()].copy_from_slice(key);
    u64::from_be_bytes(first)
}
