//! `conformance qtt FILE.jsonl`: runs the cases of a file and says how many pass.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::{Parser, ValueEnum};
use conformance::fairness::Fairness;
use conformance::report::{Counts, Outcome, Verdict};
use conformance::{case, known, pool};

/// Runs ksqlDB's functional cases, given as data.
#[derive(Debug, Parser)]
struct Args {
    /// The suite that the file belongs to.
    suite: Suite,
    /// The cases, one JSON object a line.
    file: PathBuf,
    /// Cases that are excluded or relaxed, one JSON object a line.
    #[arg(long)]
    fairness: Option<PathBuf>,
    /// Only cases whose id contains this.
    #[arg(long)]
    filter: Option<String>,
    /// Where to write one line per case: id, outcome, why.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Compare with this list of known failures: only disagreements with it fail.
    #[arg(long)]
    known: Option<PathBuf>,
    /// Write the list of cases that fail to this file.
    #[arg(long)]
    write_known: Option<PathBuf>,
    /// Cases at a time; as many as there are processors when not given.
    #[arg(long)]
    jobs: Option<usize>,
}

/// A suite of cases.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Suite {
    /// Statements, input records, expected output records or error.
    Qtt,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            say(&mut std::io::stderr(), &format!("conformance: {e}"));
            ExitCode::from(2)
        }
    }
}

/// Prints a line for people; a closed pipe is no reason to stop.
fn say(out: &mut dyn Write, line: &str) {
    drop(writeln!(out, "{line}"));
}

fn run(args: &Args) -> Result<bool, String> {
    let Suite::Qtt = args.suite;
    let mut cases = case::read(&read(&args.file)?)?;
    if let Some(filter) = &args.filter {
        cases.retain(|case| case.id.contains(filter));
    }
    let fairness = args.fairness.as_deref().map(read).transpose()?.unwrap_or_default();
    let jobs = args.jobs.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    let verdicts = pool::run(cases, &Fairness::read(&fairness)?, jobs);
    let lines: String = verdicts.iter().map(|v| v.line() + "\n").collect();
    for (path, text) in [(&args.report, lines), (&args.write_known, known::list(&verdicts))] {
        if let Some(path) = path {
            fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    tell(args, &verdicts)
}

/// Prints what did not go as it should and the counts; says whether all did.
fn tell(args: &Args, verdicts: &[Verdict]) -> Result<bool, String> {
    let mut out = std::io::stdout().lock();
    let counts = Counts::of(verdicts);
    let lines = match &args.known {
        Some(path) => known::disagreements(verdicts, &known::read(&read(path)?)),
        None => {
            let failed = verdicts.iter().filter(|v| !matches!(v.outcome, Outcome::Pass | Outcome::Excluded));
            failed.map(|v| format!("{}: {}: {}", v.outcome.name(), v.id, v.why)).collect()
        }
    };
    for line in &lines {
        say(&mut out, line);
    }
    say(&mut out, &counts.to_string());
    Ok(lines.is_empty())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}
