//! The list of declared columns.

use crate::ast::{ColumnDef, Constraint, Ident};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `column, … )`, the opening parenthesis taken.
    pub(super) fn columns(&mut self) -> Parsed<Vec<ColumnDef>> {
        self.enclosed(")", Self::column)
    }

    /// `(name, …)`
    pub(super) fn column_names(&mut self) -> Parsed<Vec<Ident>> {
        self.expect("(")?;
        self.enclosed(")", |p| p.name("a column name"))
    }

    /// `name type [KEY | PRIMARY KEY | HEADERS | HEADER('key')]`
    fn column(&mut self) -> Parsed<ColumnDef> {
        let first = self.at;
        let name = self.name("a column name")?;
        let ty = self.declared_type()?;
        let constraint = self.constraint()?;
        Ok(ColumnDef { name, ty, constraint, span: self.span_from(first) })
    }

    fn constraint(&mut self) -> Parsed<Option<Constraint>> {
        if self.take(&["PRIMARY"]) {
            self.expect("KEY")?;
            return Ok(Some(Constraint::PrimaryKey));
        }
        if self.take(&["KEY"]) {
            return Ok(Some(Constraint::Key));
        }
        if self.take(&["HEADERS"]) {
            return Ok(Some(Constraint::Headers));
        }
        if !self.take(&["HEADER"]) {
            return Ok(None);
        }
        self.tight(0);
        self.expect("(")?;
        let key = self.text("the key of a header in single quotes")?;
        self.expect(")")?;
        Ok(Some(Constraint::Header(key)))
    }
}
