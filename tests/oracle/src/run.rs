//! A run: many cases on several threads, and what became of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::chance::of_part;
use crate::check::{Outcome, check};
use crate::clock::Stopwatch;
use crate::shape::{SHAPES, draw};

/// Failures after which a run ends.
const FAILURES_MAX: usize = 20;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// What everything is drawn from.
    pub seed: u64,
    /// Cases to draw.
    pub cases: u64,
    /// Only the case of that number.
    pub only: Option<u64>,
    /// Only cases of that shape.
    pub shape: Option<String>,
    /// Threads.
    pub threads: usize,
}

/// What became of the cases of a run.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// By shape: cases that held.
    pub held: BTreeMap<&'static str, u64>,
    /// Rows that the model had.
    pub rows: u64,
    /// How often a query was driven.
    pub drivings: u64,
    /// By reason: how many statements the planner refused.
    pub refused: BTreeMap<String, u64>,
    /// Cases that did not hold: each with its statements and how to see it again.
    pub failures: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

impl Tally {
    /// How many cases held.
    pub fn passed(&self) -> u64 {
        self.held.values().sum()
    }

    /// What became of it all, in lines.
    pub fn lines(&self) -> String {
        let shapes: Vec<String> = self.held.iter().map(|(shape, count)| format!("{shape} {count}")).collect();
        let refused: u64 = self.refused.values().sum();
        format!(
            "{}\n{} drivings, {} rows of the model, {refused} refused, {} s\n{} passed, {} failed",
            shapes.join(", "),
            self.drivings,
            self.rows,
            self.took.as_secs(),
            self.passed(),
            self.failures.len()
        )
    }
}

/// Draws cases and checks each.
///
/// # Errors
/// There is no such shape.
pub fn run(options: &Options) -> Result<Tally, String> {
    let shape = match &options.shape {
        None => None,
        Some(name) => Some(
            *SHAPES
                .iter()
                .find(|shape| *shape == name)
                .ok_or_else(|| format!("no shape `{name}`; there are: {}", SHAPES.join(", ")))?,
        ),
    };
    let since = Stopwatch::start();
    let (next, tally) = (AtomicU64::new(options.only.unwrap_or(0)), Mutex::new(Tally::default()));
    let end = options.only.map_or(options.cases, |only| only + 1);
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let full = |tally: &Mutex<Tally>| lock(tally).failures.len() >= FAILURES_MAX;
                    if number >= end || full(&tally) {
                        return;
                    }
                    one(options, number, shape, &tally);
                }
            });
        }
    });
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.took = since.elapsed();
    Ok(tally)
}

fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

fn one(options: &Options, number: u64, shape: Option<&'static str>, tally: &Mutex<Tally>) {
    let shown = |what: &str| {
        let only = shape.map(|shape| format!(" --shape '{shape}'")).unwrap_or_default();
        format!("{what}\nagain: --seed {} --case {number}{only}", options.seed)
    };
    let drawn = catch_unwind(AssertUnwindSafe(|| draw(of_part(options.seed, number), shape)));
    let Ok(case) = drawn else {
        lock(tally).failures.push(shown("the model panics"));
        return;
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let seed = options.seed.wrapping_mul(31).wrapping_add(number);
        check(&case, seed, None)
    }));
    let mut tally = lock(tally);
    match outcome {
        Ok(Ok(Outcome::Held(rows, drivings))) => {
            *tally.held.entry(case.shape).or_default() += 1;
            tally.rows += rows as u64;
            tally.drivings += drivings as u64;
        }
        Ok(Ok(Outcome::Refused(reason))) => {
            let known = tally.refused.contains_key(&reason) || tally.refused.len() >= 50;
            let key = if known && !tally.refused.contains_key(&reason) { "others".into() } else { reason };
            *tally.refused.entry(key).or_default() += 1;
        }
        Ok(Err(what)) => tally.failures.push(shown(&format!("{}: {}\n{what}", case.shape, case.statements))),
        Err(_) => tally.failures.push(shown(&format!("{}: {}\npanics", case.shape, case.statements))),
    }
}
