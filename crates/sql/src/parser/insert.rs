//! `INSERT INTO … VALUES` and `INSERT INTO … SELECT`.

use crate::ast::{Expr, InsertSelect, InsertValues, StatementKind};

use super::{INDENT, Parsed, Parser};

impl Parser<'_> {
    /// `INSERT INTO name [(columns)] VALUES (expressions), …` or `INSERT INTO name [WITH (…)] query`
    pub(super) fn insert(&mut self) -> Parsed<StatementKind> {
        self.expect("INSERT")?;
        self.expect("INTO")?;
        let target = self.name("a source name")?;
        // WITH opens properties, or the common tables of the query.
        let with = if self.take(&["WITH", "("]) { self.more_properties()? } else { Vec::new() };
        if !with.is_empty() || self.sees(&["SELECT"]) || self.sees(&["WITH"]) {
            self.line();
            let query = self.query()?;
            return Ok(StatementKind::InsertSelect(InsertSelect { target, with, query }));
        }
        let columns = if self.sees(&["("]) { self.column_names()? } else { Vec::new() };
        if !self.take(&["VALUES"]) {
            let finding =
                self.unexpected(if columns.is_empty() { &["(", "VALUES", "SELECT", "WITH"] } else { &["VALUES"] });
            return Err(match self.sees(&["SELECT"]) {
                true => finding.hint("INSERT … SELECT writes all columns: leave out the list of columns"),
                false => finding,
            });
        }
        self.open(INDENT);
        let rows = self.list(Self::row)?;
        self.close();
        Ok(StatementKind::InsertValues(InsertValues { target, columns, rows }))
    }

    /// `(expression, …)`
    pub(super) fn row(&mut self) -> Parsed<Vec<Expr>> {
        self.expect("(")?;
        self.enclosed(")", Self::expression)
    }
}
