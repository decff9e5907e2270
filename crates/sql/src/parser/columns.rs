//! The list of declared columns.

use crate::ast::{ColumnDef, Constraint};

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `column, … )`, the opening parenthesis taken.
    pub(super) fn columns(&mut self) -> Parsed<Vec<ColumnDef>> {
        let columns = self.list(Self::column)?;
        self.close_list(")")?;
        Ok(columns)
    }

    /// `name type [KEY | PRIMARY KEY]`
    fn column(&mut self) -> Parsed<ColumnDef> {
        let first = self.at;
        let name = self.name("a column name")?;
        let ty = self.data_type()?;
        if self.sees(&["HEADERS"]) || self.sees(&["HEADER", "("]) {
            return Err(self.unsupported_here(1, "a HEADERS column"));
        }
        let constraint = if self.take(&["PRIMARY", "KEY"]) {
            Some(Constraint::PrimaryKey)
        } else if self.take(&["KEY"]) {
            Some(Constraint::Key)
        } else {
            None
        };
        Ok(ColumnDef { name, ty, constraint, span: self.span_from(first) })
    }
}
