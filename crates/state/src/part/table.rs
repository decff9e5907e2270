//! A hash table of addresses: open addressing, linear probing, eight bytes a slot.
//!
//! Eight neighbouring slots share a cache line, so that a search costs one miss here and one in the arena; tables with
//! control bytes of their own cost one more (docs/decisions/0010). Deletion moves later slots back: there are no graves.

/// Where an entry is, and enough of its hash to tell most others apart without looking.
#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    at: u32,
}

const EMPTY: Slot = Slot { tag: 0, at: u32::MAX };
/// Slots of a table that has any.
const SLOTS_MIN: usize = 8;

#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// A power of two of them, at most three quarters used; or none.
    slots: Vec<Slot>,
    len: usize,
}

impl Table {
    /// An empty one that takes so many addresses before it grows.
    pub(crate) fn with_room(addresses: usize) -> Self {
        let mut table = Self::default();
        table.reserve(addresses);
        table
    }

    /// From here on it takes so many addresses all told before it grows.
    pub(crate) fn reserve(&mut self, addresses: usize) {
        let slots = if addresses == 0 { 0 } else { (addresses * 4 / 3 + 1).next_power_of_two().max(SLOTS_MIN) };
        if slots > self.slots.len() {
            self.resize(slots);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    /// Index of the slot with this tag for whose address `is` holds.
    fn search(&self, tag: u32, is: impl Fn(u32) -> bool) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut i = tag as usize & mask;
        loop {
            let slot = self.slots[i];
            if slot.at == EMPTY.at {
                return None;
            }
            if slot.tag == tag && is(slot.at) {
                return Some(i);
            }
            i = (i + 1) & mask;
        }
    }

    /// The address with this tag for which `is` holds.
    pub(crate) fn find(&self, tag: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.search(tag, is).map(|i| self.slots[i].at)
    }

    /// What the first slot of a tag holds, whoever's it is: to have it in the cache.
    pub(crate) fn peek(&self, tag: u32) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        Some(self.slots[tag as usize & mask].at).filter(|&at| at != EMPTY.at)
    }

    pub(crate) fn insert(&mut self, tag: u32, at: u32) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.resize((self.slots.len() * 2).max(SLOTS_MIN));
        }
        self.place(Slot { tag, at });
        self.len += 1;
    }

    fn place(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut i = slot.tag as usize & mask;
        while self.slots[i].at != EMPTY.at {
            i = (i + 1) & mask;
        }
        self.slots[i] = slot;
    }

    fn resize(&mut self, slots: usize) {
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; slots]);
        old.into_iter().filter(|slot| slot.at != EMPTY.at).for_each(|slot| self.place(slot));
    }

    /// Gives an entry that has moved its new address.
    pub(crate) fn readdress(&mut self, tag: u32, from: u32, to: u32) {
        if let Some(i) = self.search(tag, |at| at == from) {
            self.slots[i].at = to;
        }
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, tag: u32, at: u32) -> bool {
        let Some(mut hole) = self.search(tag, |found| found == at) else { return false };
        let mask = self.slots.len() - 1;
        let mut i = hole;
        loop {
            i = (i + 1) & mask;
            let slot = self.slots[i];
            if slot.at == EMPTY.at {
                break;
            }
            // It may move back to the hole unless its own place lies behind the hole.
            let way = i.wrapping_sub(slot.tag as usize) & mask;
            if way >= (i.wrapping_sub(hole) & mask) {
                self.slots[hole] = slot;
                hole = i;
            }
        }
        self.slots[hole] = EMPTY;
        self.len -= 1;
        if self.slots.len() > SLOTS_MIN && self.len * 8 < self.slots.len() {
            self.resize(self.slots.len() / 4);
        }
        true
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().map(|slot| slot.at).filter(|&at| at != EMPTY.at)
    }

    pub(crate) fn addresses_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        self.slots.iter_mut().map(|slot| &mut slot.at).filter(|at| **at != EMPTY.at)
    }

    /// Empties it and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(EMPTY);
        self.len = 0;
    }
}
