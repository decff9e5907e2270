//! Lines for people on stdout.

use std::io::Write as _;

/// Prints a line. A closed stdout is no reason to stop.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
