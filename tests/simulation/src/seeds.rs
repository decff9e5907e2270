//! Many seeds on a few threads, with what happened in all of them added up.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::program::Program;
use crate::run::{Outcome, run};
use crate::scenario::Scenario;

/// Failed seeds after which the rest is not run any more.
pub const FAILURES_MAX: usize = 20;

/// Which seeds to run.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    /// The first one.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// On how many threads.
    pub threads: usize,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds without a violation.
    pub passed: u64,
    /// Seeds with violations, in order.
    pub failed: BTreeMap<u64, Vec<String>>,
    /// What happened how often, in all of them.
    pub counts: BTreeMap<String, u64>,
}

/// One seed; a panic is a violation.
pub fn run_seed(seed: u64, program: &'static dyn Program, trace: bool) -> Outcome {
    let scenario = program.suited(Scenario::new(seed));
    catch_unwind(AssertUnwindSafe(|| run(&scenario, program, trace))).unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        let text = text.or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
        Outcome { violations: vec![format!("panicked: {text}")], counts: BTreeMap::new(), trace: Vec::new() }
    })
}

/// Runs seeds until they are done or [`FAILURES_MAX`] failed.
pub fn run_seeds(seeds: Seeds, program: &'static dyn Program) -> Summary {
    let next = AtomicU64::new(seeds.from);
    let end = seeds.from.saturating_add(seeds.count);
    let summary = Mutex::new(Summary::default());
    let lock = || summary.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..seeds.threads.max(1) {
            scope.spawn(|| {
                let mut counts: BTreeMap<String, u64> = BTreeMap::new();
                let mut passed = 0;
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || lock().failed.len() >= FAILURES_MAX {
                        break;
                    }
                    let outcome = run_seed(seed, program, false);
                    outcome.counts.into_iter().for_each(|(what, n)| *counts.entry(what).or_default() += n);
                    if outcome.violations.is_empty() {
                        passed += 1;
                    } else {
                        lock().failed.insert(seed, outcome.violations);
                    }
                }
                let mut summary = lock();
                summary.passed += passed;
                counts.into_iter().for_each(|(what, n)| *summary.counts.entry(what).or_default() += n);
            });
        }
    });
    summary.into_inner().unwrap_or_else(PoisonError::into_inner)
}
