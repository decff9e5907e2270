//! Statements back to text, in one canonical form: keywords in upper case, single blanks, names in back-quotes only
//! when they need them, parentheses only where precedence asks for them. What is printed reads back as what it was.

mod create;
mod expression;
mod query;
mod statement;
mod types;

use std::fmt::{self, Display, Formatter};

use crate::ast::{Ident, Statement, StatementKind};
use crate::keywords::is_plain;

/// The canonical text of a statement, its semicolon included.
pub fn print(kind: &StatementKind) -> String {
    kind.to_string()
}

/// The canonical text, semicolon included; [`Statement::text`] is what was written.
impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// The name as it can be written in a statement: `ID`, `` `order id` ``.
impl Display for Ident {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(f, &self.value)
    }
}

/// A name, in back-quotes if it needs them.
fn name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) { f.write_str(name) } else { write!(f, "`{}`", name.replace('`', "``")) }
}

/// The name of a topic or subject, whose case counts without quotes too.
fn name_as_written(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(&name.to_ascii_uppercase()) { f.write_str(name) } else { write!(f, "`{}`", name.replace('`', "``")) }
}

/// A string literal.
fn text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "'{}'", text.replace('\'', "''"))
}

/// Items with a comma and a blank between them.
fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    mut item: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, it) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        item(f, it)?;
    }
    Ok(())
}
