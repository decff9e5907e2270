//! What a run says: lines for people on stdout, one JSON object a line in `build/reports/` for machines.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::clock;
use crate::error::{Doing, Result};

/// The root of the checkout that this program was built in.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Prints a line for people. A closed stdout is no reason to stop a measurement.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The report file of one run.
#[derive(Debug)]
pub(crate) struct Report {
    file: File,
}

impl Report {
    /// Starts `build/reports/NAME-MS.jsonl` with a line about the run itself: arguments and seed.
    pub(crate) fn open(name: &str, seed: u64) -> Result<Self> {
        let dir = root().join("build/reports");
        std::fs::create_dir_all(&dir).doing("creating build/reports")?;
        let path = dir.join(format!("{name}-{}.jsonl", clock::wall_ms()));
        let file = File::create(&path).doing("creating the report")?;
        let mut report = Self { file };
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        say(&format!("seed {seed}, report build/reports/{}", path.file_name().unwrap_or_default().to_string_lossy()));
        report.line("run", serde_json::json!({ "arguments": arguments, "seed": seed }))?;
        Ok(report)
    }

    /// Writes one line: `{"kind": kind, "at": ms, ...fields}`.
    pub(crate) fn line(&mut self, kind: &str, fields: Value) -> Result<()> {
        let mut line = Map::new();
        line.insert("kind".to_owned(), Value::from(kind));
        line.insert("at".to_owned(), Value::from(clock::wall_ms()));
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        writeln!(self.file, "{}", Value::Object(line)).doing("writing the report")
    }
}

/// Appends a line to a file that somebody keeps, if there is one.
pub(crate) fn append(path: Option<&Path>, line: &Value) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let file = File::options().create(true).append(true).open(path);
    writeln!(file.doing("opening the file of figures")?, "{line}").doing("writing the figures")
}

/// Median and largest of some measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// How many there are.
    pub(crate) count: usize,
    /// The smallest.
    pub(crate) least: f64,
    /// The middle one (the upper of two).
    pub(crate) median: f64,
    /// The largest.
    pub(crate) most: f64,
}

impl Spread {
    /// `None` of nothing.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let median = *values.get(values.len() / 2)?;
        Some(Self { count: values.len(), least: *values.first()?, median, most: *values.last()? })
    }

    /// For the report.
    pub(crate) fn json(&self) -> Value {
        serde_json::json!({ "count": self.count, "least": self.least, "median": self.median, "most": self.most })
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "median {:.1}, {:.1} to {:.1} of {}", self.median, self.least, self.most, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![3.0, 1.0, 2.0]), Some(Spread { count: 3, least: 1.0, median: 2.0, most: 3.0 }));
        assert_eq!(Spread::of(vec![4.0, 1.0]).map(|s| s.median), Some(4.0));
    }
}
