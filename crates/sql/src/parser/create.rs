//! `CREATE STREAM|TABLE`, over a topic or from a query, and `CREATE TYPE`.

use crate::ast::{CreateAs, CreateSource, Ident, Property, SourceKind, StatementKind};

use super::{Finding, Parsed, Parser};

impl Parser<'_> {
    /// `CREATE …`
    pub(super) fn create(&mut self) -> Parsed<StatementKind> {
        self.expect("CREATE")?;
        let or_replace = self.take(&["OR"]);
        if or_replace {
            self.expect("REPLACE")?;
        } else if self.sees(&["SOURCE", "CONNECTOR"]) || self.sees(&["SINK"]) {
            return self.create_connector().map(StatementKind::CreateConnector);
        } else if self.take(&["TYPE"]) {
            return self.create_type();
        }
        if self.sees(&["MATERIALIZED", "VIEW"]) && !self.context.ksql {
            return self.create_view(or_replace);
        }
        self.create_source(or_replace)
    }

    /// `[SOURCE] STREAM|TABLE [IF NOT EXISTS] name …`, CREATE [OR REPLACE] taken
    fn create_source(&mut self, or_replace: bool) -> Parsed<StatementKind> {
        let read_only = self.take(&["SOURCE"]);
        if !read_only && !or_replace && !self.sees(&["STREAM"]) && !self.sees(&["TABLE"]) {
            return Err(self.unexpected(&["STREAM", "TABLE", "OR", "SOURCE", "SINK", "TYPE"]));
        }
        let kind = self.source_kind()?;
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.name("a source name")?;
        if self.sees(&["("]) || self.sees(&[";"]) {
            let source = self.source_definition(kind, name)?;
            self.check_after_columns(&source)?;
            return Ok(StatementKind::CreateSource(CreateSource { or_replace, read_only, if_not_exists, ..source }));
        }
        let with = if self.take(&["WITH"]) { self.properties()? } else { Vec::new() };
        if !read_only && self.take(&["AS"]) {
            return self.create_as((kind, false), (or_replace, if_not_exists), name, with);
        }
        if with.is_empty() {
            return Err(self.unexpected(if read_only { &["(", "WITH", ";"] } else { &["(", "WITH", "AS", ";"] }));
        }
        if read_only && self.sees(&["AS"]) {
            return Err(self.unexpected(&[";"]).hint("a SOURCE is read from its topic, not made by a query"));
        }
        let columns = Vec::new();
        Ok(StatementKind::CreateSource(CreateSource {
            kind,
            or_replace,
            read_only,
            if_not_exists,
            name,
            columns,
            with,
        }))
    }

    /// `MATERIALIZED VIEW [IF NOT EXISTS] name [WITH (…)] AS query`, CREATE [OR REPLACE] taken (an extension)
    fn create_view(&mut self, or_replace: bool) -> Parsed<StatementKind> {
        self.expect("MATERIALIZED")?;
        self.expect("VIEW")?;
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.name("a source name")?;
        let with = if self.take(&["WITH"]) { self.properties()? } else { Vec::new() };
        self.expect("AS")?;
        self.create_as((SourceKind::Table, true), (or_replace, if_not_exists), name, with)
    }

    /// The query behind AS, and what may follow it.
    fn create_as(
        &mut self,
        (kind, view): (SourceKind, bool),
        (or_replace, if_not_exists): (bool, bool),
        name: Ident,
        with: Vec<Property>,
    ) -> Parsed<StatementKind> {
        self.line();
        let query = self.query()?;
        let late = self.late_records()?;
        Ok(StatementKind::CreateAs(CreateAs { kind, view, or_replace, if_not_exists, name, with, query, late }))
    }

    /// `[LATE RECORDS INTO name]` behind a query.
    fn late_records(&mut self) -> Parsed<Option<Ident>> {
        if !self.sees(&["LATE", "RECORDS"]) {
            return Ok(None);
        }
        self.line();
        self.advance();
        self.advance();
        self.expect("INTO")?;
        self.name("the name of a stream").map(Some)
    }

    /// `[(columns)] [WITH (…)]` behind a name.
    pub(super) fn source_definition(&mut self, kind: SourceKind, name: Ident) -> Parsed<CreateSource> {
        let columns = if self.take(&["("]) { self.columns()? } else { Vec::new() };
        let with = if self.take(&["WITH"]) { self.properties()? } else { Vec::new() };
        Ok(CreateSource { kind, or_replace: false, read_only: false, if_not_exists: false, name, columns, with })
    }

    /// Fails when nothing follows that may follow the columns.
    fn check_after_columns(&self, source: &CreateSource) -> Parsed<()> {
        if self.sees(&[";"]) || !source.with.is_empty() {
            return Ok(());
        }
        let finding = self.unexpected(&["WITH", ";"]);
        Err(if self.sees(&["AS"]) { finding.hint(COLUMNS_OF_QUERY) } else { finding })
    }

    /// `[IF NOT EXISTS] name AS type`, CREATE TYPE taken
    fn create_type(&mut self) -> Parsed<StatementKind> {
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.name("a type name")?;
        self.expect("AS")?;
        let first = self.at;
        let ty = self.declared_type()?;
        if super::types::parts(&ty) > super::types::MAX_PARTS {
            let message = format!("A custom type has at most {} parts", super::types::MAX_PARTS);
            return Err(Finding::at(self.span_from(first), message));
        }
        Ok(StatementKind::CreateType { if_not_exists, name, ty })
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
}

/// What to do about AS behind a list of columns.
pub(super) const COLUMNS_OF_QUERY: &str = "CREATE … AS takes its columns from the query: leave out the list of columns";
