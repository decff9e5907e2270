//! `SET` and `UNSET` of properties, `DEFINE` and `UNDEFINE` of variables.

use crate::ast::StatementKind;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `SET 'name' = 'value'`
    pub(super) fn set(&mut self) -> Parsed<StatementKind> {
        self.expect("SET")?;
        let (name, value) = self.assignment()?;
        Ok(StatementKind::Set { name, value })
    }

    /// `UNSET 'name'`
    pub(super) fn unset(&mut self) -> Parsed<StatementKind> {
        self.expect("UNSET")?;
        Ok(StatementKind::Unset { name: self.text("a property name in single quotes")? })
    }

    /// `DEFINE name = 'value'`
    pub(super) fn define(&mut self) -> Parsed<StatementKind> {
        self.expect("DEFINE")?;
        let name = self.name("a variable name")?;
        self.expect("=")?;
        Ok(StatementKind::Define { name, value: self.text("a value in single quotes")? })
    }

    /// `UNDEFINE name`
    pub(super) fn undefine(&mut self) -> Parsed<StatementKind> {
        self.expect("UNDEFINE")?;
        self.name("a variable name").map(StatementKind::Undefine)
    }

    /// `'name' = 'value'`
    pub(super) fn assignment(&mut self) -> Parsed<(String, String)> {
        let name = self.text("a property name in single quotes")?;
        self.expect("=")?;
        Ok((name, self.text("a value in single quotes")?))
    }
}
