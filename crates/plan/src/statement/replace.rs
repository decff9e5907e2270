//! CREATE OR REPLACE: what may take the place of what.
//!
//! A source keeps its topic, its formats, its time and its columns; columns may only be appended. A query keeps
//! what its state depends on (ksqlDB's "enforcing" steps: source, PARTITION BY, GROUP BY, aggregates), while filters and
//! projections may come, change and go. The same group goes on from its committed offsets.

mod shape;

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

/// What must stay the same about a source and does not.
fn unlike(old: &Source, new: &Source) -> Option<String> {
    let refuse = |what: &str, from: String, to: String| {
        let name = &old.name;
        Some(format!(
            "Cannot upgrade data source: DataSource '`{name}`' has {what} = {from} which is not upgradeable to {to}"
        ))
    };
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
    let ttl = |s: &Source| s.ttl.map_or_else(none, |ms| format!("{ms} ms"));
    if old.ttl != new.ttl {
        return refuse("TTL", ttl(old), ttl(new));
    }
    let shown = |s: &Source| s.timestamp.as_ref().map_or_else(none, |t| t.column.clone());
    if old.timestamp != new.timestamp {
        return refuse("timestamp column", shown(old), shown(new));
    }
    let reason = changed(old, new)?;
    refuse("schema", old.schema.to_string(), format!("{}. ({reason})", new.schema))
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
