//! The properties of a WITH clause.

use crate::ast::Property;
use crate::token::Kind;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `( name = literal, … )`, WITH taken. Names are words, quoted names or strings; their case does not matter.
    pub(super) fn properties(&mut self) -> Parsed<Vec<Property>> {
        self.expect("(")?;
        let properties = self.list(Self::property)?;
        self.close_list(")")?;
        Ok(properties)
    }

    fn property(&mut self) -> Parsed<Property> {
        let span = self.peek().span;
        let name = match &self.peek().kind {
            Kind::Text(_) => self.text("a property name")?,
            _ => self.name("a property name")?.value,
        };
        self.expect("=")?;
        let value = self.literal()?;
        Ok(Property { name: name.to_uppercase(), value, span })
    }
}
