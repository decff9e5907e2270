//! `SELECT`, its items and its source.

use std::fmt::{self, Display, Formatter};

use crate::ast::{Query, Relation, SelectItem};

use super::{expression, list};

/// The canonical text, without a semicolon.
impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        list(f, &self.items, |f, item| item.fmt(f))?;
        write!(f, " FROM {}", self.from)?;
        if let Some(filter) = &self.filter {
            write!(f, " WHERE {filter}")?;
        }
        if self.emit_changes {
            f.write_str(" EMIT CHANGES")?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        Ok(())
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        match &self.alias {
            Some(alias) => write!(f, " AS {alias}"),
            None => Ok(()),
        }
    }
}

impl Display for SelectItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wildcard { source: None, .. } => f.write_str("*"),
            Self::Wildcard { source: Some(source), .. } => write!(f, "{source}.*"),
            Self::StructWildcard { base, .. } => {
                expression::primary(f, base)?;
                f.write_str("->*")
            }
            Self::Expr { expr, alias: None } => expr.fmt(f),
            Self::Expr { expr, alias: Some(alias) } => write!(f, "{expr} AS {alias}"),
        }
    }
}
