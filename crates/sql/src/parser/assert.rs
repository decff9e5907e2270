//! `ASSERT …`: of topics and schemas everywhere, of records and sources in SQL tests only.

use crate::ast::{AssertSchema, AssertTopic, AssertValues, Duration, StatementKind};
use crate::token::Kind;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `ASSERT …`
    pub(super) fn assert(&mut self) -> Parsed<StatementKind> {
        self.expect("ASSERT")?;
        if self.context.tests {
            if self.sees(&["VALUES"]) || self.sees(&["NULL"]) {
                return self.assert_values().map(StatementKind::AssertValues);
            }
            if self.sees(&["STREAM"]) || self.sees(&["TABLE"]) {
                return self.assert_source();
            }
        }
        let not_exists = self.take(&["NOT"]);
        if not_exists {
            self.expect("EXISTS")?;
        }
        if self.take(&["TOPIC"]) {
            return self.assert_topic(not_exists);
        }
        if self.take(&["SCHEMA"]) {
            return self.assert_schema(not_exists);
        }
        let test_only = ["VALUES", "NULL", "STREAM", "TABLE"].iter().any(|word| self.sees(&[word]));
        if test_only && !not_exists {
            return Err(self.reserved("what is asserted"));
        }
        Err(self.unexpected(if not_exists { &["TOPIC", "SCHEMA"] } else { &["NOT", "TOPIC", "SCHEMA"] }))
    }

    /// `name [WITH (…)] [TIMEOUT n unit]`
    fn assert_topic(&mut self, not_exists: bool) -> Parsed<StatementKind> {
        let topic = self.name_as_written("a topic")?;
        let with = if self.take(&["WITH"]) { self.properties()? } else { Vec::new() };
        let timeout = self.timeout()?;
        Ok(StatementKind::AssertTopic(AssertTopic { not_exists, topic, with, timeout }))
    }

    /// `[SUBJECT name] [ID n] [TIMEOUT n unit]`
    fn assert_schema(&mut self, not_exists: bool) -> Parsed<StatementKind> {
        let subject = if self.take(&["SUBJECT"]) { Some(self.name_as_written("a subject")?) } else { None };
        let id = if self.take(&["ID"]) {
            let span = self.peek().span;
            let id = self.count("the id of a schema")?;
            Some(i64::try_from(id).map_err(|_| super::literal::invalid(&id.to_string(), span))?)
        } else {
            None
        };
        let timeout = self.timeout()?;
        Ok(StatementKind::AssertSchema(AssertSchema { not_exists, subject, id, timeout }))
    }

    fn timeout(&mut self) -> Parsed<Option<Duration>> {
        if self.take(&["TIMEOUT"]) { self.duration().map(Some) } else { Ok(None) }
    }

    /// `VALUES source [(columns)] VALUES (…)` or `NULL VALUES source [(columns)] KEY (…)`
    fn assert_values(&mut self) -> Parsed<AssertValues> {
        let tombstone = self.take(&["NULL"]);
        self.expect("VALUES")?;
        let source = self.name("a source name")?;
        let columns = if self.sees(&["("]) { self.column_names()? } else { Vec::new() };
        self.expect(if tombstone { "KEY" } else { "VALUES" })?;
        let values = self.row()?;
        Ok(AssertValues { tombstone, source, columns, values })
    }

    /// `STREAM|TABLE name [(columns)] [WITH (…)]`
    fn assert_source(&mut self) -> Parsed<StatementKind> {
        let kind = self.source_kind()?;
        let name = self.name("a source name")?;
        self.source_definition(kind, name).map(StatementKind::AssertSource)
    }

    /// `RUN SCRIPT 'path'`
    pub(super) fn run_script(&mut self) -> Parsed<StatementKind> {
        self.expect("RUN")?;
        self.expect("SCRIPT")?;
        match &self.peek().kind {
            Kind::Text(path) if path.is_empty() => Err(self.unexpected(&["a path in single quotes"])),
            _ => Ok(StatementKind::RunScript { path: self.text("a path in single quotes")? }),
        }
    }
}
