//! The invariant of the printer: what it prints reads back as what it was.

use std::fmt::Debug;

use millstream_sql::{Context, Statement, ast, parse_expression, parse_in};

/// Everything of a tree but places, the text as written, and whether a name stood in quotes that it did not need.
///
/// It works on the debug text, so that no node can be forgotten.
pub(crate) fn bare(tree: &impl Debug) -> String {
    let text = format!("{tree:?}");
    let mut bare = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(ch) = rest.chars().next() {
        let skipped = ["quoted: true, ", "quoted: false, "].into_iter().find(|mark| rest.starts_with(mark));
        let (taken, kept) = if rest.starts_with("span: Span {") {
            // `Span { start: Position { … }, end: Position { … } }`
            (rest.match_indices('}').nth(2).unwrap().0 + 1, false)
        } else if rest.starts_with("text: \"") {
            ("text: ".len() + quoted_length(&rest["text: ".len()..]), false)
        } else if let Some(skipped) = skipped {
            (skipped.len(), false)
        } else if matches!(ch, '"' | '\'') {
            (quoted_length(rest), true)
        } else {
            (ch.len_utf8(), true)
        };
        bare.push_str(if kept { &rest[..taken] } else { "" });
        rest = &rest[taken..];
    }
    bare
}

/// How long the string or character is that the debug text begins with.
fn quoted_length(text: &str) -> usize {
    let quote = text.chars().next().unwrap();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, ch)) = chars.next() {
        match ch {
            '\\' => {
                chars.next();
            }
            _ if ch == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Prints the statements, reads them back and compares; gives what was printed.
#[track_caller]
pub(crate) fn statements(statements: &[Statement]) -> String {
    let printed = statements.iter().map(Statement::to_string).collect::<Vec<_>>().join("\n");
    let mut context = Context { tests: true, ..Context::default() };
    let again = parse_in(&printed, &mut context).unwrap_or_else(|findings| panic!("{printed}\n{findings:?}"));
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

/// A text laid out anew means what it meant, holds what was in it, and stays as it is when it is laid out again.
#[track_caller]
pub(crate) fn formatted(sql: &str, formatted: &str) {
    let again = millstream_sql::format(formatted).unwrap_or_else(|findings| panic!("{formatted}\n{findings:?}"));
    assert_eq!(again, formatted, "{sql}");
    // All that is neither blank nor changes its case.
    let tight = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    assert_eq!(tight(formatted), tight(sql), "{sql}");
    let read = |sql: &str| parse_in(sql, &mut Context { tests: true, ..Context::default() });
    if let Ok(statements) = read(sql) {
        let again = read(formatted).unwrap_or_else(|findings| panic!("{formatted}\n{findings:?}"));
        assert_eq!(again.len(), statements.len(), "{sql}\n{formatted}");
        for (was, is) in statements.iter().zip(&again) {
            assert_eq!(bare_tree(was), bare_tree(is), "{sql}\n{formatted}");
        }
    }
}

fn bare_tree(statement: &Statement) -> String {
    bare(&statement.kind)
}

#[test]
fn comparing_ignores_places_only() {
    let read = |sql: &str| bare(&parse_expression(sql).unwrap().kind);
    assert_eq!(read("a + `B`"), read("  a  +\n b"));
    assert_ne!(read("a + b"), read("a + c"));
    assert_ne!(read("a + b"), read("a - b"));
    assert!(!read("`x` + s.y[1]").contains("Span"), "{}", read("`x` + s.y[1]"));
    assert_ne!(read("'span: Span { }}} a'"), read("'span: Span { }}} b'"));
    assert_ne!(read("'quoted: true, text: \"a\"'"), read("'quoted: false, text: \"b\"'"));
    assert_ne!(read("a LIKE b ESCAPE '\"' AND 'a'"), read("a LIKE b ESCAPE '\"' AND 'b'"));
}
