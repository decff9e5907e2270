//! `CREATE [OR REPLACE] STREAM|TABLE … (columns) WITH (…)`: a source over a topic.

use std::sync::Arc;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{CreateSource, SourceKind};

use super::existing::{Name, check_name, noun};
use super::properties::{Clause, Properties};
use super::{columns, formats, timestamp};
use crate::{Catalog, Plan, Settings, Source};

/// Plans CREATE STREAM and CREATE TABLE.
pub(super) fn plan(
    create: &CreateSource,
    text: &str,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    let replaced =
        match check_name(&create.name, create.kind, (create.or_replace, create.if_not_exists), catalog, findings) {
            Name::Free => None,
            Name::Replaced(existing) => Some(existing),
            Name::Done(plan @ Some(_)) => return plan,
            Name::Done(None) => None,
        };
    let properties = Properties::read(&create.with, Clause::Source, findings);
    let schema = columns::declared(create, findings);
    let timestamp = timestamp::of(&properties, &schema, findings);
    let key_window = properties.window.as_ref().map(|g| g.value);
    if properties.topic.is_none() && !create.with.iter().any(|p| p.name == "KAFKA_TOPIC") {
        let message = "Missing required property \"KAFKA_TOPIC\" which has no default value.";
        findings.push(Diagnostic::at(create.name.span, message));
    }
    if let Some(window) = &properties.window
        && schema.key_count() == 0
    {
        findings.push(Diagnostic::at(window.span, "Windowed sources require a key column."));
    }
    if create.kind == SourceKind::Table
        && key_window.is_none()
        && let Some(retention) = &properties.retention_ms
    {
        findings.push(Diagnostic::at(retention.span, "Non-windowed tables do not support retention."));
    }
    let (key_format, value_format) = formats::of_source(&properties, &schema, settings, create.name.span, findings)?;
    let topic = &properties.topic.as_ref()?.value;
    let source = Source {
        name: create.name.value.clone(),
        kind: create.kind,
        topic: topic.clone(),
        key_format,
        value_format,
        key_window,
        schema,
        timestamp,
        statement: text.to_owned(),
        partitions: properties.partitions,
        reads: vec![],
        query_id: None,
    };
    if let Some(existing) = replaced
        && let Some(finding) = refusal(existing, &source, create)
    {
        findings.push(finding);
    }
    Some(Plan::CreateSource { topic: properties.topic_spec(topic), source: Arc::new(source) })
}

/// Why `new` cannot take the place of `old`: topic, formats, time and keys must stay, and every column with its place;
/// columns may only be appended.
fn refusal(old: &Source, new: &Source, create: &CreateSource) -> Option<Diagnostic> {
    let refuse = |what: &str, from: String, to: String| {
        let message = format!(
            "Cannot upgrade data source: DataSource '`{}`' has {what} = {from} which is not upgradeable to {to}",
            old.name
        );
        Some(Diagnostic::at(create.name.span, message))
    };
    if !old.reads.is_empty() {
        let message = format!("Cannot replace {} '{}': it is fed by a query.", noun(old.kind), old.name);
        return Some(
            Diagnostic::at(create.name.span, message).hint("Use CREATE OR REPLACE … AS SELECT, or drop it first."),
        );
    }
    if old.topic != new.topic {
        return refuse("topic", old.topic.clone(), new.topic.clone());
    }
    for (what, from, to) in
        [("key format", old.key_format, new.key_format), ("value format", old.value_format, new.value_format)]
    {
        if from != to {
            return refuse(what, from.format.to_string(), to.format.to_string());
        }
    }
    let none = || "none".to_owned();
    let window = |s: &Source| s.key_window.map_or_else(none, |w| w.name().to_owned());
    if old.key_window != new.key_window {
        return refuse("window", window(old), window(new));
    }
    let shown = |s: &Source| s.timestamp.as_ref().map_or_else(none, |t| t.column.clone());
    if old.timestamp != new.timestamp {
        return refuse("timestamp column", shown(old), shown(new));
    }
    let kept = old.schema.keys() == new.schema.keys()
        && new.schema.values().starts_with(old.schema.values())
        && new.schema.headers().starts_with(old.schema.headers());
    if !kept {
        return refuse("schema", old.schema.to_string(), new.schema.to_string());
    }
    None
}
