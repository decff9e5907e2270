//! The development cases against the list of known failures, which may only shrink.

use std::path::Path;
use std::thread::available_parallelism;

use conformance::fairness::Fairness;
use conformance::report::Counts;
use conformance::{case, known, pool};

#[test]
fn what_fails_is_on_the_list_and_what_is_on_the_list_fails() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("../../../shared/conformance");
    let Ok(cases) = std::fs::read_to_string(folder.join("dev.jsonl")) else {
        println!("SKIPPED: the conformance cases are not beside this checkout");
        return;
    };
    let fairness = std::fs::read_to_string(folder.join("fairness-dev.jsonl")).unwrap();
    let list = std::fs::read_to_string(here.join("known-failures.txt")).unwrap();
    let jobs = available_parallelism().map_or(1, usize::from);

    let verdicts = pool::run(case::read(&cases).unwrap(), &Fairness::read(&fairness).unwrap(), jobs);
    let known = known::read(&list);
    let mut found = known::disagreements(&verdicts, &known);
    let ids = verdicts.iter().map(|v| v.id.trim_end()).collect::<std::collections::BTreeSet<_>>();
    found.extend(known.iter().filter(|id| !ids.contains(id.as_str())).map(|id| format!("no such case: {id}")));
    assert!(list.lines().is_sorted(), "known-failures.txt is not sorted");
    assert!(found.is_empty(), "{}\n{}", found.join("\n"), Counts::of(&verdicts));
}
