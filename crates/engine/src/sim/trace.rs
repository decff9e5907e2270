//! What happened in a simulation: a readable trace when somebody wants one, and counts always.

use std::collections::BTreeMap;

/// Lines that a trace keeps; older ones are dropped.
pub const TRACE_LINES_MAX: usize = 100_000;

/// Trace lines and counters of one simulated cluster.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Whether lines are kept. Off, their text is not even made.
    pub(super) on: bool,
    lines: std::collections::VecDeque<String>,
    counts: BTreeMap<String, u64>,
}

impl Trace {
    /// Keeps a line.
    pub(super) fn line(&mut self, elapsed_ms: i64, text: &str) {
        if self.lines.len() == TRACE_LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{elapsed_ms:>6} ms  {text}"));
    }

    /// Counts something by name.
    pub(super) fn count(&mut self, what: &str) {
        match self.counts.get_mut(what) {
            Some(n) => *n += 1,
            None => {
                self.counts.insert(what.to_owned(), 1);
            }
        }
    }

    /// The lines so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }

    /// How often each thing happened.
    pub(super) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }
}
