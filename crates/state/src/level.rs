//! A level: the changes of one or more epochs, or the base that lies below them all.

use std::sync::Arc;

use crate::arena::Entry;
use crate::part::{Part, Probe};
use crate::usage::Usage;

/// Where an entry is in a level: its part, and its address there. Good until the level changes.
pub(crate) type Place = (usize, u32);

/// Entries by key, cut into parts that levels may share.
#[derive(Debug)]
pub struct Level<P: Part> {
    /// Never empty.
    pub(crate) parts: Vec<Arc<P>>,
    /// Heads of the parts' lower bounds, in step with `parts`; used by the ordered shape only.
    pub(crate) heads: Vec<u64>,
    pub(crate) entries: usize,
    pub(crate) seed: u64,
    pub(crate) usage: Usage,
}

impl<P: Part> Clone for Level<P> {
    fn clone(&self) -> Self {
        let (parts, heads) = (self.parts.clone(), self.heads.clone());
        Self { parts, heads, entries: self.entries, seed: self.seed, usage: self.usage.clone() }
    }
}

impl<P: Part> Level<P> {
    pub(crate) fn new(seed: u64, usage: &Usage) -> Self {
        Self { parts: vec![Arc::new(P::empty(usage))], heads: vec![0], entries: 0, seed, usage: usage.clone() }
    }

    pub(crate) fn probe<'a>(&self, key: &'a [u8]) -> Probe<'a> {
        Probe { key, code: P::code(key, self.seed) }
    }

    pub(crate) fn locate(&self, probe: Probe<'_>) -> Option<Place> {
        if self.entries == 0 {
            return None;
        }
        let part = P::address(self, probe);
        self.parts[part].locate(probe).map(|at| (part, at))
    }

    pub(crate) fn entry(&self, (part, at): Place) -> Entry<'_> {
        self.parts[part].entry(at)
    }

    pub(crate) fn find(&self, probe: Probe<'_>) -> Option<Entry<'_>> {
        self.locate(probe).map(|place| self.entry(place))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.parts.iter().flat_map(|part| part.entries())
    }

    /// Adds an entry of a key that is not there.
    pub(crate) fn insert(&mut self, code: u64, entry: Entry<'_>) {
        let part = P::address(self, Probe { key: entry.key, code });
        Arc::make_mut(&mut self.parts[part]).insert(code, entry);
        self.entries += 1;
        P::settle(self, part);
    }

    /// Overwrites the entry at a place.
    pub(crate) fn replace(&mut self, code: u64, (part, at): Place, entry: Entry<'_>) {
        Arc::make_mut(&mut self.parts[part]).replace(code, at, entry);
        P::settle(self, part);
    }

    /// Takes the entry at a place away.
    pub(crate) fn remove(&mut self, code: u64, (part, at): Place) {
        Arc::make_mut(&mut self.parts[part]).remove(code, at);
        self.entries -= 1;
        P::settle(self, part);
    }

    /// Takes over what a newer level knows about a key. `bottom`: there is no level below this one.
    pub(crate) fn absorb(&mut self, newer: Entry<'_>, bottom: bool) {
        let probe = self.probe(newer.key);
        match self.locate(probe) {
            None if newer.value.is_none() && (bottom || newer.fresh) => {}
            None => self.insert(probe.code, Entry { fresh: bottom || newer.fresh, ..newer }),
            Some(place) => {
                let fresh = bottom || self.entry(place).fresh;
                if newer.value.is_none() && fresh {
                    self.remove(probe.code, place);
                } else {
                    self.replace(probe.code, place, Entry { fresh, ..newer });
                }
            }
        }
    }

    /// Empties the level and keeps its memory, where nobody else holds it and the next epoch will want it.
    pub(crate) fn recycle(mut self) -> Option<Self> {
        let worth = self.entries * 4 >= self.parts.len() * crate::part::hash::PART_KEYS;
        if !worth || !P::recycle(&mut self.parts) {
            return None;
        }
        self.entries = 0;
        Some(self)
    }
}
