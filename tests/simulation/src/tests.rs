//! Tests of the harness itself: it accepts what is right, finds what is wrong, and repeats itself from a seed.

use millstream_engine::sim::Call;

use crate::counting::Counting;
use crate::dead_letters::DeadLetters;
use crate::engine::Engine;
use crate::joining::Joining;
use crate::lateness::Lateness;
use crate::moving::Moving;
use crate::pointing::Pointing;
use crate::program::Program;
use crate::seeds::{Seeds, run_seed, run_seeds};
use crate::toy::{Flaw, Toy};

const THREADS: usize = 2;

fn assert_passes(program: &'static dyn Program, count: u64) -> std::collections::BTreeMap<String, u64> {
    let summary = run_seeds(Seeds { from: 0, count, threads: THREADS }, program);
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    assert_eq!(summary.passed, count);
    summary.counts
}

#[test]
fn engine_holds_its_promises() {
    assert_passes(&Engine, 300);
}

#[test]
fn records_that_cannot_be_read_are_put_away_once() {
    let counts = assert_passes(&DeadLetters, 200);
    assert!(counts.contains_key("fault: crash after commit"), "never happened");
}

#[test]
fn records_that_come_late_are_put_away_once() {
    let counts = assert_passes(&Lateness, 200);
    assert!(counts.contains_key("fault: crash after commit"), "never happened");
}

#[test]
fn what_is_kept_is_kept_once() {
    let counts = assert_passes(&Counting { merges: false }, 300);
    for what in [
        "took its name back",
        "fault: replaced poll",
        "fault: crash before restore",
        "fault: crash after commit",
        "fault: lost ack commit",
        "local copy made",
        "local copy found",
        "local copy worth nothing",
        "state went to disk",
        "state was found on disk",
    ] {
        assert!(counts.contains_key(what), "never happened: {what}");
    }
}

#[test]
fn updates_that_leave_as_one_are_all_in_it() {
    let counts = assert_passes(&Counting { merges: true }, 200);
    assert!(counts.contains_key("fault: crash after commit"), "never happened");
}

#[test]
fn inputs_that_are_merged_are_joined_once() {
    let counts = assert_passes(&Joining, 300);
    for what in ["fault: crash after restore", "fault: crash midway commit", "partitions lost", "outage"] {
        assert!(counts.contains_key(what), "never happened: {what}");
    }
}

#[test]
fn rows_that_move_between_parts_are_counted_once() {
    let counts = assert_passes(&Moving, 300);
    for what in [
        "fault: crash after restore",
        "fault: crash midway commit",
        "replaced while frozen",
        "transaction aborted by a newer producer",
        "transaction timed out",
    ] {
        assert!(counts.contains_key(what), "never happened: {what}");
    }
}

#[test]
fn rows_that_point_elsewhere_are_not_overtaken_by_what_they_were() {
    let counts = assert_passes(&Pointing, 150);
    for what in ["fault: crash after restore", "fault: crash midway commit", "replaced while frozen", "partitions lost"]
    {
        assert!(counts.contains_key(what), "never happened: {what}");
    }
}

#[test]
fn right_toy_is_accepted_and_every_call_is_struck() {
    let counts = assert_passes(&Toy(Flaw::None), 1_000);
    // The toy keeps nothing.
    for call in Call::ALL.into_iter().filter(|call| *call != Call::Restore) {
        for fault in ["crash before", "crash after", "stall"] {
            let what = format!("fault: {fault} {}", call.name());
            assert!(counts.contains_key(&what), "never happened: {what}");
        }
    }
    for what in [
        "commit refused: FENCED_INSTANCE_ID",
        "commit refused: ILLEGAL_GENERATION",
        "commit refused: UNKNOWN_MEMBER_ID",
        "fault: crash midway commit",
        "fault: fenced commit",
        "fault: lost ack commit",
        "fault: refused commit",
        "offset fetch waits for a transaction",
        "outage",
        "partitions lost",
        "replaced while frozen",
        "session expired",
        "transaction aborted by a newer producer",
        "transaction timed out",
    ] {
        assert!(counts.contains_key(what), "never happened: {what}");
    }
}

#[test]
fn every_flaw_is_found() {
    for (name, flaw) in Flaw::ALL {
        let program: &'static Toy = Box::leak(Box::new(Toy(flaw)));
        let found = (0..1_000).find(|&seed| !run_seed(seed, program, false).violations.is_empty());
        assert!(found.is_some(), "{name} was not found");
    }
}

#[test]
fn seed_repeats_itself_with_and_without_a_trace() {
    for seed in 0..10 {
        let (one, two) = (run_seed(seed, &Engine, true), run_seed(seed, &Engine, true));
        assert!(one.trace.len() > 50);
        assert_eq!(one.trace, two.trace, "seed {seed}");
        assert_eq!(one.counts, run_seed(seed, &Engine, false).counts, "seed {seed}");
    }
}
