//! The broker's only source of time: wall clock for what is stored, a steady one for timeouts; by hand in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Time as the broker sees it. Cheap to clone; clones of a manual clock share their time.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System {
        started: Instant,
    },
    #[cfg_attr(not(test), allow(dead_code))]
    Manual {
        wall: Arc<AtomicI64>,
        steady: Arc<AtomicI64>,
    },
}

impl Clock {
    /// The machine's clocks.
    #[allow(clippy::disallowed_methods)] // this is where the broker's time comes from
    pub(crate) fn system() -> Self {
        Self(Kind::System { started: Instant::now() })
    }

    /// A clock that stands still at `wall_ms` until it is moved.
    #[cfg(test)]
    pub(crate) fn manual(wall_ms: i64) -> Self {
        Self(Kind::Manual { wall: Arc::new(AtomicI64::new(wall_ms)), steady: Arc::new(AtomicI64::new(0)) })
    }

    /// Moves a manual clock forward.
    #[cfg(test)]
    pub(crate) fn advance(&self, ms: i64) {
        if let Kind::Manual { wall, steady } = &self.0 {
            wall.fetch_add(ms, Ordering::SeqCst);
            steady.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Milliseconds since 1970: for timestamps and whatever is compared over restarts.
    #[allow(clippy::disallowed_methods)]
    pub(crate) fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::System { .. } => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
            Kind::Manual { wall, .. } => wall.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds since this clock was made, never backwards: for session and rebalance timeouts.
    pub(crate) fn steady_ms(&self) -> i64 {
        match &self.0 {
            Kind::System { started } => i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
            Kind::Manual { steady, .. } => steady.load(Ordering::SeqCst),
        }
    }
}
