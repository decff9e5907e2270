//! The machine's wall clock, for the functions that say what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds from 1970-01-01T00:00Z to now.
#[allow(clippy::disallowed_methods)] // what the functions are for
pub(crate) fn now_ms() -> i64 {
    // A clock set before 1970 reads as 1970.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
