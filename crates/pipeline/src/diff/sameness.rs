//! Whether what there is is what is described, and what differs: a line for every part.

use std::fmt::Display;

use millstream_plan::Source;
use millstream_sql::Statement;
use millstream_sql::ast::{Emit, Expr, Query, StatementKind};
use millstream_types::Column;

use crate::check::Described;
use crate::current::CurrentSource;
use crate::object::plain;

/// A part that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Which part: `topic`, `key`, `column`, `WHERE` …
    pub(crate) part: &'static str,
    /// What there is, if anything.
    pub(crate) from: Option<String>,
    /// What is described, if anything.
    pub(crate) to: Option<String>,
}

impl Difference {
    pub(super) fn of(part: &'static str, from: &dyn Display, to: &dyn Display) -> Self {
        Self { part, from: Some(from.to_string()), to: Some(to.to_string()) }
    }
}

/// What differs between a source that there is and a description.
pub(super) fn of_sources(existing: &CurrentSource, described: &Described) -> Vec<Difference> {
    let Some(to) = &described.source else { return Vec::new() };
    let from = &existing.source;
    let mut found = Vec::new();
    let mut compare = |part, from: String, to: String| {
        if from != to {
            found.push(Difference { part, from: Some(from), to: Some(to) });
        }
    };
    compare("kind", noun(from), noun(to));
    compare("topic", from.topic.clone(), to.topic.clone());
    compare("key format", from.key_format.format.to_string(), to.key_format.format.to_string());
    compare("value format", from.value_format.format.to_string(), to.value_format.format.to_string());
    if existing.known {
        // What a description leaves out.
        compare("key layout", layout(from.key_format), layout(to.key_format));
        compare("value layout", layout(from.value_format), layout(to.value_format));
        compare("window", window(from), window(to));
        compare("timestamp", timestamp(from), timestamp(to));
        compare("read only", from.read_only.to_string(), to.read_only.to_string());
    }
    compare("key", list(from.schema.keys()), list(to.schema.keys()));
    found.extend(columns(from.schema.values(), to.schema.values()));
    found.extend(columns(from.schema.headers(), to.schema.headers()));
    let queries = (existing.statement.as_ref().and_then(query), query(&described.object.statement));
    found.extend(of_queries(queries.0.as_ref(), queries.1.as_ref()));
    found
}

/// What differs between two statements of INSERT INTO.
pub(super) fn of_inserts(from: Option<&Statement>, to: &Statement) -> Vec<Difference> {
    let mut found = Vec::new();
    if let (Some(StatementKind::InsertSelect(a)), StatementKind::InsertSelect(b)) = (from.map(|s| &s.kind), &to.kind)
        && a.target.value != b.target.value
    {
        found.push(Difference::of("INTO", &a.target, &b.target));
    }
    found.extend(of_queries(from.and_then(query).as_ref(), query(to).as_ref()));
    found
}

fn query(statement: &Statement) -> Option<Query> {
    match plain(statement.kind.clone()) {
        StatementKind::CreateAs(create) => Some(create.query),
        StatementKind::InsertSelect(insert) => Some(insert.query),
        _ => None,
    }
}

/// The text of a clause, if a query has it.
type Clause = fn(&Query) -> Option<String>;

fn of_queries(from: Option<&Query>, to: Option<&Query>) -> Vec<Difference> {
    let (from, to) = match (from, to) {
        (None, None) => return Vec::new(),
        (Some(from), Some(to)) => (from, to),
        (from, to) => {
            let text = |query: Option<&Query>| query.map(ToString::to_string);
            return vec![Difference { part: "query", from: text(from), to: text(to) }];
        }
    };
    if from.to_string() == to.to_string() {
        return Vec::new();
    }
    let clauses: [(&str, Clause); 8] = [
        ("SELECT", |q| Some(q.items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))),
        ("FROM", |q| q.from.as_ref().map(ToString::to_string)),
        ("WINDOW", |q| q.window.as_ref().map(ToString::to_string)),
        ("WHERE", |q| q.filter.as_ref().map(ToString::to_string)),
        ("GROUP BY", |q| q.group_by.as_deref().map(expressions)),
        ("PARTITION BY", |q| q.partition_by.as_deref().map(expressions)),
        ("HAVING", |q| q.having.as_ref().map(ToString::to_string)),
        ("EMIT", |q| Some(if q.emit == Emit::Final { "FINAL" } else { "CHANGES" }.to_owned())),
    ];
    let mut found = Vec::new();
    for (part, clause) in clauses {
        let (from, to) = (clause(from), clause(to));
        if from != to {
            found.push(Difference { part, from, to });
        }
    }
    if found.is_empty() {
        // In a part that has no line of its own: WITH, UNION ALL.
        found.push(Difference::of("query", from, to));
    }
    found
}

fn expressions(list: &[Expr]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Columns that come, go or change.
fn columns(from: &[Column], to: &[Column]) -> Vec<Difference> {
    let mut found = Vec::new();
    for column in from {
        match to.iter().find(|other| other.name == column.name) {
            None => found.push(Difference { part: "column", from: Some(column.to_string()), to: None }),
            Some(other) if other != column => found.push(Difference::of("column", column, other)),
            Some(_) => {}
        }
    }
    for column in to.iter().filter(|column| !from.iter().any(|other| other.name == column.name)) {
        found.push(Difference { part: "column", from: None, to: Some(column.to_string()) });
    }
    if found.is_empty() && from != to {
        found.push(Difference { part: "columns", from: Some(list(from)), to: Some(list(to)) });
    }
    found
}

fn list(columns: &[Column]) -> String {
    if columns.is_empty() {
        return "none".to_owned();
    }
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn noun(source: &Source) -> String {
    crate::object::kind_noun(source.kind).to_owned()
}

fn layout(format: millstream_types::FormatSpec) -> String {
    let wrapped = if format.wrapped() { "wrapped" } else { "unwrapped" };
    format!("{wrapped}, {:?}", format.delimiter)
}

fn window(source: &Source) -> String {
    match source.key_window {
        None => "none".to_owned(),
        Some(window) => match window.size_ms() {
            Some(size) => format!("{} of {size} ms", window.name()),
            None => window.name().to_owned(),
        },
    }
}

fn timestamp(source: &Source) -> String {
    match &source.timestamp {
        None => "the record's own".to_owned(),
        Some(timestamp) => match &timestamp.format {
            None => timestamp.column.clone(),
            Some(format) => format!("{} ({format:?})", timestamp.column),
        },
    }
}
