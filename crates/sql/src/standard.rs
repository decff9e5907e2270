//! Queries in standard SQL that the dialect's own grammar does not have, read by sqlparser under ksqlDB's rules of names:
//! the tree is sqlparser's, for the planner of such queries alone. Everything else keeps the text.
//!
//! What reads the tree recurses over it, so that its size and its depth are bounded here.

mod dialect;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Query, visit_relations};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use self::dialect::{Standard, tokens};
use crate::keywords::is_reserved;
use crate::{Diagnostic, Position, Span};

/// Words and symbols of a query at most.
const TOKENS_MAX: usize = 20_000;
/// Operators of a query at most: a chain of them is as deep as it is long.
const OPERATORS_MAX: usize = 1000;
/// How deep parentheses and sub-queries may stand in each other.
const DEPTH_MAX: usize = 60;

/// A query that could be read.
#[derive(Debug)]
pub struct StandardQuery {
    /// The query; names without quotes in upper case, places as in its text.
    pub query: Box<Query>,
    /// Its words and names.
    pub words: BTreeSet<String>,
}

/// Reads a query, with or without a semicolon behind it.
///
/// # Errors
/// It cannot be read, or it is too large.
pub fn query(text: &str) -> Result<StandardQuery, Diagnostic> {
    let tokens = tokens(text).map_err(|e| finding(&ParserError::from(e)))?;
    check_size(&tokens)?;
    let words = tokens.iter().filter_map(|t| match &t.token {
        Token::Word(word) => Some(word.value.clone()),
        _ => None,
    });
    let words = words.collect();
    let mut parser = Parser::new(&Standard).with_recursion_limit(DEPTH_MAX).with_tokens_with_locations(tokens);
    let query = parser.parse_query().map_err(|e| finding(&e))?;
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        let message = format!("Syntax Error\nExpected: end of statement, found: {}", next.token);
        return Err(Diagnostic { span: span(next.span), ..Diagnostic::general(message) });
    }
    check_sources(&query)?;
    Ok(StandardQuery { query, words })
}

/// A keyword is none of its sources: `FROM WHERE` is a slip.
fn check_sources(query: &Query) -> Result<(), Diagnostic> {
    let slip = visit_relations(query, |name| match name.0.last().and_then(|part| part.as_ident()) {
        Some(ident) if ident.quote_style.is_none() && is_reserved(&ident.value) => ControlFlow::Break(ident.clone()),
        _ => ControlFlow::Continue(()),
    });
    match slip {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(word) => {
            let message = format!("Syntax Error\n'{}' is a reserved keyword and cannot be a source name", word.value);
            Err(Diagnostic { span: span(word.span), ..Diagnostic::general(message) })
        }
    }
}

/// A place of sqlparser's; `None`: it has none.
pub fn span(span: sqlparser::tokenizer::Span) -> Option<Span> {
    let bounded = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let at = |line: u64, column: u64| Position { line: bounded(line), column: bounded(column) };
    (span.start.line > 0).then(|| Span {
        start: at(span.start.line, span.start.column),
        end: at(span.end.line, span.end.column.max(span.start.column)),
    })
}

/// What sqlparser could not read. It tells the place as the end of its sentence.
fn finding(error: &ParserError) -> Diagnostic {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "the statement is nested too deeply",
    };
    let (message, place) = text.rsplit_once(" at Line: ").unwrap_or((text, ""));
    let message = format!("Syntax Error\n{message}");
    let place =
        place.split_once(", Column: ").and_then(|(l, c)| Some((l.trim().parse().ok()?, c.trim().parse().ok()?)));
    match place {
        Some((line, column)) if line > 0 => {
            let start = Position { line, column };
            Diagnostic::at(Span { start, end: Position { line, column: column.saturating_add(1) } }, message)
        }
        _ => Diagnostic::general(message),
    }
}

fn check_size(tokens: &[TokenWithSpan]) -> Result<(), Diagnostic> {
    let tokens: Vec<&Token> = tokens.iter().map(|t| &t.token).filter(|t| !matches!(t, Token::Whitespace(_))).collect();
    if tokens.len() > TOKENS_MAX {
        return Err(Diagnostic::general(format!("A query in standard SQL may have {TOKENS_MAX} words and symbols.")));
    }
    if tokens.iter().filter(|t| is_operator(t)).count() > OPERATORS_MAX {
        let message = format!("A query in standard SQL may have {OPERATORS_MAX} operators.");
        return Err(Diagnostic::general(message).hint("An IN list counts as one, whatever its length."));
    }
    Ok(())
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::BETWEEN
                | Keyword::JOIN
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::CASE
                | Keyword::COLLATE
        ),
        Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::RBracket
        | Token::RBrace
        | Token::Period
        | Token::SemiColon
        | Token::EOF
        | Token::Number(..)
        | Token::SingleQuotedString(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn names_fold_and_keep_their_places() {
        let read = query("select a, `b`\nfrom \"C\" x -- comment; here\n;").unwrap();
        assert_eq!(read.query.to_string(), "SELECT A, `b` FROM \"C\" X");
        assert!(read.words.contains("A") && read.words.contains("b") && !read.words.contains("a"));
        let arrow = query("SELECT a->b->c + 1, d[1]->e FROM t").unwrap();
        assert_eq!(arrow.query.to_string(), "SELECT A -> B -> C + 1, D[1] -> E FROM T");
    }

    #[test]
    fn findings_have_places() {
        let told = |sql: &str| query(sql).unwrap_err().render(sql);
        assert!(
            told("SELECT DISTINCT a\nFROM WHERE").starts_with("line 2:6: Syntax Error"),
            "{}",
            told("SELECT a FROM WHERE")
        );
        assert!(
            told("SELECT 1; SELECT 2")
                .starts_with("line 1:11: Syntax Error\nExpected: end of statement, found: SELECT")
        );
        assert!(told("SELECT 'x").contains("Syntax Error"));
    }

    #[test]
    fn there_is_an_end_to_size_and_depth() {
        let deep = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(query(&deep).is_err());
        let long = format!("SELECT 1{}", " + 1".repeat(5000));
        assert!(query(&long).unwrap_err().message.contains("operators"));
        assert!(query(&format!("SELECT 1 IN ({}1)", "1,".repeat(5000))).is_ok());
        assert!(query(&format!("SELECT 1 IN ({}1)", "1,".repeat(50_000))).is_err());
    }
}
