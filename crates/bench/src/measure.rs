//! One measured run: what a child process reports and what its parent makes of it.

use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::Result;

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
    /// CPU seconds of a JVM until its clients were connected: no part of [`Self::cpu_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) start_cpu_s: Option<f64>,
    /// The later half of what a JVM did, when its compiler had done most of its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) warm: Option<Part>,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) cpu_s: f64,
    /// Records read.
    pub(crate) records: u64,
}

/// A measurement with its circumstances.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) query: String,
    /// How many of them ran at once, of b13.
    pub(crate) queries: u32,
    /// What of the data set was asked for: records, keys.
    #[serde(default)]
    pub(crate) data_records: u64,
    #[serde(default)]
    pub(crate) keys: u32,
    /// Partitions of every topic; the workers of each part of the engine.
    #[serde(default = "usual_partitions")]
    pub(crate) partitions: i32,
    #[serde(default = "one")]
    pub(crate) threads: u16,
    /// Which source was built, if whoever started the benchmark knew.
    #[serde(default)]
    pub(crate) commit: Option<String>,
    pub(crate) variant: String,
    /// What did the work.
    pub(crate) system: String,
    pub(crate) guarantee: String,
    /// Whether every update left, instead of the last of each group at a commit.
    pub(crate) each: bool,
    /// Round, from 0; a warm-up round is not reported.
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) measurement: Measurement,
    /// CPU seconds per million records read: the figure to compare.
    pub(crate) cpu_s_per_m: f64,
    /// The same of the warm half, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) warm_cpu_s_per_m: Option<f64>,
    /// Records that it wrote. What they say was checked against what the data set must give.
    pub(crate) written: u64,
    /// Load average of the machine before and after.
    pub(crate) load_before: f64,
    pub(crate) load_after: f64,
}

fn usual_partitions() -> i32 {
    crate::topics::PARTITIONS
}

fn one() -> u16 {
    1
}

impl Run {
    /// What a peer is held against: the warm half if there is one, which is in its favour.
    pub(crate) fn settled_cpu_s_per_m(&self) -> f64 {
        self.warm_cpu_s_per_m.unwrap_or(self.cpu_s_per_m)
    }
}

/// The commit that is measured, as `scripts/bench` says it.
pub(crate) fn commit() -> Option<String> {
    std::env::var("BENCH_COMMIT").ok()
}

/// Runs a program to its end; the only line of its standard output is what it measured.
pub(crate) fn child(command: &mut Command) -> Result<Measurement> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !child.status.success() {
        return Err(format!("{command:?}: {}", child.status).into());
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}

/// CPU seconds per million records.
pub(crate) fn per_million(cpu_s: f64, records: u64) -> f64 {
    cpu_s * 1e6 / records as f64
}
