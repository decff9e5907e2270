//! Whether a topic is as WITH says. What partitions and replicas it has and what it keeps is settled when it is made: no
//! statement changes it, and ksqlDB refuses one that asks for something else.

use std::collections::BTreeMap;

use millstream_sql::Statement;
use millstream_sql::ast::{Property, StatementKind};

use super::sameness::Difference;
use crate::check::Described;
use crate::current::{Current, CurrentSource, TopicShape};

/// What is settled with the topic: the entry of WITH, and what a difference calls it.
const PARTITIONS: (&str, &str) = ("PARTITIONS", "partitions");
const REPLICAS: (&str, &str) = ("REPLICAS", "replicas");
const KEPT: [(&str, &str); 2] = [("RETENTION_MS", "retention"), ("CLEANUP_POLICY", "cleanup")];
/// What a source is compared by elsewhere.
const ELSEWHERE: [&str; 14] = [
    "KAFKA_TOPIC",
    "FORMAT",
    "KEY_FORMAT",
    "VALUE_FORMAT",
    "KEY_DELIMITER",
    "VALUE_DELIMITER",
    "WRAP_SINGLE_VALUE",
    "TIMESTAMP",
    "TIMESTAMP_FORMAT",
    "WINDOW_TYPE",
    "WINDOW_SIZE",
    "QUERY_ID",
    PARTITIONS.0,
    REPLICAS.0,
];

/// Whether a difference is one of the topic itself.
pub(super) fn is_settled(difference: &Difference) -> bool {
    [PARTITIONS.1, REPLICAS.1].contains(&difference.part) || KEPT.iter().any(|(_, part)| *part == difference.part)
}

/// What a topic is that there is, and what WITH asks for. `existing`: the source of that name, if there is one.
pub(super) fn of_topic(described: &Described, existing: Option<&CurrentSource>, current: &Current) -> Vec<Difference> {
    let with = entries(Some(&described.object.statement));
    let before = entries(existing.and_then(|found| found.statement.as_ref()));
    let mut found = Vec::new();
    let topic = described.source.as_ref().map(|source| source.topic.as_str()).unwrap_or_default();
    if let Some(shape) = current.topics.get(topic) {
        let number = |name: &str| with.get(name).and_then(|value| value.parse::<usize>().ok());
        let removed = before.contains_key(PARTITIONS.0) && !with.contains_key(PARTITIONS.0);
        let inherited = || of_input(described, current).filter(|_| removed).map(|shape| shape.partitions);
        if let Some(wanted) = number(PARTITIONS.0).or_else(inherited).filter(|n| *n != shape.partitions) {
            found.push(Difference::of(PARTITIONS.1, &shape.partitions, &wanted));
        }
        // More than asked for will do.
        if let Some(wanted) = number(REPLICAS.0).filter(|n| shape.replicas > 0 && *n > shape.replicas) {
            found.push(Difference::of(REPLICAS.1, &shape.replicas, &wanted));
        }
    }
    if existing.is_some_and(|found| found.statement.is_some() && found.source.topic == topic) {
        for (name, part) in KEPT {
            let (from, to) = (before.get(name), with.get(name));
            // A server may name what a statement leaves to it.
            if to.is_some() && from != to {
                found.push(Difference { part, from: from.cloned(), to: to.cloned() });
            }
        }
    }
    found
}

/// Entries of WITH that say something of the source itself and are compared nowhere else.
pub(super) fn of_with(existing: &CurrentSource, described: &Described) -> Vec<Difference> {
    let Some(statement) = &existing.statement else { return Vec::new() };
    let (from, to) = (entries(Some(statement)), entries(Some(&described.object.statement)));
    let names: std::collections::BTreeSet<&&str> = from.keys().chain(to.keys()).collect();
    let own = |name: &&&&str| !ELSEWHERE.contains(**name) && !KEPT.iter().any(|(kept, _)| *kept == ***name);
    let mut found = Vec::new();
    for name in names.iter().filter(own) {
        let shown = |value: Option<&String>| value.map(|value| format!("{name} = {value}"));
        let (from, to) = (shown(from.get(**name)), shown(to.get(**name)));
        if from != to {
            found.push(Difference { part: "WITH", from, to });
        }
    }
    found
}

/// The shape that a sink takes over: that of the first topic its query reads.
fn of_input<'c>(described: &Described, current: &'c Current) -> Option<&'c TopicShape> {
    let input = current.sources.get(described.reads.first()?)?;
    current.topics.get(&input.source.topic)
}

/// The entries of a statement's WITH by name, texts without their quotes.
fn entries(statement: Option<&Statement>) -> BTreeMap<&str, String> {
    let with: &[Property] = match statement.map(|statement| &statement.kind) {
        Some(StatementKind::CreateSource(create)) => &create.with,
        Some(StatementKind::CreateAs(create)) => &create.with,
        _ => &[],
    };
    let value = |property: &Property| property.value.to_string().trim_matches('\'').to_owned();
    with.iter().map(|property| (property.name.as_str(), value(property))).collect()
}
