//! Bytes that large requests may take together.

use parking_lot::{Condvar, Mutex};

/// How often somebody who waits for room looks whether it is still of use, ms.
const LOOK_MS: u64 = 250;

/// A number of bytes to be shared. Who wants more than is left waits.
#[derive(Debug)]
pub(crate) struct Budget {
    total: usize,
    used: Mutex<usize>,
    room: Condvar,
}

/// Bytes taken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    /// A budget of `total` bytes.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, used: Mutex::new(0), room: Condvar::new() }
    }

    /// Takes `bytes`, waiting for room; more than there ever is counts as everything. `None`: `gone` while waiting.
    pub(crate) fn take(&self, bytes: usize, gone: impl Fn() -> bool) -> Option<Permit<'_>> {
        let bytes = bytes.min(self.total);
        let mut used = self.used.lock();
        while bytes > self.total.saturating_sub(*used) {
            if gone() {
                return None;
            }
            let _ = self.room.wait_for(&mut used, std::time::Duration::from_millis(LOOK_MS));
        }
        *used += bytes;
        Some(Permit { budget: self, bytes })
    }

    /// Lets all who wait look whether they are gone.
    pub(crate) fn wake(&self) {
        let _used = self.used.lock();
        self.room.notify_all();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.budget.used.lock() -= self.bytes;
        self.budget.room.notify_all();
    }
}

#[cfg(test)]
impl Budget {
    /// Bytes that are taken.
    pub(super) fn used(&self) -> usize {
        *self.used.lock()
    }
}
