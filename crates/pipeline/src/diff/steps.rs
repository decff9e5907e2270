//! The statements of a comparison, in an order that a server accepts: what goes goes first, readers before what they
//! read; then types; then what comes, each after what it needs.

use std::collections::BTreeMap;

use millstream_sql::ast::{SourceKind, StatementKind};
use millstream_sql::print;

use super::{Action, Change, Comparison, Step, insert_id};
use crate::current::{Current, CurrentSource};
use crate::object::{Id, Object, kind_noun};

pub(super) fn steps(comparison: &Comparison<'_>, changes: &[Change]) -> Vec<Step> {
    let mut steps = drops(comparison);
    let mut types = Vec::new();
    for change in changes.iter().filter(|change| change.action == Action::Delete) {
        if let Id::Type(name) = &change.id {
            types.push(step(format!("drop type {}", change.id), format!("DROP TYPE {};", quoted(name)), None));
        }
    }
    for (change, described) in changes.iter().zip(comparison.described) {
        let object = &described.object;
        let what = |verb: &str| match &change.id {
            Id::Insert(_) => {
                format!("{verb} query into {}", described.feeds.as_deref().unwrap_or_default().to_lowercase())
            }
            id => format!("{verb} {} {id}", change.noun),
        };
        match (change.action, &change.id) {
            (Action::Create | Action::Replace, _) => {
                steps.push(step(what("create"), object.statement.text.clone(), Some(object)));
            }
            (Action::Upgrade, Id::Type(name)) => {
                steps.push(step(what("drop"), format!("DROP TYPE {};", quoted(name)), None));
                steps.push(step(what("create"), object.statement.text.clone(), Some(object)));
            }
            (Action::Upgrade, _) => steps.push(step(what("upgrade"), print(&object.replacement()), Some(object))),
            _ => {}
        }
    }
    steps.extend(types);
    steps
}

/// Queries of INSERT INTO first: they hold what they read and feed. Then sources, readers before what they read.
fn drops(comparison: &Comparison<'_>) -> Vec<Step> {
    let current = comparison.current;
    let mut steps = Vec::new();
    for id in &comparison.dropped.inserts {
        let shown = match insert_id(current, id) {
            Id::Query(name) => name.to_lowercase(),
            _ => id.clone(),
        };
        steps.push(step(format!("end query {shown}"), format!("TERMINATE {};", quoted(id)), None));
    }
    for name in readers_first(comparison) {
        let Some(found) = current.sources.get(name) else { continue };
        let kind = found.source.kind;
        let keyword = if kind == SourceKind::Table { "TABLE" } else { "STREAM" };
        let topic = if deletes_topic(comparison, found) { " DELETE TOPIC" } else { "" };
        let what = format!("drop {} {}", kind_noun(kind), name.to_lowercase());
        steps.push(step(what, format!("DROP {keyword} {}{topic};", quoted(name)), None));
    }
    steps
}

/// Topics that were there before their source are nobody's here to delete.
pub(super) fn deletes_topic(comparison: &Comparison<'_>, found: &CurrentSource) -> bool {
    comparison.permissions.delete_topics && found.source.query.is_some()
}

fn readers_first<'a>(comparison: &'a Comparison<'_>) -> Vec<&'a String> {
    let current: &Current = comparison.current;
    let mut left: Vec<&String> = comparison.dropped.sources.iter().collect();
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let read = |name: &String| {
            let reads = |other: &&String| current.sources.get(*other).is_some_and(|found| found.reads.contains(name));
            left.iter().any(reads)
        };
        let (ready, rest): (Vec<&String>, Vec<&String>) = left.iter().copied().partition(|name| !read(name));
        if ready.is_empty() {
            // Sources cannot read each other in a circle; if a server says so, it will say what is wrong with that.
            sorted.extend(rest);
            break;
        }
        sorted.extend(ready);
        left = rest;
    }
    sorted
}

fn step(what: String, sql: String, object: Option<&Object>) -> Step {
    let properties = object.map_or_else(BTreeMap::new, |object| object.properties.clone());
    let sql = match object.map(|object| &object.statement.kind) {
        // IF NOT EXISTS would hide that somebody else was faster.
        Some(kind @ StatementKind::CreateType { .. }) => print(kind),
        _ => sql,
    };
    Step { what, sql, properties }
}

/// A name as it can be written in a statement, its case kept.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
