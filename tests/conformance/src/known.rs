//! The list of cases that are known to fail, each with its reason: it may only shrink.

use std::collections::BTreeMap;

use crate::reason::reason;
use crate::report::{Outcome, Verdict};

/// What parts an id from the reason beside it.
const REASON: &str = "  # ";

/// The cases that fail, with their reasons. Blanks at the end of an id, which some have, do not count.
pub type Known = BTreeMap<String, String>;

/// Reads a list: a case a line.
pub fn read(text: &str) -> Known {
    // An id may have such a mark itself; a reason has none.
    let lines = text.lines().map(|line| line.rsplit_once(REASON).unwrap_or((line, "")));
    lines.filter(|(id, _)| !id.trim().is_empty()).map(|(id, why)| (id.trim_end().to_owned(), why.to_owned())).collect()
}

/// A list as a file.
pub fn write(known: &Known) -> String {
    let line =
        |(id, why): (&String, &String)| if why.is_empty() { format!("{id}\n") } else { format!("{id}{REASON}{why}\n") };
    known.iter().map(line).collect()
}

/// Where results and list disagree, one line each: cases that fail and are not on it, cases on it that pass.
/// Ids on the list that were not run (another file, a filter) do not count.
pub fn disagreements(verdicts: &[Verdict], known: &Known) -> Vec<String> {
    let line = |(id, v): (&str, &Verdict)| match (v.outcome, known.contains_key(id)) {
        (Outcome::Pass, true) => Some(format!("passes, take it off the list: {id}")),
        (Outcome::Pass | Outcome::Excluded, _) | (_, true) => None,
        (outcome, false) => Some(format!("{} and is not on the list: {id}: {}", outcome.name(), v.why)),
    };
    by_id(verdicts).into_iter().filter_map(line).collect()
}

/// The list as it should be after these results: cases that were not run stay as they are.
pub fn update(verdicts: &[Verdict], known: &Known) -> Known {
    let mut updated = known.clone();
    for (id, verdict) in by_id(verdicts) {
        if verdict.failed() {
            updated.insert(id.to_owned(), reason(verdict.outcome, &verdict.why));
        } else {
            updated.remove(id);
        }
    }
    updated
}

/// Results by id. A few cases share one: it passes when all of them do.
pub fn by_id(verdicts: &[Verdict]) -> BTreeMap<&str, &Verdict> {
    let mut found: BTreeMap<&str, &Verdict> = BTreeMap::new();
    for verdict in verdicts {
        let entry = found.entry(verdict.id.trim_end()).or_insert(verdict);
        if verdict.failed() {
            *entry = verdict;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(id: &str, outcome: Outcome) -> Verdict {
        Verdict { id: id.into(), outcome, why: "why".into() }
    }

    #[test]
    fn only_new_failures_and_new_successes_disagree() {
        let verdicts = [
            verdict("a", Outcome::Pass),
            verdict("b", Outcome::Fail),
            verdict("c", Outcome::Pass),
            verdict("d", Outcome::Timeout),
            verdict("e", Outcome::Excluded),
            verdict("twice", Outcome::Fail),
            verdict("twice", Outcome::Pass),
        ];
        let known = read("b\nc  # a reason\ntwice\ntwo  blanks \n");
        assert!(known.contains_key("two  blanks"));
        let found = disagreements(&verdicts, &known);
        assert_eq!(found, ["passes, take it off the list: c", "timeout and is not on the list: d: why"]);
        let updated = update(&verdicts, &known);
        let ids: Vec<&str> = updated.keys().map(String::as_str).collect();
        assert_eq!(ids, ["b", "d", "twice", "two  blanks"]);
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let text = "a # 1  # of #2  # needs JOIN\nb\n";
        let known = read(text);
        assert_eq!(known.get("a # 1  # of #2").map(String::as_str), Some("needs JOIN"));
        assert_eq!(write(&known), text);
    }
}
