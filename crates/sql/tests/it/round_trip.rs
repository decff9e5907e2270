//! The invariant of the printer: what it prints reads back as what it was.

use std::fmt::Debug;

use millstream_sql::{Statement, ast, parse, parse_expression};

/// Everything of a tree but places and whether a name stood in quotes that it did not need.
///
/// It works on the debug text, so that no node can be forgotten.
fn bare(tree: &impl Debug) -> String {
    let text = format!("{tree:?}");
    let mut bare = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = ["span: Span {", "quoted: "].iter().filter_map(|mark| rest.find(mark)).min() {
        bare.push_str(&rest[..at]);
        rest = &rest[at..];
        // A span is `Span { start: Position { … }, end: Position { … } }`.
        let end = if rest.starts_with("quoted") {
            rest.find([',', ' ', '}']).map(|_| "quoted: ".len() + if rest[8..].starts_with("true") { 4 } else { 5 })
        } else {
            rest.match_indices('}').nth(2).map(|(i, _)| i + 1)
        };
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    bare + rest
}

/// Prints the statements, reads them back and compares; gives what was printed.
#[track_caller]
pub(crate) fn statements(statements: &[Statement]) -> String {
    let printed = statements.iter().map(Statement::to_string).collect::<Vec<_>>().join("\n");
    let again = parse(&printed).unwrap_or_else(|findings| panic!("{printed}\n{findings:?}"));
    assert_eq!(again.len(), statements.len(), "{printed}");
    for (was, is) in statements.iter().zip(&again) {
        assert_eq!(bare(&was.kind), bare(&is.kind), "{}\n{printed}", was.text);
        assert_eq!(is.to_string(), was.to_string());
        assert_eq!(millstream_sql::print(&is.kind), is.text);
    }
    printed
}

/// The same for an expression.
#[track_caller]
pub(crate) fn expression(expr: &ast::Expr) -> String {
    let printed = expr.to_string();
    let again = parse_expression(&printed).unwrap_or_else(|finding| panic!("{printed}\n{finding}"));
    assert_eq!(bare(&expr.kind), bare(&again.kind), "{printed}");
    printed
}

#[test]
fn comparing_ignores_places_only() {
    let read = |sql: &str| bare(&parse_expression(sql).unwrap().kind);
    assert_eq!(read("a + `B`"), read("  a  +\n b"));
    assert_ne!(read("a + b"), read("a + c"));
    assert_ne!(read("a + b"), read("a - b"));
    assert!(!read("`x` + s.y[1]").contains("Span"), "{}", read("`x` + s.y[1]"));
}
