//! Simulated time: it moves only when the harness (or a waiting poll) moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// Wall-clock time of a fresh simulation, ms since the epoch.
pub const START_MS: i64 = 1_700_000_000_000;

/// A clock moved by hand. Clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct SimClock {
    elapsed_ms: Arc<AtomicI64>,
}

impl SimClock {
    /// A clock at [`START_MS`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time forward by so many ms; negative ones count as none.
    pub fn advance(&self, ms: i64) {
        self.elapsed_ms.fetch_add(ms.max(0), Ordering::Relaxed);
    }

    /// Milliseconds since the simulation began.
    pub fn elapsed_ms(&self) -> i64 {
        self.elapsed_ms.load(Ordering::Relaxed)
    }
}

impl Clock for SimClock {
    fn now_ms(&self) -> i64 {
        START_MS + self.elapsed_ms()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.elapsed_ms()).unwrap_or(0))
    }
}
