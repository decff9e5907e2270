//! Names, strings and numbers, above all those that need care when they are written.

use millstream_sql::Span;
use millstream_sql::ast::Ident;
use proptest::prelude::*;

/// Words that mean something somewhere, reserved or not.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALL",
    "AND",
    "ARRAY",
    "AS",
    "AT",
    "BY",
    "CASE",
    "CAST",
    "CHANGES",
    "COLUMN",
    "CONNECTOR",
    "DATE",
    "DAY",
    "DAYS",
    "DECIMAL",
    "DISTINCT",
    "EMIT",
    "END",
    "ESCAPE",
    "EXISTS",
    "EXTENDED",
    "FALSE",
    "FINAL",
    "FROM",
    "FUNCTION",
    "GRACE",
    "HEADER",
    "HEADERS",
    "ID",
    "IF",
    "IN",
    "IS",
    "JOIN",
    "KEY",
    "LEFT",
    "LIMIT",
    "MAP",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "PARTITION",
    "PRIMARY",
    "SCHEMA",
    "SELECT",
    "SESSION",
    "SET",
    "SHOW",
    "SINK",
    "SIZE",
    "SOURCE",
    "STREAM",
    "STREAMS",
    "STRUCT",
    "SUBJECT",
    "TABLE",
    "TABLES",
    "TIMEOUT",
    "TOPIC",
    "TRUE",
    "TUMBLING",
    "TYPE",
    "UNION",
    "VALUES",
    "WINDOW",
    "WITH",
];

/// The text of a name.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[A-Z_][A-Z0-9_@]{0,5}",
        3 => prop::sample::select(KEYWORDS).prop_map(str::to_owned),
        1 => prop::sample::select(KEYWORDS).prop_map(str::to_lowercase),
        1 => "[a-z][a-zA-Z0-9]{0,5}",
        1 => "[0-9][A-Z0-9_]{0,3}",
        1 => "[ `\"';$.{}*/a-]{1,6}",
        1 => "\\PC{1,6}",
        1 => any::<String>().prop_filter("a name is not empty", |name| !name.is_empty()),
    ]
}

/// A name.
pub(crate) fn ident() -> impl Strategy<Value = Ident> {
    text().prop_map(|value| Ident { value, quoted: false, span: Span::default() })
}

/// The text of a string literal.
pub(crate) fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9 _.-]{0,8}",
        2 => "['`\"\\\\;$%{}*/\n-]{0,6}",
        1 => "\\PC{0,8}",
        1 => any::<String>(),
    ]
}
