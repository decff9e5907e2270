//! What a case uses.

use std::collections::BTreeSet;

use millstream_sql::ast::{Constraint, Explain, ExprKind, Property, SourceKind, StatementKind};
use millstream_sql::{Context, parse_in};

use super::walk::Walk;

/// Endpoints of the REST API that the suite speaks to.
pub(crate) const KSQL: &str = "POST /ksql";
pub(crate) const QUERY: &str = "POST /query";
pub(crate) const QUERY_STREAM: &str = "POST /query-stream";

/// Properties that name a format.
const FORMATS: [&str; 3] = ["FORMAT", "KEY_FORMAT", "VALUE_FORMAT"];

/// What a case uses, by kind.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    pub(super) statements: BTreeSet<String>,
    pub(super) clauses: BTreeSet<String>,
    pub(super) functions: BTreeSet<String>,
    formats: BTreeSet<String>,
    endpoints: BTreeSet<String>,
    /// It expects an error: what it names need not exist.
    wants_error: bool,
}

/// What the page has tables of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Statements.
    Statements,
    /// Parts of queries and of definitions.
    Clauses,
    /// Functions.
    Functions,
    /// Formats.
    Formats,
    /// Endpoints of the REST API.
    Endpoints,
}

impl Kind {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Statements, Self::Clauses, Self::Functions, Self::Formats, Self::Endpoints];

    /// Title of its section and head of its first column.
    pub(super) fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Statements => ("Statements", "statement"),
            Self::Clauses => ("Clauses", "clause"),
            Self::Functions => ("Functions", "function"),
            Self::Formats => ("Formats", "format"),
            Self::Endpoints => ("Endpoints", "endpoint"),
        }
    }

    /// Whether what it has are words of the language or the protocol.
    pub(super) fn is_code(self) -> bool {
        self != Self::Clauses
    }

    /// Whether a case shows that there are such things as it names: a function that only a case with an expected error
    /// names may be one that must not be found.
    pub(super) fn tells(self, uses: &Uses) -> bool {
        !(matches!(self, Self::Functions | Self::Formats) && uses.wants_error)
    }
}

impl Uses {
    /// What these statements use; those that cannot be read use nothing.
    pub fn of_statements<'a>(statements: impl Iterator<Item = &'a String>, wants_error: bool) -> Self {
        let mut uses = Self { wants_error, ..Self::default() };
        let mut context = Context { tests: true, ..Context::default() };
        for text in statements {
            for statement in parse_in(text, &mut context).unwrap_or_default() {
                uses.statement(&statement.kind);
            }
        }
        uses
    }

    /// The same with an endpoint.
    #[must_use]
    pub(crate) fn endpoint(mut self, endpoint: &str, used: bool) -> Self {
        if used {
            self.endpoints.insert(endpoint.to_owned());
        }
        self
    }

    /// What it uses of a kind.
    pub(super) fn of(&self, kind: Kind) -> &BTreeSet<String> {
        match kind {
            Kind::Statements => &self.statements,
            Kind::Clauses => &self.clauses,
            Kind::Functions => &self.functions,
            Kind::Formats => &self.formats,
            Kind::Endpoints => &self.endpoints,
        }
    }

    fn statement(&mut self, kind: &StatementKind) {
        self.statements.insert(name(kind));
        match kind {
            StatementKind::CreateSource(create) | StatementKind::AssertSource(create) => {
                self.with(&create.with);
                for column in &create.columns {
                    match column.constraint {
                        Some(Constraint::Headers) => self.clause("HEADERS column"),
                        Some(Constraint::Header(_)) => self.clause("HEADER('key') column"),
                        _ => {}
                    }
                }
                self.flag(create.or_replace, "OR REPLACE");
                self.flag(create.read_only, "SOURCE stream or table");
            }
            StatementKind::CreateAs(create) => {
                self.with(&create.with);
                self.flag(create.or_replace, "OR REPLACE");
                self.query(&create.query);
            }
            StatementKind::InsertSelect(insert) => self.query(&insert.query),
            StatementKind::InsertValues(insert) => insert.rows.iter().flatten().for_each(|value| self.expr(value)),
            StatementKind::Explain(Explain::Statement(inner)) => self.statement(&inner.kind),
            StatementKind::Select(query) => self.query(query),
            _ => {}
        }
    }

    fn with(&mut self, properties: &[Property]) {
        for property in properties {
            match &property.value.kind {
                ExprKind::String(format) if FORMATS.contains(&property.name.as_str()) => {
                    self.formats.insert(format.trim().to_uppercase());
                }
                _ if matches!(property.name.as_str(), "TIMESTAMP" | "WINDOW_TYPE" | "WRAP_SINGLE_VALUE") => {
                    self.clauses.insert(format!("WITH ({})", property.name));
                }
                _ => {}
            }
        }
    }

    pub(super) fn flag(&mut self, set: bool, clause: &str) {
        if set {
            self.clause(clause);
        }
    }

    pub(super) fn clause(&mut self, clause: &str) {
        self.clauses.insert(clause.to_owned());
    }
}

/// A statement by its first words.
fn name(kind: &StatementKind) -> String {
    let noun = |kind: SourceKind| if kind == SourceKind::Stream { "STREAM" } else { "TABLE" };
    let text = match kind {
        StatementKind::CreateSource(create) => return format!("CREATE {}", noun(create.kind)),
        StatementKind::CreateAs(create) => return format!("CREATE {} AS SELECT", noun(create.kind)),
        StatementKind::Drop(drop) => return format!("DROP {}", noun(drop.kind)),
        StatementKind::Alter(alter) => return format!("ALTER {}", noun(alter.kind)),
        StatementKind::AssertSource(create) => return format!("ASSERT {}", noun(create.kind)),
        StatementKind::InsertSelect(_) => "INSERT INTO … SELECT",
        StatementKind::InsertValues(_) => "INSERT INTO … VALUES",
        StatementKind::AlterSystem { .. } => "ALTER SYSTEM",
        StatementKind::CreateType { .. } => "CREATE TYPE",
        StatementKind::DropType { .. } => "DROP TYPE",
        StatementKind::Terminate(_) => "TERMINATE",
        StatementKind::Pause(_) => "PAUSE",
        StatementKind::Resume(_) => "RESUME",
        StatementKind::Show(_)
        | StatementKind::ShowCreate { .. }
        | StatementKind::ShowLike { .. }
        | StatementKind::ShowWatermarks { .. }
        | StatementKind::ShowErrors { .. } => "SHOW",
        StatementKind::ReplayErrors(_) => "REPLAY ERRORS",
        StatementKind::Describe { .. } | StatementKind::DescribeAll { .. } => "DESCRIBE",
        StatementKind::DescribeFunction(_) => "DESCRIBE FUNCTION",
        StatementKind::DescribeConnector(_) => "DESCRIBE CONNECTOR",
        StatementKind::Explain(_) => "EXPLAIN",
        StatementKind::Set { .. } => "SET",
        StatementKind::Unset { .. } => "UNSET",
        StatementKind::Define { .. } => "DEFINE",
        StatementKind::Undefine(_) => "UNDEFINE",
        StatementKind::Print(_) => "PRINT",
        StatementKind::CreateConnector(_) => "CREATE CONNECTOR",
        StatementKind::DropConnector { .. } => "DROP CONNECTOR",
        StatementKind::AssertTopic(_) => "ASSERT TOPIC",
        StatementKind::AssertSchema(_) => "ASSERT SCHEMA",
        StatementKind::AssertValues(values) if values.tombstone => "ASSERT NULL VALUES",
        StatementKind::AssertValues(_) => "ASSERT VALUES",
        StatementKind::RunScript { .. } => "RUN SCRIPT",
        StatementKind::Select(_) | StatementKind::Standard { .. } => "SELECT",
    };
    text.to_owned()
}
