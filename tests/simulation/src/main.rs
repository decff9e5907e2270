//! `simulate`: runs the epoch loop on the simulated Kafka from many seeds, or one seed with its trace.

use std::io::{self, Write};
use std::process::ExitCode;

use simulation::counting::Counting;
use simulation::dead_letters::DeadLetters;
use simulation::engine::Engine;
use simulation::joining::Joining;
use simulation::lateness::Lateness;
use simulation::moving::Moving;
use simulation::pointing::Pointing;
use simulation::program::Program;
use simulation::scenario::Scenario;
use simulation::seeds::{Seeds, Summary, run_seed, run_seeds};
use simulation::toy::{Flaw, Toy};

const USAGE: &str = "\
usage: simulate [--seeds N] [--from S] [--threads T]   N seeds from S (default 10000 from 0)
       simulate --seed X [--trace]                     one seed, with its whole trace
       … --subject engine|dead-letters|lateness|counting|merging|joining|moving|pointing|toy|toy:FLAW
                                                       what is tested (default: all but toys, of one seed: engine)
exit code: 0 no violation, 1 violations, 2 wrong arguments";
/// Failed seeds that are told with a part of their trace.
const TOLD_MAX: usize = 3;
/// Trace lines that are told of a failed seed.
const TRACE_TAIL: usize = 60;

struct Arguments {
    seeds: Seeds,
    seed: Option<u64>,
    trace: bool,
    subjects: Vec<Subject>,
}

/// What is tested, and its name.
type Subject = (String, &'static dyn Program);

/// The subjects that must hold.
const SUBJECTS: [&str; 8] =
    ["engine", "dead-letters", "lateness", "counting", "merging", "joining", "moving", "pointing"];

fn main() -> ExitCode {
    let Some(arguments) = parse(std::env::args().skip(1)) else {
        let _ = writeln!(io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    };
    let mut out = io::stdout().lock();
    let passed = match arguments.seed {
        Some(seed) => one(&mut out, seed, &arguments),
        None => all(&mut out, &arguments),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut arguments =
        Arguments { seeds: Seeds { from: 0, count: 10_000, threads }, seed: None, trace: false, subjects: Vec::new() };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => arguments.seeds.count = words.next()?.parse().ok()?,
            "--from" => arguments.seeds.from = words.next()?.parse().ok()?,
            "--threads" => arguments.seeds.threads = words.next()?.parse().ok()?,
            "--seed" => arguments.seed = Some(words.next()?.parse().ok()?),
            "--trace" => arguments.trace = true,
            "--subject" => {
                let name = words.next()?;
                arguments.subjects.push((name.clone(), subject(&name)?));
            }
            _ => return None,
        }
    }
    if arguments.subjects.is_empty() {
        let named = SUBJECTS.iter().filter_map(|name| Some(((*name).to_owned(), subject(name)?)));
        arguments.subjects = named.take(if arguments.seed.is_some() { 1 } else { SUBJECTS.len() }).collect();
    }
    Some(arguments)
}

fn subject(name: &str) -> Option<&'static dyn Program> {
    match name.split_once(':') {
        None if name == "engine" => Some(&Engine),
        None if name == "dead-letters" => Some(&DeadLetters),
        None if name == "lateness" => Some(&Lateness),
        None if name == "counting" => Some(&Counting { merges: false }),
        None if name == "merging" => Some(&Counting { merges: true }),
        None if name == "joining" => Some(&Joining),
        None if name == "moving" => Some(&Moving),
        None if name == "pointing" => Some(&Pointing),
        None if name == "toy" => Some(&Toy(Flaw::None)),
        Some(("toy", flaw)) => {
            let flaw = Flaw::ALL.iter().find(|(n, _)| *n == flaw)?.1;
            Some(Box::leak(Box::new(Toy(flaw))))
        }
        _ => None,
    }
}

fn one(out: &mut impl Write, seed: u64, arguments: &Arguments) -> io::Result<bool> {
    let Some((_, program)) = arguments.subjects.first() else { return Ok(false) };
    let outcome = run_seed(seed, *program, true);
    writeln!(out, "{:#?}", Scenario::new(seed))?;
    let skip = if arguments.trace { 0 } else { outcome.trace.len().saturating_sub(TRACE_TAIL) };
    for line in outcome.trace.iter().skip(skip) {
        writeln!(out, "{line}")?;
    }
    for violation in &outcome.violations {
        writeln!(out, "VIOLATION {violation}")?;
    }
    let passed = outcome.violations.is_empty();
    writeln!(out, "seed {seed}: {}", if passed { "passed" } else { "FAILED" })?;
    Ok(passed)
}

fn all(out: &mut impl Write, arguments: &Arguments) -> io::Result<bool> {
    let (mut passed, mut failed) = (0, 0);
    for subject in &arguments.subjects {
        let summary = many(out, arguments.seeds, subject)?;
        passed += summary.passed;
        failed += summary.failed.len();
    }
    if arguments.subjects.len() > 1 {
        writeln!(out, "{passed} passed, {failed} failed")?;
    }
    Ok(failed == 0)
}

fn many(out: &mut impl Write, seeds: Seeds, (name, program): &Subject) -> io::Result<Summary> {
    let summary = run_seeds(seeds, *program);
    for (what, n) in &summary.counts {
        writeln!(out, "{n:>10}  {what}")?;
    }
    for (i, (seed, violations)) in summary.failed.iter().enumerate() {
        writeln!(out, "\nseed {seed} FAILED (again with its trace: simulate --subject {name} --seed {seed} --trace)")?;
        violations.iter().try_for_each(|violation| writeln!(out, "  VIOLATION {violation}"))?;
        if i < TOLD_MAX {
            let trace = run_seed(*seed, *program, true).trace;
            let tail = trace.len().saturating_sub(TRACE_TAIL);
            trace.iter().skip(tail).try_for_each(|line| writeln!(out, "    {line}"))?;
        }
    }
    writeln!(out, "{name}: {} passed, {} failed", summary.passed, summary.failed.len())?;
    Ok(summary)
}
