//! Tokens to statements by recursive descent: one function a rule, one token of lookahead nearly everywhere, no
//! backtracking, every node with its span.
//!
//! This file holds what all rules share: the cursor, what is expected and found, names, lists, the depth limit.

mod added;
mod alter;
mod argument;
mod assert;
mod call;
mod columns;
mod connector;
mod control;
mod create;
mod drop;
mod errors;
mod explain;
mod expression;
mod finding;
mod grouping;
mod insert;
mod layout;
mod literal;
mod predicate;
mod primary;
mod print;
mod properties;
mod query;
mod relation;
mod select;
mod session;
mod show;
mod standard;
mod statement;
mod types;
mod variables;
mod window;
mod words;

pub(crate) use expression::Level;
use finding::{Finding, unsupported};
pub(crate) use layout::{Event, INDENT, Layout};

use crate::ast::{self, Ident, Statement};
use crate::context::Context;
use crate::keywords::is_reserved;
use crate::lexer::tokenize;
use crate::token::{Kind, Token};
use crate::{Diagnostic, Span};

/// How many levels an expression, or a type, may have: parentheses, operands of operands and links of a chain
/// (`a + b + c` has two) alike. Everything that walks the tree recurses that deep, on threads with small stacks.
pub const MAX_DEPTH: u32 = 200;

/// What a rule gives.
type Parsed<T> = Result<T, Finding>;

/// The statements of a text, each closed by a semicolon, read in an empty [`Context`]: no custom types, no variables.
///
/// # Errors
/// Those of [`parse_in`].
pub fn parse(sql: &str) -> Result<Vec<Statement>, Vec<Diagnostic>> {
    parse_in(sql, &mut Context::default())
}

/// The statements of a text, each closed by a semicolon. The context afterwards holds what the text defined, and no
/// longer what it dropped.
///
/// # Errors
/// One finding for each statement that cannot be read, in the order of the text: after a finding, reading goes on
/// behind the next semicolon. The context is then left as it was.
pub fn parse_in(sql: &str, context: &mut Context) -> Result<Vec<Statement>, Vec<Diagnostic>> {
    let mut parser = Parser::new(sql, context.clone());
    let statements = parser.statements()?;
    *context = parser.context;
    Ok(statements)
}

/// The tokens of a text with their layout. Variables and custom types stand for themselves.
///
/// # Errors
/// Those of [`parse_in`].
pub(crate) fn layout(sql: &str) -> Result<(Vec<Token>, Layout), Vec<Diagnostic>> {
    let mut parser = Parser::new(sql, Context { tests: true, ..Context::default() });
    parser.layout = Some(Layout::default());
    match parser.statements() {
        Ok(_) => Ok((parser.tokens, parser.layout.unwrap_or_default())),
        Err(findings) => Err(findings),
    }
}

/// A single expression, with nothing behind it.
///
/// # Errors
/// What is wrong with it, or what stands behind it.
pub fn parse_expression(sql: &str) -> Result<ast::Expr, Diagnostic> {
    let mut parser = Parser::new(sql, Context::default());
    let expr = parser.expression().map_err(|Finding(finding)| *finding)?;
    if parser.at_end() { Ok(expr) } else { Err(*parser.unexpected(&["end of the expression"]).0) }
}

/// A cursor over the tokens of one text.
struct Parser<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    /// What stands behind the last token.
    end: Token,
    /// Index of the next token.
    at: usize,
    /// Levels entered by recursion.
    depth: u32,
    /// Index of the last token taken for an alias although no AS announced it: maybe a misspelt keyword.
    bare_alias: Option<usize>,
    /// What is defined so far.
    context: Context,
    /// Whether variables are substituted when nothing in the text says otherwise.
    substitute_first: bool,
    /// Whether queries of standard SQL are taken when nothing in the text says otherwise.
    standard_first: bool,
    /// Whether only ksqlDB's grammar is read when nothing in the text says otherwise.
    ksql_first: bool,
    /// What a formatter wants to know.
    layout: Option<Layout>,
}

impl<'a> Parser<'a> {
    fn new(sql: &'a str, context: Context) -> Self {
        let end = Token { kind: Kind::End, span: Span::default(), bytes: sql.len()..sql.len(), replaced: None };
        let tokens = tokenize(sql);
        let (substitute_first, standard_first, ksql_first) = (context.substitute, context.standard, context.ksql);
        Self {
            sql,
            tokens,
            end,
            at: 0,
            depth: 0,
            bare_alias: None,
            context,
            substitute_first,
            standard_first,
            ksql_first,
            layout: None,
        }
    }

    /// All statements, or what is wrong with those that cannot be read.
    fn statements(&mut self) -> Result<Vec<Statement>, Vec<Diagnostic>> {
        let (mut statements, mut findings) = (Vec::new(), Vec::new());
        while !self.at_end() {
            match self.terminated_statement() {
                Ok(statement) => statements.push(statement),
                Err(Finding(finding)) => {
                    findings.push(*finding);
                    self.skip_statement();
                }
            }
        }
        if findings.is_empty() { Ok(statements) } else { Err(findings) }
    }

    // The cursor.

    fn peek(&self) -> &Token {
        self.ahead(0)
    }

    /// The token `n` behind the next one.
    fn ahead(&self, n: usize) -> &Token {
        self.tokens.get(self.at + n).or(self.tokens.last()).unwrap_or(&self.end)
    }

    /// Takes the next token. The end is never passed.
    fn advance(&mut self) {
        if !self.at_end() {
            self.at += 1;
        }
    }

    fn at_end(&self) -> bool {
        self.peek().kind == Kind::End
    }

    /// Whether the next tokens are these keywords and symbols.
    fn sees(&self, what: &[&str]) -> bool {
        what.iter().enumerate().all(|(n, what)| self.ahead(n).is(what))
    }

    /// Takes these keywords and symbols if they all come next.
    fn take(&mut self, what: &[&str]) -> bool {
        let seen = self.sees(what);
        if seen {
            self.at += what.len();
        }
        seen
    }

    /// Takes the keyword or symbol that must come next.
    fn expect(&mut self, what: &str) -> Parsed<()> {
        if self.take(&[what]) { Ok(()) } else { Err(self.unexpected(&[what])) }
    }

    /// The source text of a token.
    fn source(&self, token: &Token) -> &'a str {
        self.sql.get(token.bytes.clone()).unwrap_or_default()
    }

    /// From the token at `first` to the last one taken.
    fn span_from(&self, first: usize) -> Span {
        let start = self.tokens.get(first).unwrap_or(&self.end).span;
        let last = self.tokens.get(self.at.saturating_sub(1)).unwrap_or(&self.end).span;
        if self.at > first { start.to(last) } else { start }
    }

    /// Moves behind the next semicolon.
    fn skip_statement(&mut self) {
        while !self.at_end() && !self.take(&[";"]) {
            self.advance();
        }
    }

    // What rules are made of.

    /// One or more, separated by commas.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        loop {
            self.line();
            items.push(item(self)?);
            if !self.take(&[","]) {
                return Ok(items);
            }
        }
    }

    /// The rest of a list whose opening bracket was taken: one or more items up to `close`.
    fn enclosed<T>(&mut self, close: &str, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.open(INDENT);
        let items = self.list(item)?;
        self.close_list(close)?;
        Ok(items)
    }

    /// The rest of a list whose opening bracket was taken: items up to `close`, maybe none.
    fn list_until<T>(&mut self, close: &str, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        if self.take(&[close]) {
            return Ok(Vec::new());
        }
        self.enclosed(close, item)
    }

    /// The bracket behind a list, whose group ends with it.
    fn close_list(&mut self, close: &str) -> Parsed<()> {
        self.outdent();
        self.close();
        if self.take(&[close]) { Ok(()) } else { Err(self.unexpected(&[",", close])) }
    }

    /// A name; `what` says of what, as in "a column name".
    fn name(&mut self, what: &str) -> Parsed<Ident> {
        let token = self.peek();
        let (value, quoted) = match &token.kind {
            Kind::Quoted(name) if name.is_empty() => {
                return Err(Finding::at(token.span, "Syntax Error\na name cannot be empty"));
            }
            Kind::Quoted(name) => (name.clone(), true),
            Kind::Word(word) if !is_reserved(word) => (word.clone(), false),
            Kind::Variable(name) if self.is_lenient() => (format!("${{{name}}}"), true),
            Kind::Word(_) => return Err(self.reserved(what)),
            _ => return Err(self.unexpected(&[what])),
        };
        let span = token.span;
        self.is_name(self.at);
        self.advance();
        Ok(Ident { value, quoted, span })
    }

    /// Whether the next token can be a name.
    fn sees_name(&self) -> bool {
        match &self.peek().kind {
            Kind::Quoted(_) => true,
            Kind::Word(word) => !is_reserved(word),
            Kind::Variable(_) => self.is_lenient(),
            _ => false,
        }
    }

    /// A name that keeps its case even without quotes, or a string literal: that of a topic or subject.
    fn name_as_written(&mut self, what: &str) -> Parsed<Ident> {
        let token = self.peek();
        if let Kind::Text(text) = &token.kind
            && !text.is_empty()
        {
            let ident = Ident { value: text.clone(), quoted: true, span: token.span };
            self.advance();
            return Ok(ident);
        }
        let written = token.replaced.clone().unwrap_or_else(|| self.source(token).to_owned());
        let name = self.name(what)?;
        Ok(if written.starts_with(['`', '"']) { name } else { Ident { value: written, ..name } })
    }

    /// A string literal; `what` says of what.
    fn text(&mut self, what: &str) -> Parsed<String> {
        if matches!(self.peek().kind, Kind::Variable(_)) && self.is_lenient() {
            self.advance();
            return Ok(String::new());
        }
        let Kind::Text(text) = &self.peek().kind else {
            return Err(self.unexpected(&[what]));
        };
        let text = text.clone();
        self.advance();
        Ok(text)
    }

    /// Counts a level more, which its caller counts back.
    fn descend(&mut self) -> Parsed<()> {
        self.descend_by(1)
    }

    /// Counts some levels more, which its caller counts back.
    fn descend_by(&mut self, levels: u32) -> Parsed<()> {
        if self.depth + levels > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += levels;
        Ok(())
    }
}
