//! `CREATE STREAM|TABLE`.

use std::fmt::{self, Display, Formatter};

use crate::ast::{ColumnDef, Constraint, CreateAs, CreateSource, Ident, Property};
use crate::keywords::is_plain;

use super::statement::word;
use super::{list, text, types};

impl Display for CreateSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = if self.read_only { format!("SOURCE {}", self.kind) } else { self.kind.to_string() };
        head(f, &kind, self.or_replace, self.if_not_exists, &self.name)?;
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
        let kind = if self.view { "MATERIALIZED VIEW".to_owned() } else { self.kind.to_string() };
        head(f, &kind, self.or_replace, self.if_not_exists, &self.name)?;
        with(f, &self.with)?;
        write!(f, " AS {}", self.query)?;
        match &self.late {
            Some(late) => write!(f, " LATE RECORDS INTO {late}"),
            None => Ok(()),
        }
    }
}

/// `name type [KEY | PRIMARY KEY | HEADERS | HEADER('key')]`
impl Display for ColumnDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.name)?;
        types::write(f, &self.ty)?;
        match &self.constraint {
            Some(Constraint::Key) => f.write_str(" KEY"),
            Some(Constraint::PrimaryKey) => f.write_str(" PRIMARY KEY"),
            Some(Constraint::Headers) => f.write_str(" HEADERS"),
            Some(Constraint::Header(key)) => {
                f.write_str(" HEADER(")?;
                text(f, key)?;
                f.write_str(")")
            }
            None => Ok(()),
        }
    }
}

fn head(f: &mut Formatter<'_>, kind: &str, or_replace: bool, if_not_exists: bool, name: &Ident) -> fmt::Result {
    let (or_replace, if_not_exists) = (word(or_replace, " OR REPLACE"), word(if_not_exists, " IF NOT EXISTS"));
    write!(f, "CREATE{or_replace} {kind}{if_not_exists} {name}")
}

/// ` WITH (…)`, or nothing when there are no properties.
pub(super) fn with(f: &mut Formatter<'_>, properties: &[Property]) -> fmt::Result {
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
