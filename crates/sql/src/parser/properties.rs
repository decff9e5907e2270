//! The properties of a WITH clause.

use crate::ast::Property;
use crate::token::Kind;

use super::{Parsed, Parser};

impl Parser<'_> {
    /// `( name = literal, … )`, WITH taken. Names are words, quoted names or strings; their case does not matter.
    pub(super) fn properties(&mut self) -> Parsed<Vec<Property>> {
        self.expect("(")?;
        self.more_properties()
    }

    /// The same, the parenthesis taken too.
    pub(super) fn more_properties(&mut self) -> Parsed<Vec<Property>> {
        let mut properties = self.more_properties_as_written()?;
        for property in &mut properties {
            property.name = property.name.to_uppercase();
        }
        Ok(properties)
    }

    /// `( name = literal, … )`, WITH taken, where names in quotes keep their case.
    pub(super) fn properties_as_written(&mut self) -> Parsed<Vec<Property>> {
        self.expect("(")?;
        self.more_properties_as_written()
    }

    fn more_properties_as_written(&mut self) -> Parsed<Vec<Property>> {
        self.enclosed(")", Self::property)
    }

    fn property(&mut self) -> Parsed<Property> {
        let span = self.peek().span;
        let name = match &self.peek().kind {
            Kind::Text(_) => self.text("a property name")?,
            _ => self.name("a property name")?.value,
        };
        self.expect("=")?;
        let value = self.literal()?;
        Ok(Property { name, value, span })
    }
}
