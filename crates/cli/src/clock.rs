//! How long a statement took, for `timing ON`: nothing else in the shell depends on time.

use std::time::{Duration, Instant};

/// A watch that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch(Instant);

impl Watch {
    /// Starts it.
    #[allow(clippy::disallowed_methods)] // the one place of the shell that may
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// What has passed since.
    pub(crate) fn passed(self) -> Duration {
        self.0.elapsed()
    }
}
