//! Statements but CREATE and SELECT.

use std::fmt::{self, Display, Formatter};

use crate::ast::{
    Alter, AssertSchema, AssertTopic, AssertValues, ConnectorKind, CreateConnector, Drop, Duration, Explain,
    InsertSelect, InsertValues, Print, QueryRef, Show, SourceKind, StatementKind,
};

use super::create::with;
use super::{list, name_as_written, text, types};

/// The canonical text, semicolon included.
impl Display for StatementKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSource(create) => create.fmt(f),
            Self::CreateAs(create) => create.fmt(f),
            Self::InsertValues(insert) => insert.fmt(f),
            Self::Drop(drop) => drop.fmt(f),
            Self::InsertSelect(insert) => insert.fmt(f),
            Self::Alter(alter) => alter.fmt(f),
            Self::AlterSystem { name, value } => assignment(f, "ALTER SYSTEM", name, value),
            Self::CreateType { if_not_exists, name, ty } => {
                write!(f, "CREATE TYPE{} {name} AS ", word(*if_not_exists, " IF NOT EXISTS"))?;
                types::write(f, ty)
            }
            Self::DropType { if_exists, name } => write!(f, "DROP TYPE{} {name}", word(*if_exists, " IF EXISTS")),
            Self::Terminate(query) => write!(f, "TERMINATE {query}"),
            Self::Pause(query) => write!(f, "PAUSE {query}"),
            Self::Resume(query) => write!(f, "RESUME {query}"),
            Self::Show(show) => show.fmt(f),
            Self::ShowCreate { kind: None, name } => write!(f, "SHOW CREATE VIEW {name}"),
            Self::ShowCreate { kind: Some(kind), name } => write!(f, "SHOW CREATE {kind} {name}"),
            Self::ShowLike { kind, pattern } => {
                write!(f, "SHOW {kind}S LIKE ")?;
                text(f, pattern)
            }
            Self::ShowWatermarks { query: None } => f.write_str("SHOW WATERMARKS"),
            Self::ShowWatermarks { query: Some(id) } => write!(f, "SHOW WATERMARKS {id}"),
            Self::ShowErrors { query, limit } => {
                f.write_str("SHOW ERRORS")?;
                if let Some(id) = query {
                    write!(f, " FOR {id}")?;
                }
                limit.map_or(Ok(()), |limit| write!(f, " LIMIT {limit}"))
            }
            Self::ReplayErrors(id) => write!(f, "REPLAY ERRORS FOR {id}"),
            Self::Describe { name, extended } => write!(f, "DESCRIBE {name}{}", word(*extended, " EXTENDED")),
            Self::DescribeAll { kind, extended } => write!(f, "DESCRIBE {kind}S{}", word(*extended, " EXTENDED")),
            Self::DescribeFunction(name) => write!(f, "DESCRIBE FUNCTION {name}"),
            Self::DescribeConnector(name) => write!(f, "DESCRIBE CONNECTOR {name}"),
            Self::Explain(Explain::Query(id)) => write!(f, "EXPLAIN {id}"),
            // The statement brings the semicolon.
            Self::Explain(Explain::Statement(statement)) => return write!(f, "EXPLAIN {}", statement.kind),
            Self::Set { name, value } => assignment(f, "SET", name, value),
            Self::Define { name, value } => {
                write!(f, "DEFINE {name} = ")?;
                text(f, value)
            }
            Self::Undefine(name) => write!(f, "UNDEFINE {name}"),
            Self::Print(print) => print.fmt(f),
            Self::CreateConnector(create) => create.fmt(f),
            Self::DropConnector { if_exists, name } => {
                write!(f, "DROP CONNECTOR{} {name}", word(*if_exists, " IF EXISTS"))
            }
            Self::AssertTopic(assert) => assert.fmt(f),
            Self::AssertSchema(assert) => assert.fmt(f),
            Self::AssertValues(assert) => assert.fmt(f),
            Self::AssertSource(source) => {
                // Printed as CREATE, whose clauses it shares.
                let created = source.to_string();
                write!(f, "ASSERT{}", created.strip_prefix("CREATE").unwrap_or(&created))
            }
            Self::RunScript { path } => {
                f.write_str("RUN SCRIPT ")?;
                text(f, path)
            }
            Self::Unset { name } => {
                f.write_str("UNSET ")?;
                text(f, name)
            }
            Self::Select(query) => query.fmt(f),
            Self::Standard { text } => f.write_str(text),
        }?;
        f.write_str(";")
    }
}

/// `STREAM` or `TABLE`.
impl Display for SourceKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stream => "STREAM",
            Self::Table => "TABLE",
        })
    }
}

impl Display for InsertValues {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "INSERT INTO {}", self.target)?;
        if !self.columns.is_empty() {
            f.write_str(" (")?;
            list(f, &self.columns, |f, column| column.fmt(f))?;
            f.write_str(")")?;
        }
        f.write_str(" VALUES ")?;
        list(f, &self.rows, |f, row| {
            f.write_str("(")?;
            list(f, row, |f, value| value.fmt(f))?;
            f.write_str(")")
        })
    }
}

impl Display for Drop {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let if_exists = word(self.if_exists, " IF EXISTS");
        let kind = if self.view { "MATERIALIZED VIEW".to_owned() } else { self.kind.to_string() };
        write!(f, "DROP {kind}{if_exists} {}{}", self.name, word(self.delete_topic, " DELETE TOPIC"))
    }
}

impl Display for Show {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (what, extended) = match self {
            Self::Streams { extended } => ("STREAMS", extended),
            Self::Tables { extended } => ("TABLES", extended),
            Self::Topics { all: false, extended } => ("TOPICS", extended),
            Self::Topics { all: true, extended } => ("ALL TOPICS", extended),
            Self::Queries { extended } => ("QUERIES", extended),
            Self::Properties => ("PROPERTIES", &false),
            Self::Functions => ("FUNCTIONS", &false),
            Self::Types => ("TYPES", &false),
            Self::Variables => ("VARIABLES", &false),
            Self::Connectors { kind: None } => ("CONNECTORS", &false),
            Self::Connectors { kind: Some(ConnectorKind::Source) } => ("SOURCE CONNECTORS", &false),
            Self::Connectors { kind: Some(ConnectorKind::Sink) } => ("SINK CONNECTORS", &false),
            Self::ConnectorPlugins => ("CONNECTOR PLUGINS", &false),
        };
        write!(f, "SHOW {what}{}", word(*extended, " EXTENDED"))
    }
}

impl Display for QueryRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("ALL"),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl Display for InsertSelect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "INSERT INTO {}", self.target)?;
        with(f, &self.with)?;
        write!(f, " {}", self.query)
    }
}

impl Display for Alter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {} ", self.kind, self.name)?;
        list(f, &self.columns, |f, column| write!(f, "ADD COLUMN {column}"))
    }
}

impl Display for Print {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("PRINT ")?;
        name_as_written(f, &self.topic.value)?;
        f.write_str(word(self.from_beginning, " FROM BEGINNING"))?;
        if let Some(interval) = self.interval {
            write!(f, " INTERVAL {interval}")?;
        }
        match self.limit {
            Some(limit) => write!(f, " LIMIT {limit}"),
            None => Ok(()),
        }
    }
}

impl Display for CreateConnector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ConnectorKind::Source => "SOURCE",
            ConnectorKind::Sink => "SINK",
        };
        write!(f, "CREATE {kind} CONNECTOR{} {}", word(self.if_not_exists, " IF NOT EXISTS"), self.name)?;
        f.write_str(" WITH (")?;
        list(f, &self.with, |f, property| {
            text(f, &property.name)?;
            write!(f, " = {}", property.value)
        })?;
        f.write_str(")")
    }
}

impl Display for AssertTopic {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ASSERT{} TOPIC ", word(self.not_exists, " NOT EXISTS"))?;
        name_as_written(f, &self.topic.value)?;
        with(f, &self.with)?;
        timeout(f, self.timeout)
    }
}

impl Display for AssertSchema {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ASSERT{} SCHEMA", word(self.not_exists, " NOT EXISTS"))?;
        if let Some(subject) = &self.subject {
            f.write_str(" SUBJECT ")?;
            name_as_written(f, &subject.value)?;
        }
        if let Some(id) = self.id {
            write!(f, " ID {id}")?;
        }
        timeout(f, self.timeout)
    }
}

impl Display for AssertValues {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ASSERT {}VALUES {}", word(self.tombstone, "NULL "), self.source)?;
        if !self.columns.is_empty() {
            f.write_str(" (")?;
            list(f, &self.columns, |f, column| column.fmt(f))?;
            f.write_str(")")?;
        }
        f.write_str(if self.tombstone { " KEY (" } else { " VALUES (" })?;
        list(f, &self.values, |f, value| value.fmt(f))?;
        f.write_str(")")
    }
}

fn timeout(f: &mut Formatter<'_>, timeout: Option<Duration>) -> fmt::Result {
    match timeout {
        Some(timeout) => write!(f, " TIMEOUT {timeout}"),
        None => Ok(()),
    }
}

/// `SET 'name' = 'value'`
fn assignment(f: &mut Formatter<'_>, verb: &str, name: &str, value: &str) -> fmt::Result {
    write!(f, "{verb} ")?;
    text(f, name)?;
    f.write_str(" = ")?;
    text(f, value)
}

/// A word that is there or not.
pub(super) fn word(given: bool, word: &'static str) -> &'static str {
    if given { word } else { "" }
}
