//! `SET` and `UNSET` of properties.

use crate::ast::StatementKind;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `SET 'name' = 'value'`
    pub(super) fn set(&mut self) -> Parsed<StatementKind> {
        self.expect("SET")?;
        let name = self.text("a property name in single quotes")?;
        self.expect("=")?;
        let value = self.text("a value in single quotes")?;
        Ok(StatementKind::Set { name, value })
    }

    /// `UNSET 'name'`
    pub(super) fn unset(&mut self) -> Parsed<StatementKind> {
        self.expect("UNSET")?;
        Ok(StatementKind::Unset { name: self.text("a property name in single quotes")? })
    }
}
