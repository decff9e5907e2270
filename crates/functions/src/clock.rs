//! What time it is for functions: the machine's, or a fixed one where a run must be repeatable.
//!
//! Expressions are evaluated deep below whoever knows a simulation's clock, so that it is kept for the thread.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

thread_local! {
    static FIXED: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Lets this thread's functions take a moment, in milliseconds from 1970-01-01T00:00Z, for now; for simulations and tests.
pub fn fix(ms: i64) {
    FIXED.set(Some(ms));
}

/// Milliseconds from 1970-01-01T00:00Z to now.
#[allow(clippy::disallowed_methods)] // the one place that may
pub fn now_ms() -> i64 {
    FIXED.get().unwrap_or_else(|| {
        // A clock set before 1970 reads as 1970.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still() {
        // 2020: machines that run tests are later.
        assert!(now_ms() > 1_577_836_800_000);
        fix(42);
        assert_eq!(now_ms(), 42);
    }
}
