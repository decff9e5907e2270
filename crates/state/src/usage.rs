//! Exact memory accounting: every part of a store carries its charge, wherever it is held.
//!
//! A part that only a snapshot still holds counts as long as it lives, and one that several hold counts once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes held by one store and all its snapshots.
#[derive(Debug, Clone, Default)]
pub struct Usage(Arc<AtomicUsize>);

impl Usage {
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A charge of nothing yet.
    pub(crate) fn charge(&self) -> Charge {
        Charge { usage: self.clone(), bytes: 0 }
    }
}

/// What one part adds to the usage of its store until it is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    usage: Usage,
    bytes: usize,
}

impl Charge {
    pub(crate) fn set(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.usage.0.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else if bytes < self.bytes {
            self.usage.0.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
    }

    pub(crate) fn usage(&self) -> &Usage {
        &self.usage
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}
