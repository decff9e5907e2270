//! The clock of the harness: it tells people how long a run took.

use std::time::{Duration, Instant};

/// A monotonic stopwatch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Self {
        #[allow(clippy::disallowed_methods, reason = "tells people how long a run took")]
        let now = Instant::now();
        Self(now)
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
