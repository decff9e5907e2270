//! A short run: no violation, and deep enough to mean something.

use sql_fuzz::{Options, run};

/// Texts of the run.
const TEXTS: u64 = 10_000;

#[test]
fn a_short_run_finds_nothing() {
    let options = Options { seed: 7, texts: TEXTS, only: None, threads: 2, tape: None };
    let tally = run(&options).unwrap();
    println!("{}", tally.line());
    assert!(tally.texts >= TEXTS);
    // Where these are few, statements are refused before anything is tried.
    assert!(tally.planned > TEXTS / 20, "{}", tally.line());
    assert!(tally.refused > TEXTS / 5 && tally.damaged_read > TEXTS / 50, "{}", tally.line());
}
