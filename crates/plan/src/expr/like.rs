//! `x [NOT] LIKE pattern [ESCAPE 'c']`: `%` any run of characters, `_` one; neither crosses a line end.
//!
//! A constant pattern is compiled once, and into a plain text search where it is one.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use datafusion_common::ScalarValue;
use millstream_functions::{Arg, Error};
use millstream_sql::ast::Expr;
use millstream_types::SqlType;
use regex::Regex;

use super::operation::Operation;
use super::shown::Shown;
use super::{Compiler, Typed, logic};

/// What ends a line in Java's regular expressions, by which ksqlDB matches.
const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

impl Compiler<'_> {
    pub(super) fn like(&mut self, expr: &Expr, negated: bool, pattern: &Expr, escape: Option<char>) -> Option<Typed> {
        let (value, pattern_typed) = self.operands(expr, pattern)?;
        for (side, typed) in [(expr, &value), (pattern, &pattern_typed)] {
            if typed.ty.as_ref().is_some_and(|ty| *ty != SqlType::String) {
                let message =
                    format!("Like condition must be between strings, but {} is {}.", Shown(side), typed.type_name());
                return self.reject_type(side.span, message);
            }
        }
        let text = |typed: Typed| if typed.ty.is_none() { Typed::null_of(&SqlType::String) } else { typed };
        let (value, pattern_typed) = (text(value), text(pattern_typed));
        let matcher = match pattern_typed.constant() {
            Some(ScalarValue::Utf8(Some(pattern))) => match Matcher::compile(pattern, escape) {
                Ok(matcher) => Some(Arc::new(matcher)),
                Err(error) => return self.reject_type(expr.span, error),
            },
            _ => None,
        };
        let fails = matcher.is_none();
        let like = Typed::operation(Like { escape, matcher }, vec![value, pattern_typed], SqlType::Boolean, fails);
        Some(logic::negated(like, negated))
    }
}

/// LIKE with its pattern compiled, if that is constant.
#[derive(Debug, Clone)]
struct Like {
    escape: Option<char>,
    matcher: Option<Arc<Matcher>>,
}

// The matcher follows from the pattern operand, which takes part in the comparison of expressions.
impl PartialEq for Like {
    fn eq(&self, other: &Self) -> bool {
        self.escape == other.escape && self.matcher.is_some() == other.matcher.is_some()
    }
}

impl Eq for Like {}

impl Hash for Like {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.escape.hash(state);
    }
}

impl Operation for Like {
    fn name(&self) -> String {
        "LIKE".into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let [value, pattern] = args else { return Err(Error::Fatal("two operands expected".into())) };
        let values = value.view::<StringArray>()?;
        if let Some(matcher) = &self.matcher {
            let found = BooleanBuffer::collect_bool(rows, |row| values.get(row).is_some_and(|v| matcher.matches(v)));
            return Ok(Arc::new(BooleanArray::new(found, None)));
        }
        let patterns = pattern.view::<StringArray>()?;
        let mut last: Option<(&str, Matcher)> = None;
        let mut found = Vec::with_capacity(rows);
        for row in 0..rows {
            let Some((value, pattern)) = values.get(row).zip(patterns.get(row)) else {
                found.push(false);
                continue;
            };
            let matcher = match last.take() {
                Some((of, matcher)) if of == pattern => matcher,
                _ => Matcher::compile(pattern, self.escape).map_err(Error::Data)?,
            };
            found.push(matcher.matches(value));
            last = Some((pattern, matcher));
        }
        Ok(Arc::new(BooleanArray::from(found)))
    }
}

/// A compiled pattern.
#[derive(Debug)]
enum Matcher {
    Equal(String),
    Starts(String),
    Ends(String),
    Contains(String),
    Regex(Regex),
}

enum Token {
    Text(String),
    One,
    Many,
}

impl Matcher {
    fn compile(pattern: &str, escape: Option<char>) -> Result<Self, String> {
        let mut tokens = tokens(pattern, escape);
        Ok(match tokens.as_mut_slice() {
            [] => Self::Equal(String::new()),
            [Token::Text(text)] => Self::Equal(std::mem::take(text)),
            [Token::Text(text), Token::Many] => Self::Starts(std::mem::take(text)),
            [Token::Many, Token::Text(text)] => Self::Ends(std::mem::take(text)),
            [Token::Many, Token::Text(text), Token::Many] if !text.contains(LINE_ENDS) => {
                Self::Contains(std::mem::take(text))
            }
            tokens => {
                let mut regex = String::from("^");
                for token in tokens {
                    match token {
                        Token::Text(text) => regex.push_str(&regex::escape(text)),
                        Token::One => regex.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
                        Token::Many => regex.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]*"),
                    }
                }
                regex.push('$');
                Self::Regex(Regex::new(&regex).map_err(|_| "The LIKE pattern is too long.".to_owned())?)
            }
        })
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Equal(text) => value == text,
            // Most texts differ in their first byte, which costs less than a comparison of slices.
            Self::Starts(text) => {
                value.as_bytes().first() == text.as_bytes().first()
                    && value.strip_prefix(text.as_str()).is_some_and(one_line)
            }
            Self::Ends(text) => value.strip_suffix(text.as_str()).is_some_and(one_line),
            Self::Contains(text) => value.contains(text.as_str()) && one_line(value),
            Self::Regex(regex) => regex.is_match(value),
        }
    }
}

/// Whether a text has no line end, which `%` does not pass over.
fn one_line(text: &str) -> bool {
    if !text.is_ascii() {
        return !text.contains(LINE_ENDS);
    }
    // Without an early end, so that it is done many bytes at a time.
    !text.bytes().fold(false, |found, byte| found | (byte == b'\n') | (byte == b'\r'))
}

fn tokens(pattern: &str, escape: Option<char>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut text = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let wildcard = match character {
            // An escape character at the end stands for itself.
            c if Some(c) == escape => {
                text.push(characters.next().unwrap_or(c));
                continue;
            }
            '%' => Token::Many,
            '_' => Token::One,
            c => {
                text.push(c);
                continue;
            }
        };
        if !text.is_empty() {
            out.push(Token::Text(std::mem::take(&mut text)));
        }
        if !(matches!(wildcard, Token::Many) && matches!(out.last(), Some(Token::Many))) {
            out.push(wildcard);
        }
    }
    if !text.is_empty() {
        out.push(Token::Text(text));
    }
    out
}
