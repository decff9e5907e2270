//! `CREATE STREAM|TABLE`, over a topic or from a query.

use crate::ast::{CreateAs, CreateSource, SourceKind, StatementKind};

use super::{Finding, Parsed, Parser};

/// What else ksqlDB creates, by the words behind CREATE.
const MISSING: &[(&[&str], &str)] = &[
    (&["SOURCE", "CONNECTOR"], "CREATE SOURCE CONNECTOR"),
    (&["SINK", "CONNECTOR"], "CREATE SINK CONNECTOR"),
    (&["SOURCE", "STREAM"], "CREATE SOURCE STREAM"),
    (&["SOURCE", "TABLE"], "CREATE SOURCE TABLE"),
    (&["TYPE"], "CREATE TYPE"),
];

impl Parser<'_> {
    /// `CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name …`
    pub(super) fn create(&mut self) -> Parsed<StatementKind> {
        self.expect("CREATE")?;
        let or_replace = self.take(&["OR"]);
        if or_replace {
            self.expect("REPLACE")?;
        }
        if let Some((words, what)) = MISSING.iter().find(|(words, _)| self.sees(words)) {
            return Err(self.unsupported_here(words.len(), what));
        }
        let kind = self.source_kind()?;
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.name("a source name")?;

        let columns = if self.take(&["("]) { Some(self.columns()?) } else { None };
        let with = if self.take(&["WITH"]) { self.properties()? } else { Vec::new() };
        if columns.is_none() && self.take(&["AS"]) {
            let query = self.query()?;
            return Ok(StatementKind::CreateAs(CreateAs { kind, or_replace, if_not_exists, name, with, query }));
        }
        if !self.sees(&[";"]) && with.is_empty() {
            return Err(self.after_name(columns.is_some()));
        }
        let columns = columns.unwrap_or_default();
        Ok(StatementKind::CreateSource(CreateSource {
            kind,
            or_replace,
            read_only: false,
            if_not_exists,
            name,
            columns,
            with,
        }))
    }

    /// `STREAM` or `TABLE`.
    pub(super) fn source_kind(&mut self) -> Parsed<SourceKind> {
        if self.take(&["STREAM"]) {
            Ok(SourceKind::Stream)
        } else if self.take(&["TABLE"]) {
            Ok(SourceKind::Table)
        } else {
            Err(self.unexpected(&["STREAM", "TABLE"]))
        }
    }

    /// What is wrong when nothing that may follow the name, or the columns, follows.
    fn after_name(&self, has_columns: bool) -> Finding {
        if has_columns && self.sees(&["AS"]) {
            return self
                .unexpected(&["WITH", ";"])
                .hint("CREATE … AS takes its columns from the query: leave out the list of columns");
        }
        self.unexpected(if has_columns { &["WITH", ";"] } else { &["(", "WITH", "AS", ";"] })
    }
}
