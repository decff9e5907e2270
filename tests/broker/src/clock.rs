//! The clocks of the checks: they time a real broker over a real socket, so this is the machine's own time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::outcome::{Failure, Result};

/// Wall clock, ms since the epoch.
pub(crate) fn wall_ms() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "record timestamps are compared with those of a real broker")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// A monotonic stopwatch.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        #[allow(clippy::disallowed_methods, reason = "times real processes")]
        let now = Instant::now();
        Self(now)
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Whether less than `limit` has passed.
    #[must_use]
    pub fn within(&self, limit: Duration) -> bool {
        self.elapsed() < limit
    }
}

/// Sleeps.
pub(crate) fn pause_ms(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Asks `done` again and again, 20 ms apart, until it has something; a failure that names `what` after `limit`.
pub(crate) fn wait_for<T>(what: &str, limit: Duration, mut done: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let watch = Stopwatch::start();
    while watch.within(limit) {
        if let Some(value) = done()? {
            return Ok(value);
        }
        pause_ms(20);
    }
    Err(Failure::new(format!("{what}: not within {limit:?}")))
}
