//! How long a blocking call may still take. The network has no simulated clock, so these are waits in real time.

use millstream_engine::clock::{Clock as _, SystemClock};
use std::time::Duration;

/// The instant at which a call gives up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    since: SystemClock,
    limit: Duration,
}

impl Deadline {
    /// Now plus `limit`.
    pub(crate) fn after(limit: Duration) -> Deadline {
        Deadline { since: SystemClock::new(), limit }
    }

    /// What is left, zero when it has passed.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.since.monotonic())
    }

    /// It has passed.
    pub(crate) fn passed(&self) -> bool {
        self.left().is_zero()
    }
}
