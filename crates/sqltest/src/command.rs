//! `millstream test`: runs what the paths hold and says what failed, where, and how.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};

use crate::cut::{self, SqlTest, Step, StepKind};
use crate::failure::{Difference, Failure, Kind};
use crate::find::{Found, TripleFiles, find};
use crate::isolate::{Lost, isolated};
use crate::test::{self, Failed, Place};
use crate::triple::Triple;

/// Everything passed.
pub const EXIT_OK: u8 = 0;
/// A test failed.
pub const EXIT_FAILED: u8 = 1;
/// The call itself is wrong, or there is nothing to run.
pub const EXIT_USAGE: u8 = 2;

/// How long one test may take.
const TEST_TIME_MAX: Duration = Duration::from_secs(60);

/// What `millstream test` is asked to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestOptions {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// A triple whose files were named one by one.
    pub triple: Option<TripleFiles>,
    /// Only tests whose name contains this.
    pub filter: Option<String>,
}

/// Runs tests one after another and prints results to `out`, what is wrong with the call to `err`. Returns the process's
/// exit code.
pub fn run(options: &TestOptions, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match tell_all(options, out) {
        Ok(Some(Counts { failed: 0, .. })) => EXIT_OK,
        Ok(Some(_)) => EXIT_FAILED,
        Ok(None) => {
            drop(writeln!(err, "millstream test: there is no test."));
            EXIT_USAGE
        }
        Err(Stop::Usage(e)) => {
            drop(writeln!(err, "millstream test: {e}"));
            EXIT_USAGE
        }
        // Whoever read the results has seen enough.
        Err(Stop::OutputClosed) => EXIT_OK,
    }
}

/// Why not all was run.
enum Stop {
    Usage(String),
    OutputClosed,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::OutputClosed
    }
}

#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    failed: usize,
}

/// Runs all; the counts unless there is nothing.
fn tell_all(options: &TestOptions, out: &mut dyn Write) -> Result<Option<Counts>, Stop> {
    let mut found: Vec<Found> = options.triple.iter().cloned().map(Found::Triple).collect();
    for path in &options.paths {
        found.extend(find(path).map_err(Stop::Usage)?);
    }
    let mut teller = Teller { out, counts: Counts::default(), filter: options.filter.as_deref() };
    for found in &found {
        match found {
            Found::Tests(path, below) => teller.tests(path, *below)?,
            Found::Triple(files) => teller.triple(files)?,
        }
    }
    let Teller { counts, .. } = teller;
    if counts.passed + counts.failed == 0 {
        return Ok(None);
    }
    writeln!(out, "{} passed, {} failed", counts.passed, counts.failed)?;
    Ok(Some(counts))
}

/// Runs and prints.
struct Teller<'a> {
    out: &'a mut dyn Write,
    counts: Counts,
    filter: Option<&'a str>,
}

impl Teller<'_> {
    fn wanted(&self, name: &str) -> bool {
        self.filter.is_none_or(|part| name.contains(part))
    }

    /// A file of tests. One without any is an error when it was named itself.
    fn tests(&mut self, path: &Path, below: bool) -> Result<(), Stop> {
        let text = read(path)?;
        let tests = match cut::tests(&text) {
            Ok(tests) => tests,
            // A script or pipeline among tests, maybe one that they run.
            Err(_) if below && cut::is_script(&text) => return Ok(()),
            Err((line, e)) => {
                self.counts.failed += 1;
                return Ok(writeln!(self.out, "FAIL {}\n  {}:{line}: {e}", path.display(), path.display())?);
            }
        };
        if tests.is_empty() && !below {
            return Err(Stop::Usage(format!("{}: no test; one begins with a line `--@test: name`", path.display())));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        for test in &tests {
            if !self.wanted(&test.name) {
                continue;
            }
            let place = Place { folder: folder.clone(), now_ms: SystemClock::new().now_ms() };
            let (name, shared) = (test.name.clone(), test.clone());
            let failed = match isolated(&name, TEST_TIME_MAX, move || test::run(&shared, &place)) {
                Ok(Ok(())) => None,
                Ok(Err(failed)) => Some(failed),
                Err(lost) => Some(Failed { step: None, failure: Box::new(of_lost(&lost)) }),
            };
            self.tell(&format!("{}: {name}", path.display()), failed.is_none())?;
            if let Some(failed) = failed {
                self.failed(path, &text, test, &failed)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, what: &str, passed: bool) -> Result<(), Stop> {
        *(if passed { &mut self.counts.passed } else { &mut self.counts.failed }) += 1;
        Ok(writeln!(self.out, "{} {what}", if passed { "ok  " } else { "FAIL" })?)
    }

    /// The line that failed, and why.
    fn failed(&mut self, path: &Path, text: &str, test: &SqlTest, failed: &Failed) -> Result<(), Stop> {
        let line = failed.step.as_ref().map_or(test.line, Step::line);
        let shown = match failed.step.as_ref().map(|step| &step.kind) {
            Some(StepKind::Statement(statement)) => statement.as_str(),
            _ => text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim(),
        };
        // All lines of a statement stand below each other.
        let shown = shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n  ");
        writeln!(self.out, "  {}:{line}\n  {shown}", path.display())?;
        self.why(&failed.failure)
    }

    fn why(&mut self, failure: &Failure) -> Result<(), Stop> {
        for line in failure.message.lines() {
            writeln!(self.out, "    {line}")?;
        }
        if let Some(Difference { expected, actual }) = &failure.difference {
            writeln!(self.out, "    expected  {expected}\n    actual    {actual}")?;
        }
        Ok(())
    }

    fn triple(&mut self, files: &TripleFiles) -> Result<(), Stop> {
        let name = files.sql.display().to_string();
        if !self.wanted(&name) {
            return Ok(());
        }
        let input = files.input.as_deref().map(read).transpose()?;
        let now_ms = SystemClock::new().now_ms();
        let result = match Triple::read(&read(&files.sql)?, input.as_deref(), &read(&files.output)?) {
            Ok(triple) => match isolated(&name, TEST_TIME_MAX, move || triple.run(now_ms)) {
                Ok(result) => result,
                Err(lost) => Err(of_lost(&lost)),
            },
            Err(malformed) => Err(Failure::new(Kind::Test, malformed)),
        };
        self.tell(&name, result.is_ok())?;
        match result {
            // The words that scripts around `ksql-test-runner` look for.
            Ok(()) => Ok(writeln!(self.out, "  Test passed!")?),
            Err(failure) => {
                writeln!(self.out, "  Test failed: {}", failure.message.lines().next().unwrap_or_default())?;
                self.why(&failure)
            }
        }
    }
}

fn of_lost(lost: &Lost) -> Failure {
    let message = match lost {
        Lost::Panicked(words) => format!("Millstream itself failed: {words}"),
        Lost::TimedOut(limit) => format!("It took longer than {limit:?}."),
    };
    Failure::new(Kind::Test, message)
}

fn read(path: &Path) -> Result<String, Stop> {
    fs::read_to_string(path).map_err(|e| Stop::Usage(format!("{}: {e}", path.display())))
}
