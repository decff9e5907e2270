//! CREATE OR REPLACE: what may take the place of what.
//!
//! A source keeps its topic, its formats, its time and its columns; columns may only be appended. A query keeps
//! what its state depends on (ksqlDB's "enforcing" steps: source, PARTITION BY, GROUP BY, aggregates), while filters and
//! projections may come, change and go. The same group goes on from its committed offsets.

mod shape;

use millstream_sql::ast::SourceKind;
use millstream_sql::{Diagnostic, Span};
use millstream_types::Column;

use super::existing::noun;
use crate::{Catalog, Source};

/// Why a declared source cannot take the place of `old`.
pub(super) fn check_source(old: &Source, new: &Source, span: Span) -> Option<Diagnostic> {
    if !old.reads.is_empty() || old.late_of.is_some() {
        let message = format!("Cannot replace {} '{}': it is fed by a query.", noun(old.kind), old.name);
        return Some(Diagnostic::at(span, message).hint("Use CREATE OR REPLACE … AS SELECT, or drop it first."));
    }
    unlike(old, new).map(|message| Diagnostic::at(span, message))
}

/// Why a sink with its query cannot take the place of `old`.
pub(super) fn check_sink(old: &Source, new: &Source, catalog: &Catalog, span: Span) -> Option<Diagnostic> {
    if let Some(of) = &old.late_of {
        let message = format!("Cannot replace stream '{}': it takes the late records of {of}.", old.name);
        return Some(Diagnostic::at(span, message).hint("Drop it first."));
    }
    let reason = unlike(old, new).or_else(|| {
        let (from, to) = (old.query.as_ref()?, new.query.as_ref()?);
        shape::difference(from, to, catalog)
    });
    reason.map(|message| Diagnostic::at(span, message))
}

/// Why late rows cannot go on into `old` as those of `new`.
pub(super) fn check_late(old: &Source, new: &Source, span: Span) -> Option<Diagnostic> {
    unlike(old, new).map(|message| Diagnostic::at(span, message))
}

/// What must stay the same about a source and does not: all of it, in ksqlDB's words.
fn unlike(old: &Source, new: &Source) -> Option<String> {
    let columns = changed(old, new);
    let differ = [
        old.kind != new.kind,
        old.topic != new.topic,
        old.key_format != new.key_format,
        old.value_format != new.value_format,
        old.key_window != new.key_window,
        old.ttl != new.ttl,
        old.timestamp != new.timestamp,
        columns.is_some(),
    ];
    let issues = facts(old).into_iter().zip(facts(new)).zip(differ).filter(|(_, differ)| *differ);
    let issues = issues.map(|(((what, from), (_, to)), _)| {
        format!("DataSource '`{}`' has {what} = {from} which is not upgradeable to {to}", old.name)
    });
    let issues: Vec<String> = issues.collect();
    let columns = columns.map(|reason| format!(". ({reason})")).unwrap_or_default();
    (!issues.is_empty()).then(|| format!("Cannot upgrade data source: {}{columns}", issues.join("\n\tAND ")))
}

/// What must stay the same about a source, each under its name; the columns last.
fn facts(source: &Source) -> [(&'static str, String); 8] {
    let none = || "none".to_owned();
    let data_type = match source.kind {
        SourceKind::Stream => "KSTREAM",
        SourceKind::Table => "KTABLE",
    };
    [
        ("type", data_type.to_owned()),
        ("topic", source.topic.clone()),
        ("key format", source.key_format.format.to_string()),
        ("value format", source.value_format.format.to_string()),
        ("window", source.key_window.map_or_else(none, |window| window.name().to_owned())),
        ("TTL", source.ttl.map_or_else(none, |ms| format!("{ms} ms"))),
        ("timestamp column", source.timestamp.as_ref().map_or_else(none, |time| time.column.clone())),
        ("schema", source.schema.to_string()),
    ]
}

/// Which columns do not stay as they are, where they are.
fn changed(old: &Source, new: &Source) -> Option<String> {
    let (from, to) = (old.schema.keys(), new.schema.keys());
    if from != to {
        // One that was only added changes the key, too, though every old column is still there.
        let lost = lost(from, to);
        let listed = if lost.is_empty() { list(to.get(from.len()..).unwrap_or_default()) } else { lost };
        return Some(format!(
            "Key columns must be identical. The following key columns are changed, missing or reordered: [{listed}]"
        ));
    }
    let lost = [(old.schema.values(), new.schema.values()), (old.schema.headers(), new.schema.headers())]
        .map(|(from, to)| lost(from, to))
        .into_iter()
        .filter(|lost| !lost.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    (!lost.is_empty()).then(|| format!("The following columns are changed, missing or reordered: [{lost}]"))
}

/// The columns that `to` does not have at the same place.
fn lost(from: &[Column], to: &[Column]) -> String {
    let gone: Vec<Column> =
        from.iter().enumerate().filter(|(i, c)| to.get(*i) != Some(*c)).map(|(_, c)| c.clone()).collect();
    list(&gone)
}

fn list(columns: &[Column]) -> String {
    let key = |c: &Column| if c.role == millstream_types::Role::Key { " KEY" } else { "" };
    columns.iter().map(|c| format!("`{}` {}{}", c.name, c.ty, key(c))).collect::<Vec<_>>().join(", ")
}
