//! Which properties a WITH clause may have.

use millstream_sql::Diagnostic;
use millstream_sql::ast::Property;

use super::Clause;
use super::on_error::{DEAD_LETTER_TOPIC, ON_ERROR};
use crate::Dialect;
use crate::suggest::did_you_mean;

/// Properties of sources and sinks.
const COMMON: [&str; 20] = [
    "KAFKA_TOPIC",
    "PARTITIONS",
    "REPLICAS",
    "RETENTION_MS",
    "CLEANUP_POLICY",
    "FORMAT",
    "KEY_FORMAT",
    "VALUE_FORMAT",
    "KEY_DELIMITER",
    "VALUE_DELIMITER",
    "WRAP_SINGLE_VALUE",
    "TIMESTAMP",
    "TIMESTAMP_FORMAT",
    "KEY_SCHEMA_ID",
    "VALUE_SCHEMA_ID",
    "KEY_SCHEMA_FULL_NAME",
    "VALUE_SCHEMA_FULL_NAME",
    "VALUE_AVRO_SCHEMA_FULL_NAME",
    "KEY_PROTOBUF_NULLABLE_REPRESENTATION",
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION",
];

/// Properties of sources alone.
const SOURCE_ONLY: [&str; 3] = ["WINDOW_TYPE", "WINDOW_SIZE", "SOURCED_BY_CONNECTOR"];

/// The same, with extensions.
const SOURCE_EXTENDED: [&str; 4] = ["WINDOW_TYPE", "WINDOW_SIZE", "SOURCED_BY_CONNECTOR", TTL];

/// How long rows of a table are kept that do not change; an extension.
pub(super) const TTL: &str = "TTL";

/// Where the query of a sink starts; an extension.
pub(in crate::statement) const START: &str = "START";

/// Checks that every property is known and there only once.
pub(super) fn check(with: &[Property], clause: Clause, dialect: Dialect, findings: &mut Vec<Diagnostic>) {
    let clauses_own = match (clause, dialect) {
        (Clause::Source, Dialect::Ksql) => &SOURCE_ONLY[..],
        (Clause::Source, Dialect::Extended) => &SOURCE_EXTENDED[..],
        (Clause::Sink, Dialect::Extended) => &[START, TTL, ON_ERROR, DEAD_LETTER_TOPIC],
        (Clause::Sink, Dialect::Ksql) => &[],
    };
    let known: Vec<&str> = COMMON.iter().chain(clauses_own).copied().collect();
    duplicates(with, findings);
    findings.extend(unknown(with, &known));
}

/// Properties that are there more than once.
pub(in crate::statement) fn duplicates(with: &[Property], findings: &mut Vec<Diagnostic>) {
    for (i, property) in with.iter().enumerate() {
        if with.iter().take(i).any(|p| p.name == property.name) {
            let message = format!("Duplicate property in the WITH clause: {}", property.name);
            findings.push(Diagnostic::at(property.span, message));
        }
    }
}

/// Properties that are none of the `known`.
pub(in crate::statement) fn unknown(with: &[Property], known: &[&str]) -> Option<Diagnostic> {
    let unknown: Vec<&Property> = with.iter().filter(|p| !known.contains(&p.name.as_str())).collect();
    let first = unknown.first()?;
    let names: Vec<&str> = unknown.iter().map(|p| p.name.as_str()).collect();
    let message = format!("Invalid config variable(s) in the WITH clause: {}", names.join(","));
    let hint = did_you_mean(&first.name, known.iter().copied());
    Some(Diagnostic { hint, ..Diagnostic::at(first.span, message) })
}
