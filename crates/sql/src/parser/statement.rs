//! Which rule reads a statement, and what statements define for those behind them.

use crate::Span;
use crate::ast::{Statement, StatementKind};
use crate::keywords::nearest;
use crate::token::Kind;

use super::create::COLUMNS_OF_QUERY;
use super::{Finding, Parsed, Parser};

/// First words of all statements, for suggestions.
const VERBS: &[&str] = &[
    "ALTER",
    "ASSERT",
    "CREATE",
    "DEFINE",
    "DESCRIBE",
    "DROP",
    "EXPLAIN",
    "INSERT",
    "LIST",
    "PAUSE",
    "PRINT",
    "REPLAY",
    "RESUME",
    "SELECT",
    "SET",
    "SHOW",
    "TERMINATE",
    "UNDEFINE",
    "UNSET",
    "WITH",
];

impl Parser<'_> {
    /// A statement and its semicolon.
    pub(super) fn terminated_statement(&mut self) -> Parsed<Statement> {
        let first = self.at;
        (self.depth, self.bare_alias) = (0, None);
        self.substitute()?;
        self.open(0);
        let kind = self.whole_statement()?;
        self.define_from(&kind);
        let text = self.statement_text(first);
        self.close();
        self.statement_ends(first);
        self.advance();
        Ok(Statement { kind, text, span: self.span_from(first) })
    }

    /// A statement up to its semicolon, which is not taken.
    pub(super) fn whole_statement(&mut self) -> Parsed<StatementKind> {
        let first = self.at;
        let finding = match self.statement() {
            Ok(kind) if self.sees(&[";"]) => return Ok(kind),
            Ok(kind) => self.unterminated(&kind),
            Err(finding) => finding,
        };
        self.standard(first).ok_or(finding)
    }

    fn statement(&mut self) -> Parsed<StatementKind> {
        match self.peek().word() {
            Some("ALTER") => self.alter(),
            Some("ASSERT") => self.assert(),
            Some("CREATE") => self.create(),
            Some("DEFINE") => self.define(),
            Some("DESCRIBE") => self.describe(),
            Some("DROP") => self.drop_statement(),
            Some("EXPLAIN") => self.explain(),
            Some("INSERT") => self.insert(),
            Some("LIST" | "SHOW") if self.ahead(1).is("WATERMARKS") => self.show_watermarks(),
            Some("LIST" | "SHOW") if self.ahead(1).is("ERRORS") => self.show_errors(),
            Some("SHOW") if self.ahead(1).is("CREATE") && !self.context.ksql => self.show_create(),
            Some("LIST" | "SHOW") if self.sees_show_like() => self.show_like(),
            Some("REPLAY") if self.ahead(1).is("ERRORS") => self.replay_errors(),
            Some("LIST" | "SHOW") => self.show().map(StatementKind::Show),
            Some("PAUSE") => self.control().map(StatementKind::Pause),
            Some("PRINT") => self.print().map(StatementKind::Print),
            Some("RESUME") => self.control().map(StatementKind::Resume),
            Some("RUN") if self.context.tests => self.run_script(),
            Some("SELECT" | "WITH") => self.query().map(StatementKind::Select),
            Some("SET") => self.set(),
            Some("TERMINATE") => self.control().map(StatementKind::Terminate),
            Some("UNDEFINE") => self.undefine(),
            Some("UNSET") => self.unset(),
            _ => Err(self.no_statement()),
        }
    }

    /// What a statement means to the text behind it.
    fn define_from(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::CreateType { name, ty, .. } => {
                // One that exists stays: that is what IF NOT EXISTS asks for, and otherwise the statement fails.
                self.context.types.entry(name.value.clone()).or_insert_with(|| ty.clone());
            }
            StatementKind::DropType { name, .. } => {
                self.context.types.remove(&name.value);
            }
            StatementKind::Define { name, value } => self.context.define(&name.value, value.as_str()),
            StatementKind::Undefine(name) => {
                self.context.undefine(&name.value);
            }
            StatementKind::Set { name, value } if is_dialect(name) => {
                let ksql = value.trim().eq_ignore_ascii_case("ksql");
                (self.context.standard, self.context.ksql) = (self.standard_first && !ksql, self.ksql_first || ksql);
            }
            StatementKind::Unset { name } if is_dialect(name) => {
                (self.context.standard, self.context.ksql) = (self.standard_first, self.ksql_first);
            }
            StatementKind::Set { name, value } if is_substitution(name) => {
                self.context.substitute = !value.trim().eq_ignore_ascii_case("false");
            }
            StatementKind::Unset { name } if is_substitution(name) => self.context.substitute = self.substitute_first,
            _ => {}
        }
    }

    /// The text from the token at `first` to the next one, which is the semicolon: as written, with what stands for
    /// variables.
    pub(super) fn statement_text(&self, first: usize) -> String {
        let tokens = self.tokens.get(first..=self.at).unwrap_or_default();
        let (start, end) = (tokens.first().map_or(0, |token| token.bytes.start), self.peek().bytes.end);
        let mut text = String::with_capacity(end.saturating_sub(start));
        let mut from = start;
        // What stood beside a variable must not run together with its value.
        let touches = |ch: Option<char>| ch.is_some_and(|ch| !ch.is_whitespace() && !"(),;[]=<>+*/%|".contains(ch));
        for (token, replaced) in tokens.iter().filter_map(|token| Some((token, token.replaced.as_ref()?))) {
            text.push_str(self.sql.get(from..token.bytes.start).unwrap_or_default());
            let after = self.sql.get(token.bytes.end..).and_then(|rest| rest.chars().next());
            let before = if touches(text.chars().next_back()) { " " } else { "" };
            text.extend([before, replaced, if touches(after) { " " } else { "" }]);
            from = token.bytes.end;
        }
        text.push_str(self.sql.get(from..end).unwrap_or_default());
        text
    }

    /// From the token at `first` to the next one.
    pub(super) fn span_with_next(&self, first: usize) -> Span {
        self.span_from(first).to(self.peek().span)
    }

    /// What is wrong when no statement begins here.
    fn no_statement(&self) -> Finding {
        let token = self.peek();
        let Some(word) = token.word() else {
            return self.unexpected(&["a statement"]);
        };
        let finding = Finding::at(token.span, format!("Syntax Error\nUnknown statement {}", self.found()));
        match nearest(word, VERBS.iter().copied()) {
            Some(near) => finding.hint(format!("Did you mean '{near}'?")),
            None => finding,
        }
    }

    /// What is wrong when a statement is whole but no semicolon follows.
    pub(super) fn unterminated(&self, kind: &StatementKind) -> Finding {
        let finding = self.unexpected(&[";"]);
        if matches!(self.peek().kind, Kind::Broken { .. } | Kind::Unknown | Kind::Variable(_)) {
            return finding;
        }
        let next = self.peek().word().unwrap_or_default();
        match kind {
            _ if self.at_end() => finding.hint("every statement ends with a semicolon"),
            StatementKind::Select(_) | StatementKind::CreateAs(_) | StatementKind::InsertSelect(_) => {
                self.misplaced_clause(finding)
            }
            StatementKind::CreateSource(source) if next == "AS" && !source.columns.is_empty() => {
                finding.hint(COLUMNS_OF_QUERY)
            }
            StatementKind::CreateSource(_) if self.sees(&["("]) => finding.hint("columns stand before WITH"),
            _ => finding,
        }
    }
}

/// Whether a property is the one that chooses the dialect.
fn is_dialect(name: &str) -> bool {
    name.strip_prefix("ksql.streams.").unwrap_or(name) == "millstream.dialect"
}

/// Whether a property is the one that switches variables.
fn is_substitution(name: &str) -> bool {
    name.strip_prefix("ksql.streams.").unwrap_or(name) == "ksql.variable.substitution.enable"
}
