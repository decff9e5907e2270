//! `INSERT INTO … VALUES`.

use crate::ast::InsertValues;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `INSERT INTO name [(columns)] VALUES (expressions)`
    pub(super) fn insert(&mut self) -> Parsed<InsertValues> {
        self.expect("INSERT")?;
        self.expect("INTO")?;
        let target = self.name("a source name")?;
        if self.sees(&["SELECT"]) || self.sees(&["WITH"]) {
            return Err(self.unsupported_here(1, "INSERT INTO … SELECT"));
        }
        let mut columns = Vec::new();
        if self.take(&["("]) {
            columns = self.list(|p| p.name("a column name"))?;
            self.close_list(")")?;
        }
        if !self.take(&["VALUES"]) {
            return Err(self.unexpected(if columns.is_empty() { &["(", "VALUES", "SELECT"] } else { &["VALUES"] }));
        }
        self.expect("(")?;
        let values = self.list(Self::expression)?;
        self.close_list(")")?;
        Ok(InsertValues { target, columns, rows: vec![values] })
    }
}
