//! `CREATE STREAM|TABLE`.

use std::fmt::{self, Display, Formatter};

use crate::ast::{ColumnDef, Constraint, CreateAs, CreateSource, Ident, Property, SourceKind};
use crate::keywords::is_plain;

use super::statement::word;
use super::{list, text, types};

impl Display for CreateSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, self.kind, self.or_replace, self.if_not_exists, &self.name)?;
        if !self.columns.is_empty() {
            f.write_str(" (")?;
            list(f, &self.columns, |f, column| column.fmt(f))?;
            f.write_str(")")?;
        }
        with(f, &self.with)
    }
}

impl Display for CreateAs {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, self.kind, self.or_replace, self.if_not_exists, &self.name)?;
        with(f, &self.with)?;
        write!(f, " AS {}", self.query)
    }
}

/// `name type [KEY | PRIMARY KEY]`
impl Display for ColumnDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.name)?;
        types::write(f, &self.ty)?;
        f.write_str(match self.constraint {
            Some(Constraint::Key) => " KEY",
            Some(Constraint::PrimaryKey) => " PRIMARY KEY",
            None => "",
        })
    }
}

fn head(f: &mut Formatter<'_>, kind: SourceKind, or_replace: bool, if_not_exists: bool, name: &Ident) -> fmt::Result {
    let (or_replace, if_not_exists) = (word(or_replace, " OR REPLACE"), word(if_not_exists, " IF NOT EXISTS"));
    write!(f, "CREATE{or_replace} {kind}{if_not_exists} {name}")
}

fn with(f: &mut Formatter<'_>, properties: &[Property]) -> fmt::Result {
    if properties.is_empty() {
        return Ok(());
    }
    f.write_str(" WITH (")?;
    list(f, properties, |f, property| {
        if is_plain(&property.name) { f.write_str(&property.name) } else { text(f, &property.name) }?;
        write!(f, " = {}", property.value)
    })?;
    f.write_str(")")
}
