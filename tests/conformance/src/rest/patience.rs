//! How much longer a case may take.

use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};

/// Between two looks at something that will come.
const LOOK: Duration = Duration::from_millis(20);

/// A span of time that passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    clock: SystemClock,
    limit: Duration,
}

impl Patience {
    /// So long from now.
    pub(super) fn of(limit: Duration) -> Self {
        Self { clock: SystemClock::new(), limit }
    }

    /// What is left of it.
    pub(super) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.clock.monotonic())
    }

    /// Whether nothing is left.
    pub(super) fn over(&self) -> bool {
        self.left().is_zero()
    }

    /// Waits a moment.
    pub(super) fn wait(&self) {
        std::thread::sleep(LOOK.min(self.left()));
    }
}
