//! The list of cases that are known to fail: it may only shrink.

use std::collections::BTreeSet;

use crate::report::{Outcome, Verdict};

/// What parts an id from a remark on it.
const REMARK: &str = "  # ";

/// The ids of a list, one a line; blanks at the end of an id, which some have, do not count.
pub fn read(text: &str) -> BTreeSet<String> {
    let ids = text.lines().map(|line| line.split(REMARK).next().unwrap_or_default().trim_end());
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Where results and list disagree, one line each: cases that fail and are not on it, cases on it that pass.
/// Ids on the list that were not run (another file, a filter) do not count.
pub fn disagreements(verdicts: &[Verdict], known: &BTreeSet<String>) -> Vec<String> {
    let line = |v: &Verdict| match (v.outcome, known.contains(v.id.trim_end())) {
        (Outcome::Pass, true) => Some(format!("passes, take it off the list: {}", v.id)),
        (Outcome::Pass | Outcome::Excluded, _) | (_, true) => None,
        (outcome, false) => Some(format!("{} and is not on the list: {}: {}", outcome.name(), v.id, v.why)),
    };
    verdicts.iter().filter_map(line).collect()
}

/// The list as it should be after these results.
pub fn list(verdicts: &[Verdict]) -> String {
    let failing = verdicts.iter().filter(|v| !matches!(v.outcome, Outcome::Pass | Outcome::Excluded));
    let ids: BTreeSet<&str> = failing.map(|v| v.id.trim_end()).collect();
    ids.into_iter().map(|id| format!("{id}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_failures_and_new_successes_disagree() {
        let verdict = |id: &str, outcome| Verdict { id: id.into(), outcome, why: "why".into() };
        let verdicts = [
            verdict("a", Outcome::Pass),
            verdict("b", Outcome::Fail),
            verdict("c", Outcome::Pass),
            verdict("d", Outcome::Timeout),
            verdict("e", Outcome::Excluded),
        ];
        assert!(read("two  blanks \n").contains("two  blanks"));
        let found = disagreements(&verdicts, &read("b\nc  # a reason\ntwo  blanks \n"));
        assert_eq!(found, ["passes, take it off the list: c", "timeout and is not on the list: d: why"]);
        assert_eq!(list(&verdicts), "b\nd\n");
    }
}
