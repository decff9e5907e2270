//! The clock of the fuzz harness: it bounds how long a real broker may take, so this is the machine's own time.

use std::time::{Duration, Instant};

/// A monotonic stopwatch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Self {
        #[allow(clippy::disallowed_methods, reason = "bounds how long a real process may take")]
        let now = Instant::now();
        Self(now)
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Whether less than `limit` has passed.
    pub(crate) fn within(&self, limit: Duration) -> bool {
        self.elapsed() < limit
    }
}

/// Sleeps.
pub(crate) fn pause_ms(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Wall clock, ms since the epoch.
pub(crate) fn wall_ms() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "records are as old as the broker's own clock says")]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
