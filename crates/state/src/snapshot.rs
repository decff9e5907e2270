//! Readers and snapshots: what other threads see of a store, which is its last committed epoch.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::layers::Published;
use crate::level::Level;
use crate::part::Part;
use crate::part::ordered::OrderedPart;
use crate::slices::{Slices, Values};
use crate::view::{Range, lookup, scan};

/// Takes snapshots of a store that another thread writes. Cheap to clone.
#[derive(Debug)]
pub struct Reader<P: Part> {
    published: Arc<Mutex<Published<P>>>,
}

impl<P: Part> Clone for Reader<P> {
    fn clone(&self) -> Self {
        Self { published: Arc::clone(&self.published) }
    }
}

impl<P: Part> Reader<P> {
    pub(crate) fn new(published: &Arc<Mutex<Published<P>>>) -> Self {
        Self { published: Arc::clone(published) }
    }

    /// The last committed epoch. Copies no entries; waits for a piece of merging (about a thousand entries) at most.
    pub fn snapshot(&self) -> Snapshot<P> {
        let published = self.published.lock();
        Snapshot { levels: published.levels.clone(), len: published.len, stamp: published.stamp }
    }
}

/// A committed epoch of a store, unchanged for as long as it is held. What the writer changes meanwhile it keeps beside
/// it, in memory: so do not hold it for longer than needed.
#[derive(Debug)]
pub struct Snapshot<P: Part> {
    /// Oldest first.
    levels: Vec<Arc<Level<P>>>,
    len: usize,
    stamp: Option<i64>,
}

impl<P: Part> Snapshot<P> {
    fn levels(&self) -> impl Iterator<Item = &Level<P>> {
        self.levels.iter().rev().map(Arc::as_ref)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The changelog offset that the epoch was committed with: first one that is not in here.
    pub fn stamp(&self) -> Option<i64> {
        self.stamp
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        lookup(self.levels(), self.levels.first()?.probe(key))
    }

    /// The values of many keys, added to `found` row by row.
    pub fn get_batch(&self, keys: Slices<'_>, found: &mut Values) {
        keys.iter().for_each(|key| found.push(self.get(key)));
    }

    /// All keys with their values, in no order that means anything: for scans and local copies.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        scan(self.levels().collect())
    }
}

impl Snapshot<OrderedPart> {
    /// Keys in a range of bytes, in their order.
    pub fn range<'k>(&self, keys: impl RangeBounds<&'k [u8]>) -> Range<'_> {
        Range::new(self.levels(), bound(keys.start_bound()), bound(keys.end_bound()))
    }

    /// Keys that begin with `prefix`, in their order.
    pub fn prefix(&self, prefix: &[u8]) -> Range<'_> {
        Range::with_prefix(self.levels(), prefix)
    }
}

pub(crate) fn bound<'k>(bound: Bound<&&'k [u8]>) -> Bound<&'k [u8]> {
    bound.map(|key| *key)
}
