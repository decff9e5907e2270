//! Waiting for records of several partitions at once: the long poll of a fetch.

use parking_lot::{Condvar, Mutex};

/// Somebody who waits for records of any of several partitions.
#[derive(Debug, Default)]
pub(crate) struct Waiter {
    woken: Mutex<bool>,
    bell: Condvar,
}

impl Waiter {
    /// Wakes the waiting thread, now or when it begins to wait.
    pub(crate) fn wake(&self) {
        *self.woken.lock() = true;
        self.bell.notify_all();
    }

    /// Waits until woken or for `ms`; `true`: woken. A wake is used up by this.
    pub(crate) fn wait(&self, ms: u64) -> bool {
        let mut woken = self.woken.lock();
        if !*woken {
            let _ = self.bell.wait_for(&mut woken, std::time::Duration::from_millis(ms));
        }
        std::mem::take(&mut *woken)
    }
}
