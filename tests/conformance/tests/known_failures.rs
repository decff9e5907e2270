//! The development cases against the list of known failures, which may only shrink.

// clippy.toml allows these in test functions; here the whole crate is one test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use conformance::fairness::{Fairness, Tier};
use conformance::report::Counts;
use conformance::suite::Suite;
use conformance::{known, page, pool};

/// The folder of the cases: named by this variable, else beside the checkout.
const CASES: &str = "MILLSTREAM_CASES";

/// Where the cases are, if they are at hand. A test that cannot look at them says so past the harness, which shows
/// nothing of what a passing test prints.
fn cases(test: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let folder = std::env::var_os(CASES).map_or(beside, PathBuf::from);
    if folder.join("dev.jsonl").exists() {
        return Some(folder);
    }
    let message = format!("SKIPPED {test}: no cases in {}; {CASES} names their folder\n", folder.display());
    std::io::stderr().write_all(message.as_bytes()).unwrap();
    None
}

fn list() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("known-failures.txt")).unwrap()
}

fn check(suite: Suite) {
    let Some(folder) = cases(&format!("the suite {}", suite.name())) else { return };
    let fairness = Fairness::read(&std::fs::read_to_string(folder.join("fairness-dev.jsonl")).unwrap()).unwrap();
    let jobs = suite.jobs_per_processor() * available_parallelism().map_or(1, usize::from);
    let known = known::read(&list());
    let mut verdicts = Vec::new();
    for file in suite.dev_files() {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        verdicts.extend(pool::run(suite.jobs(&text, &fairness).unwrap(), jobs));
    }
    let found = known::disagreements(&verdicts, &known);
    assert!(found.is_empty(), "{}\n{}", found.join("\n"), Counts::of(&verdicts));
}

#[test]
fn qtt_what_fails_is_on_the_list_and_what_is_on_the_list_fails() {
    check(Suite::Qtt);
}

#[test]
fn rest_what_fails_is_on_the_list_and_what_is_on_the_list_fails() {
    check(Suite::Rest);
}

#[test]
fn sql_what_fails_is_on_the_list_and_what_is_on_the_list_fails() {
    check(Suite::Sql);
}

#[test]
fn the_list_is_in_order_and_gives_a_reason_for_every_case_and_names_no_other() {
    let (list, mut known) = (list(), known::Known::new());
    known.extend(known::read(&list));
    assert_eq!(known::write(&known), list, "known-failures.txt is not as --write-known writes it");
    let without: Vec<&String> = known.iter().filter(|(_, why)| why.is_empty()).map(|(id, _)| id).collect();
    assert!(without.is_empty(), "no reason beside {without:?}");
    let Some(folder) = cases("whether the list names cases that there are") else { return };
    let mut ids = BTreeSet::new();
    for suite in Suite::ALL {
        for file in suite.dev_files() {
            let text = std::fs::read_to_string(folder.join(file)).unwrap();
            ids.extend(
                suite.jobs(&text, &Fairness::default()).unwrap().into_iter().map(|job| job.id.trim_end().to_owned()),
            );
        }
    }
    let unknown: Vec<&String> = known.keys().filter(|id| !ids.contains(*id)).collect();
    assert!(unknown.is_empty(), "no such cases: {unknown:?}");
}

/// The list says what the reports say: the tests above hold it to the results.
#[test]
fn the_page_on_compatibility_is_that_of_the_list() {
    let Some(folder) = cases("whether the page is that of the list") else { return };
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|e| e.to_string());
    let fairness = Fairness::read(&read("fairness-dev.jsonl").unwrap()).unwrap();
    let known = known::read(&list());
    let passes = |_: Suite, id: &str| {
        let excluded = fairness.of(id) == Some(Tier::Exclude);
        (!excluded).then(|| !known.contains_key(id.trim_end()))
    };
    let page = page::page(&page::counted(read, passes).unwrap());
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    assert!(std::fs::read_to_string(written).unwrap() == page, "docs/compatibility.md is old: run scripts/conformance");
}
