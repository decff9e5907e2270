//! Files of SQL tests: statements with directives between them, `--@test: name`, `--@expected.error: class`,
//! `--@expected.message: text`.
//!
//! A file is cut into its parts without being read, since a test may hold statements that must not read. Each is
//! then read by [`parse_in`](crate::parse_in); [`Diagnostic::inside`](crate::Diagnostic::inside) gives the place in the file.

use crate::lexer::comments::blank;
use crate::lexer::{Place, tokenize};
use crate::token::Kind;
use crate::{Position, Span};

/// A part of a file of SQL tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `--@name: value`
    Directive(Directive),
    /// A statement with its semicolon; what stands behind the last semicolon has none.
    Statement {
        /// The text as written.
        text: String,
        /// Where it stands.
        span: Span,
    },
}

/// `--@name: value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// What stands before the colon, without blanks around it, such as `expected.error`.
    pub name: String,
    /// What stands behind it, without blanks around it; empty if there is no colon.
    pub value: String,
    /// Where the comment stands.
    pub span: Span,
}

/// The parts of a file of SQL tests in the order in which they begin. A directive inside a statement stands behind it.
pub fn split(sql: &str) -> Vec<Part> {
    let mut parts = statements(sql);
    parts.extend(directives(sql));
    parts.sort_by_key(Part::start);
    parts
}

impl Part {
    /// Where it begins.
    fn start(&self) -> Position {
        match self {
            Self::Directive(Directive { span, .. }) | Self::Statement { span, .. } => span.start,
        }
    }
}

fn statements(sql: &str) -> Vec<Part> {
    let tokens = tokenize(sql);
    let ends = |token: &crate::token::Token| token.is(";") || matches!(token.kind, Kind::Broken { .. } | Kind::End);
    let whole = tokens.split_inclusive(ends);
    let statement = |tokens: &[crate::token::Token]| {
        // The end of the text is no part of the last statement.
        let last = tokens.iter().rev().find(|token| token.kind != Kind::End)?;
        let first = tokens.first()?;
        // What cannot be read is read no further: it is the statement's, to the end of the text.
        let broken = matches!(last.kind, Kind::Broken { .. });
        let end = if broken { sql.trim_end().len() } else { last.bytes.end };
        let text = sql.get(first.bytes.start..end).unwrap_or_default().to_owned();
        Some(Part::Statement { text, span: first.span.to(last.span) })
    };
    whole.filter_map(statement).collect()
}

fn directives(sql: &str) -> Vec<Part> {
    let mut place = Place::default();
    let mut found = Vec::new();
    for comment in blank(sql).comments {
        let Some(text) = sql.get(comment.clone()).and_then(|text| text.strip_prefix("--@")) else {
            continue;
        };
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let (start, _) = place.seek_byte(sql, comment.start);
        let (end, _) = place.seek_byte(sql, comment.end);
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        found.push(Part::Directive(Directive { name, value, span: Span { start, end } }));
    }
    found
}
