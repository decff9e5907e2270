//! What a pipeline is made of: sources, queries and types, each with the statement that says what it is.

use std::collections::BTreeMap;
use std::fmt;

use millstream_sql::ast::{CreateAs, CreateSource, Emit, ExprKind, InsertSelect, Property, SourceKind, StatementKind};
use millstream_sql::{Span, Statement, print};

use crate::reads;

/// What an object is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// A custom type.
    Type(String),
    /// A stream or table.
    Source(String),
    /// A query of INSERT INTO that has a name: QUERY_ID.
    Query(String),
    /// One that has none is known by what it says.
    Insert(String),
}

/// One object of a pipeline, as its statement describes it.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) id: Id,
    /// The statement as written, variables in their places; OR REPLACE and IF NOT EXISTS are not part of what it says.
    pub(crate) statement: Statement,
    /// Which file it stands in.
    pub(crate) file: usize,
    /// Where in the file.
    pub(crate) span: Span,
    /// What the file had SET before it.
    pub(crate) properties: BTreeMap<String, String>,
    /// What `--@doc` says.
    pub(crate) doc: Option<String>,
}

impl Object {
    /// The object that a statement describes; `None`: it describes none.
    pub(crate) fn of(mut statement: Statement, file: usize, span: Span) -> Option<Self> {
        statement.kind = plain(statement.kind);
        let id = match &statement.kind {
            StatementKind::CreateSource(CreateSource { name, .. }) | StatementKind::CreateAs(CreateAs { name, .. }) => {
                Id::Source(name.value.clone())
            }
            StatementKind::InsertSelect(insert) => match query_id(insert) {
                Some(id) => Id::Query(id),
                None => Id::Insert(canonical(&statement.kind)),
            },
            StatementKind::CreateType { name, .. } => Id::Type(name.value.clone()),
            _ => return None,
        };
        Some(Self { id, statement, file, span, properties: BTreeMap::new(), doc: None })
    }

    /// `stream`, `table`, `view`, `query`, `type`.
    pub(crate) fn noun(&self) -> &'static str {
        match &self.statement.kind {
            StatementKind::CreateAs(CreateAs { view: true, .. }) => "view",
            StatementKind::CreateSource(CreateSource { kind, .. }) | StatementKind::CreateAs(CreateAs { kind, .. }) => {
                kind_noun(*kind)
            }
            StatementKind::CreateType { .. } => "type",
            _ => "query",
        }
    }

    /// The stream of late records that comes with it.
    pub(crate) fn late(&self) -> Option<&str> {
        match &self.statement.kind {
            StatementKind::CreateAs(create) => create.late.as_ref().map(|name| name.value.as_str()),
            _ => None,
        }
    }

    /// Names of the sources that it reads or feeds, which must be there before it.
    pub(crate) fn needs(&self) -> Vec<String> {
        match &self.statement.kind {
            StatementKind::CreateAs(create) => reads::of(&create.query),
            StatementKind::InsertSelect(insert) => {
                let mut names = reads::of(&insert.query);
                names.push(insert.target.value.clone());
                names
            }
            _ => Vec::new(),
        }
    }

    /// The topic that it reads and does not make: its statement names no number of partitions.
    pub(crate) fn needs_topic(&self) -> Option<&str> {
        let StatementKind::CreateSource(create) = &self.statement.kind else { return None };
        if property(&create.with, "PARTITIONS").is_some() { None } else { text(&create.with, "KAFKA_TOPIC") }
    }

    /// The topic that it makes where it is missing.
    pub(crate) fn makes_topic(&self) -> Option<&str> {
        match &self.statement.kind {
            StatementKind::CreateSource(create) => {
                property(&create.with, "PARTITIONS").and_then(|_| text(&create.with, "KAFKA_TOPIC"))
            }
            StatementKind::CreateAs(create) => text(&create.with, "KAFKA_TOPIC").or(Some(create.name.value.as_str())),
            _ => None,
        }
    }

    /// The statement that puts it in the place of what has its name.
    pub(crate) fn replacement(&self) -> StatementKind {
        match self.statement.kind.clone() {
            StatementKind::CreateSource(create) => {
                StatementKind::CreateSource(CreateSource { or_replace: true, ..create })
            }
            StatementKind::CreateAs(create) => StatementKind::CreateAs(CreateAs { or_replace: true, ..create }),
            other => other,
        }
    }

    /// What it says, in one form.
    pub(crate) fn canonical(&self) -> String {
        canonical(&self.statement.kind)
    }
}

/// `stream` or `table`.
pub(crate) fn kind_noun(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Stream => "stream",
        SourceKind::Table => "table",
    }
}

/// A name as people know it.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) | Self::Source(name) | Self::Query(name) => f.write_str(&name.to_lowercase()),
            Self::Insert(text) => f.write_str(text.strip_suffix(';').unwrap_or(text)),
        }
    }
}

/// What a statement says, in one form: places, case of keywords and layout do not count.
pub(crate) fn canonical(kind: &StatementKind) -> String {
    print(&plain(kind.clone()))
}

/// The statement without what only says when to run it.
pub(crate) fn plain(kind: StatementKind) -> StatementKind {
    // A persistent query that says nothing means EMIT CHANGES.
    let emit = |emit: Emit| if emit == Emit::None { Emit::Changes } else { emit };
    match kind {
        StatementKind::CreateSource(create) => {
            StatementKind::CreateSource(CreateSource { or_replace: false, if_not_exists: false, ..create })
        }
        StatementKind::CreateAs(mut create) => {
            create.query.emit = emit(create.query.emit);
            StatementKind::CreateAs(CreateAs { or_replace: false, if_not_exists: false, ..create })
        }
        StatementKind::InsertSelect(mut insert) => {
            insert.query.emit = emit(insert.query.emit);
            StatementKind::InsertSelect(insert)
        }
        StatementKind::CreateType { name, ty, .. } => StatementKind::CreateType { if_not_exists: false, name, ty },
        other => other,
    }
}

/// QUERY_ID of INSERT INTO, as the server knows it.
pub(crate) fn query_id(insert: &InsertSelect) -> Option<String> {
    text(&insert.with, "QUERY_ID").map(str::to_uppercase)
}

fn property<'a>(with: &'a [Property], name: &str) -> Option<&'a Property> {
    with.iter().find(|property| property.name == name)
}

fn text<'a>(with: &'a [Property], name: &str) -> Option<&'a str> {
    match &property(with, name)?.value.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}
