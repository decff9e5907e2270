//! Which properties a WITH clause may have.

use millstream_sql::Diagnostic;
use millstream_sql::ast::Property;

use super::Clause;
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

/// Checks that every property is known and there only once.
pub(super) fn check(with: &[Property], clause: Clause, findings: &mut Vec<Diagnostic>) {
    for (i, property) in with.iter().enumerate() {
        if with.iter().take(i).any(|p| p.name == property.name) {
            let message = format!("Duplicate property in the WITH clause: {}", property.name);
            findings.push(Diagnostic::at(property.span, message));
        }
    }
    let known = || COMMON.into_iter().chain(SOURCE_ONLY.into_iter().filter(|_| clause == Clause::Source));
    let unknown: Vec<&Property> = with.iter().filter(|p| !known().any(|name| name == p.name)).collect();
    if let Some(first) = unknown.first() {
        let names: Vec<&str> = unknown.iter().map(|p| p.name.as_str()).collect();
        let message = format!("Invalid config variable(s) in the WITH clause: {}", names.join(","));
        let hint = did_you_mean(&first.name, known());
        findings.push(Diagnostic { hint, ..Diagnostic::at(first.span, message) });
    }
}
