//! A short run: no difference, and enough of everything to mean something.

use oracle::{Options, run};

/// Cases of the run.
const CASES: u64 = 480;

#[test]
fn a_short_run_finds_no_difference() {
    let options = Options { seed: 7, cases: CASES, only: None, shape: None, threads: 2 };
    let tally = run(&options).unwrap();
    println!("{}", tally.lines());
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    // Where the planner refuses what is drawn, or the model has no rows, nothing is tried.
    assert_eq!(tally.passed(), CASES, "{:?}", tally.refused);
    assert!(tally.held.len() == 19 && tally.held.values().all(|count| *count >= CASES / 60), "{:?}", tally.held);
    assert!(tally.rows > CASES * 8 && tally.drivings > CASES * 4, "{}", tally.lines());
}

#[test]
fn a_shape_that_does_not_exist_is_refused() {
    let options = Options { seed: 7, cases: 1, only: None, shape: Some("joins".into()), threads: 1 };
    assert!(run(&options).unwrap_err().contains("there are: project"));
}
