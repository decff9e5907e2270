//! Lines for people, on stdout.

use std::io::Write as _;

/// Prints a line. A closed stdout is no reason to stop.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints what is wrong, on stderr.
pub(crate) fn complain(what: &str) {
    let _ = writeln!(std::io::stderr().lock(), "VIOLATION: {what}");
}
