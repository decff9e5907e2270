//! What was SET when a query was created, beside what files SET before it now.

use std::collections::{BTreeMap, BTreeSet};

use super::sameness::Difference;

/// The other name of properties of Kafka Streams.
const STREAMS: &str = "ksql.streams.";
/// What a query does not depend on, or what shows in its source: these are no differences of their own.
const OTHERS: [&str; 7] = [
    "ksql.output.topic.name.prefix",
    "ksql.persistence.",
    "ksql.pull.",
    "ksql.query.pull.",
    "ksql.query.push.",
    "ksql.suppress.enabled",
    "ksql.variable.",
];
/// Where a new query starts: one that goes on is not asked.
const START: &str = "auto.offset.reset";

/// What differs between what a query was given and what it would be given; what a server says by itself (`defaults`) need
/// not be said by anybody.
pub(super) fn differences(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
    defaults: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let (from, to) = (named(from), named(to));
    let names: BTreeSet<&str> = from.keys().chain(to.keys()).copied().collect();
    let mut found = Vec::new();
    for name in names.into_iter().filter(|name| !OTHERS.iter().any(|other| name.starts_with(other))) {
        let default = defaults.get(name).or_else(|| defaults.get(&format!("{STREAMS}{name}"))).map(String::as_str);
        let (before, after) = (from.get(name).copied(), to.get(name).copied());
        if before.or(default) != after.or(default) {
            let shown = |value: Option<&str>| value.map(|value| format!("'{name}' = '{value}'"));
            found.push(Difference { part: "SET", from: shown(before), to: shown(after) });
        }
    }
    found
}

/// Whether a difference says only where a new query would start.
pub(crate) fn is_start(difference: &Difference) -> bool {
    let about = |text: &Option<String>| text.as_ref().is_none_or(|text| text.starts_with(&format!("'{START}'")));
    difference.part == "SET" && about(&difference.from) && about(&difference.to)
}

/// Properties by their short names.
fn named(properties: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    properties.iter().map(|(name, value)| (name.strip_prefix(STREAMS).unwrap_or(name), value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_what_holds() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let defaults =
            map(&[("ksql.streams.auto.offset.reset", "latest"), ("processing.guarantee", "exactly_once_v2")]);
        let check = |from: &[(&str, &str)], to: &[(&str, &str)], want: &[(Option<&str>, Option<&str>)]| {
            let found = differences(&map(from), &map(to), &defaults);
            let found: Vec<_> = found.iter().map(|d| (d.from.as_deref(), d.to.as_deref())).collect();
            assert_eq!(found, want);
        };
        let earliest = [("auto.offset.reset", "earliest")];
        check(&earliest, &[("ksql.streams.auto.offset.reset", "earliest")], &[]);
        check(&[], &[("auto.offset.reset", "latest")], &[]);
        check(&[], &earliest, &[(None, Some("'auto.offset.reset' = 'earliest'"))]);
        check(
            &[("processing.guarantee", "at_least_once")],
            &[("ksql.persistence.default.format.value", "JSON")],
            &[(Some("'processing.guarantee' = 'at_least_once'"), None)],
        );
        let start = differences(&map(&earliest), &map(&[]), &defaults);
        assert!(start.iter().all(is_start) && start.len() == 1);
    }
}
