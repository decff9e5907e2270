//! One measured run: what a child process reports and what its parent makes of it.

use serde::{Deserialize, Serialize};

/// What a child writes to its standard output when it is done, as one line of JSON.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// CPU seconds of the whole process from the start of the drain to its end.
    pub(crate) cpu_s: f64,
    /// Wall-clock seconds of the same.
    pub(crate) wall_s: f64,
    /// Largest resident size of the process, MB.
    pub(crate) peak_rss_mb: f64,
    /// Records read.
    pub(crate) records: u64,
}

/// A measurement with its circumstances: one line of `--json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    pub(crate) query: String,
    pub(crate) variant: String,
    /// Round, from 0; a warm-up round is not reported.
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) measurement: Measurement,
    /// CPU seconds per million records read: the figure to compare.
    pub(crate) cpu_s_per_million: f64,
    /// Records that it wrote. What they say was checked against what the data set must give.
    pub(crate) written: u64,
    /// Load average of the machine before and after.
    pub(crate) load_before: f64,
    pub(crate) load_after: f64,
}
