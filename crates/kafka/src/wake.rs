//! Lets one thread sleep until any of many librdkafka queues has something.
//!
//! A private queue per partition means that no single queue can be waited for. Each queue calls [`Wake::wake`] when it
//! stops being empty, so an idle worker costs nothing and a busy one does not wait out its sleep.

use parking_lot::{Condvar, Mutex};
use std::time::Duration;

/// A flag that can be waited for. Raised by librdkafka's threads, lowered by the one that waits.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Wake {
    /// Ends the current wait, or the next one at once.
    pub(crate) fn wake(&self) {
        let mut raised = self.raised.lock();
        if !*raised {
            *raised = true;
            self.changed.notify_one();
        }
    }

    /// Sleeps until [`Wake::wake`], at most `limit`; lowers the flag.
    pub(crate) fn wait(&self, limit: Duration) {
        let mut raised = self.raised.lock();
        if !*raised {
            self.changed.wait_for(&mut raised, limit);
        }
        *raised = false;
    }
}
