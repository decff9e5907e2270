//! Statements for tests.

use millstream_sql::Statement;
use millstream_sql::ast::Ident;

/// The one statement of a text.
pub(crate) fn statement(text: &str) -> Statement {
    millstream_sql::parse(text).unwrap_or_else(|e| panic!("{}", e[0].render(text))).remove(0)
}

/// A name that stands nowhere.
pub(crate) fn name(value: &str) -> Ident {
    Ident { value: value.to_owned(), quoted: false, span: Default::default() }
}
