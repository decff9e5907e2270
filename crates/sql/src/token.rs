//! The tokens the parser reads: words, names, literals and symbols of the dialect, each with its place.

use std::ops::Range;

use crate::Span;

/// One token of the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it stands, in lines and characters.
    pub(crate) span: Span,
    /// Where it stands, in bytes.
    pub(crate) bytes: Range<usize>,
    /// What stands there instead once variables are substituted, if that is another text.
    pub(crate) replaced: Option<String>,
}

/// What a token can be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A keyword or an unquoted name, in upper case.
    Word(String),
    /// A name in back-quotes or double quotes, unquoted.
    Quoted(String),
    /// A number as written; the value of a variable may bring a minus with it.
    Number(String),
    /// A string literal, unquoted.
    Text(String),
    /// `${NAME}`, the name in upper case.
    Variable(String),
    /// Punctuation or an operator of the dialect.
    Symbol(&'static str),
    /// A character or operator that the dialect does not have.
    Unknown,
    /// Text that cannot be read at all, such as a quote that never closes.
    Broken {
        /// What is wrong.
        message: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// The end of the text.
    End,
}

impl Token {
    /// Whether it is that keyword (upper case) or symbol. Quoted names are neither.
    pub(crate) fn is(&self, what: &str) -> bool {
        match &self.kind {
            Kind::Word(word) => word == what,
            Kind::Symbol(symbol) => *symbol == what,
            _ => false,
        }
    }

    /// The upper-cased word, if it is an unquoted one.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}
