//! Parts: what a level is cut into, small enough to copy when a snapshot holds the old one.

pub(crate) mod hash;
pub(crate) mod ordered;
pub(crate) mod table;

use std::sync::Arc;

use crate::arena::Entry;
use crate::level::Level;
use crate::usage::Usage;

/// A key on its way through the levels, with what they are searched by.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    pub(crate) key: &'a [u8],
    /// Hash of the key, or its head, as the shape wants it.
    pub(crate) code: u64,
}

/// A shape of store: how keys find their part, and their entry in it.
pub trait Part: Clone + Send + Sync + Sized + std::fmt::Debug {
    /// What this shape searches by.
    #[doc(hidden)]
    fn code(key: &[u8], seed: u64) -> u64;

    /// An empty part.
    #[doc(hidden)]
    fn empty(usage: &Usage) -> Self;

    /// Entries in it.
    #[doc(hidden)]
    fn len(&self) -> usize;

    /// Address of a key's entry.
    #[doc(hidden)]
    fn locate(&self, probe: Probe<'_>) -> Option<u32>;

    /// The entry at an address that [`Part::locate`] gave.
    #[doc(hidden)]
    fn entry(&self, at: u32) -> Entry<'_>;

    /// All entries, in the order of the shape.
    #[doc(hidden)]
    fn entries(&self) -> impl Iterator<Item = Entry<'_>>;

    /// Adds an entry of a key that is not there.
    #[doc(hidden)]
    fn insert(&mut self, code: u64, entry: Entry<'_>);

    /// Overwrites the entry at an address.
    #[doc(hidden)]
    fn replace(&mut self, code: u64, at: u32, entry: Entry<'_>);

    /// Takes the entry at an address away.
    #[doc(hidden)]
    fn remove(&mut self, code: u64, at: u32);

    /// Number of the part that a key belongs to.
    #[doc(hidden)]
    fn address(level: &Level<Self>, probe: Probe<'_>) -> usize;

    /// Splits what has become too large, or drops what is empty, after part `at` has changed.
    #[doc(hidden)]
    fn settle(level: &mut Level<Self>, at: usize);

    /// Makes room for so many keys and bytes of them in an empty level; nothing else comes of it.
    #[doc(hidden)]
    fn reserve(_level: &mut Level<Self>, _keys: usize, _bytes: usize) {}

    /// Brings what searches for these codes will read into the cache; nothing else comes of it.
    #[doc(hidden)]
    fn warm(_level: &Level<Self>, _codes: &[u64]) {}

    /// Empties a level whose parts nobody else holds, and keeps its memory. `false`: not for this shape.
    #[doc(hidden)]
    fn recycle(parts: &mut [Arc<Self>]) -> bool;
}
