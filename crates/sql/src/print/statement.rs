//! Statements but CREATE and SELECT.

use std::fmt::{self, Display, Formatter};

use crate::ast::{Drop, InsertValues, QueryRef, Show, SourceKind, StatementKind};

use super::{list, text};

/// The canonical text, semicolon included.
impl Display for StatementKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSource(create) => create.fmt(f),
            Self::CreateAs(create) => create.fmt(f),
            Self::InsertValues(insert) => insert.fmt(f),
            Self::Drop(drop) => drop.fmt(f),
            Self::Terminate(QueryRef::All) => f.write_str("TERMINATE ALL"),
            Self::Terminate(QueryRef::Id(id)) => write!(f, "TERMINATE {id}"),
            Self::Show(show) => show.fmt(f),
            Self::Describe { name, extended } => write!(f, "DESCRIBE {name}{}", word(*extended, " EXTENDED")),
            Self::Set { name, value } => {
                f.write_str("SET ")?;
                text(f, name)?;
                f.write_str(" = ")?;
                text(f, value)
            }
            Self::Unset { name } => {
                f.write_str("UNSET ")?;
                text(f, name)
            }
            Self::Select(query) => query.fmt(f),
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
        f.write_str(" VALUES (")?;
        list(f, &self.values, |f, value| value.fmt(f))?;
        f.write_str(")")
    }
}

impl Display for Drop {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let if_exists = word(self.if_exists, " IF EXISTS");
        write!(f, "DROP {}{if_exists} {}{}", self.kind, self.name, word(self.delete_topic, " DELETE TOPIC"))
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
        };
        write!(f, "SHOW {what}{}", word(*extended, " EXTENDED"))
    }
}

/// A word that is there or not.
pub(super) fn word(given: bool, word: &'static str) -> &'static str {
    if given { word } else { "" }
}
