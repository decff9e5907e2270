//! `conformance qtt|rest|sql FILE.jsonl`: runs the cases of a file and says how many pass.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::{Args, Parser, Subcommand};
use conformance::fairness::Fairness;
use conformance::report::{Counts, Outcome, Verdict};
use conformance::suite::Suite;
use conformance::{known, page, pool, report};

/// Runs ksqlDB's functional cases, given as data.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Statements, input records, expected output records or error.
    Qtt(RunArgs),
    /// Statements, inputs and queries through the REST API of a real server on the embedded broker.
    Rest(RunArgs),
    /// Tests written in SQL, and statements/input/output triples.
    Sql(RunArgs),
    /// Writes the page on compatibility from the reports of all suites.
    Page(PageArgs),
}

#[derive(Debug, Args)]
struct PageArgs {
    /// The folder of the cases.
    cases: PathBuf,
    /// A report of a suite; repeatable. Cases that no report names are not counted.
    #[arg(long)]
    report: Vec<PathBuf>,
    /// Where to write the page.
    #[arg(long, default_value = "docs/compatibility.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct RunArgs {
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
    /// Bring this list of known failures up to date with the results; cases that were not run stay on it.
    #[arg(long)]
    write_known: Option<PathBuf>,
    /// Cases at a time; when not given, as many as there are processors, of the REST suite four times as many.
    #[arg(long)]
    jobs: Option<usize>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Qtt(args) => run(Suite::Qtt, &args),
        Command::Rest(args) => run(Suite::Rest, &args),
        Command::Sql(args) => run(Suite::Sql, &args),
        Command::Page(args) => page(&args).map(|()| true),
    };
    match done {
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

fn run(suite: Suite, args: &RunArgs) -> Result<bool, String> {
    let fairness = args.fairness.as_deref().map(read).transpose()?.unwrap_or_default();
    let mut cases = suite.jobs(&read(&args.file)?, &Fairness::read(&fairness)?)?;
    if let Some(filter) = &args.filter {
        cases.retain(|case| case.id.contains(filter));
    }
    let processors = available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or(suite.jobs_per_processor() * processors);
    let verdicts = pool::run(cases, jobs);
    if let Some(path) = &args.report {
        write(path, &verdicts.iter().map(|v| v.line() + "\n").collect::<String>())?;
    }
    if let Some(path) = &args.write_known {
        let before = if path.exists() { known::read(&read(path)?) } else { known::Known::new() };
        write(path, &known::write(&known::update(&verdicts, &before)))?;
    }
    tell(args, &verdicts)
}

/// Prints what did not go as it should and the counts; says whether all did.
fn tell(args: &RunArgs, verdicts: &[Verdict]) -> Result<bool, String> {
    let mut out = std::io::stdout().lock();
    let lines = match &args.known {
        Some(path) => known::disagreements(verdicts, &known::read(&read(path)?)),
        None => {
            let failed = verdicts.iter().filter(|v| v.failed());
            failed.map(|v| format!("{}: {}: {}", v.outcome.name(), v.id, v.why)).collect()
        }
    };
    for line in &lines {
        say(&mut out, line);
    }
    say(&mut out, &Counts::of(verdicts).to_string());
    Ok(lines.is_empty())
}

fn page(args: &PageArgs) -> Result<(), String> {
    let mut verdicts = Vec::new();
    for path in &args.report {
        verdicts.extend(report::read(&read(path)?).map_err(|e| format!("{}: {e}", path.display()))?);
    }
    let results = known::by_id(&verdicts);
    let passes = |_: Suite, id: &str| {
        let counted = results.get(id.trim_end()).filter(|v| v.outcome != Outcome::Excluded);
        counted.map(|verdict| !verdict.failed())
    };
    let cases = page::counted(|file| read(&args.cases.join(file)), passes)?;
    write(&args.out, &page::page(&cases))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
