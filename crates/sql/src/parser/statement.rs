//! Which rule reads a statement, and which statements of ksqlDB are still missing.

use crate::ast::{Statement, StatementKind};
use crate::keywords::{is_reserved, nearest};
use crate::token::Kind;

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
    "RESUME",
    "SELECT",
    "SET",
    "SHOW",
    "TERMINATE",
    "UNDEFINE",
    "UNSET",
];

/// Statements of ksqlDB by their first words that do not exist yet.
const MISSING: &[&[&str]] = &[
    &["ALTER", "STREAM"],
    &["ALTER", "TABLE"],
    &["ALTER", "SYSTEM"],
    &["ASSERT", "NOT"],
    &["ASSERT", "SCHEMA"],
    &["ASSERT", "TOPIC"],
    &["DEFINE"],
    &["EXPLAIN"],
    &["PAUSE"],
    &["PRINT"],
    &["RESUME"],
    &["UNDEFINE"],
];

impl Parser<'_> {
    /// A statement and its semicolon.
    pub(super) fn terminated_statement(&mut self) -> Parsed<Statement> {
        let first = self.at;
        (self.depth, self.bare_alias) = (0, None);
        let kind = self.statement()?;
        if !self.sees(&[";"]) {
            return Err(self.unterminated(&kind));
        }
        let (start, end) = (self.tokens.get(first).map_or(0, |token| token.bytes.start), self.peek().bytes.end);
        self.advance();
        let text = self.sql.get(start..end).unwrap_or_default().to_owned();
        Ok(Statement { kind, text, span: self.span_from(first) })
    }

    fn statement(&mut self) -> Parsed<StatementKind> {
        match self.peek().word() {
            Some("CREATE") => self.create(),
            Some("DESCRIBE") => self.describe(),
            Some("DROP") => self.drop_source().map(StatementKind::Drop),
            Some("INSERT") => self.insert().map(StatementKind::InsertValues),
            Some("LIST" | "SHOW") => self.show().map(StatementKind::Show),
            Some("SELECT") => self.query().map(StatementKind::Select),
            Some("SET") => self.set(),
            Some("TERMINATE") => self.terminate().map(StatementKind::Terminate),
            Some("UNSET") => self.unset(),
            _ => Err(self.no_statement()),
        }
    }

    /// What is wrong when no statement begins here.
    fn no_statement(&self) -> Finding {
        if let Some(words) = MISSING.iter().find(|words| self.sees(words)) {
            return self.unsupported_here(words.len(), words.first().copied().unwrap_or_default());
        }
        let token = self.peek();
        match token.word() {
            Some("ALTER") => self.behind("ALTER", &["STREAM", "TABLE", "SYSTEM"]),
            Some("ASSERT") => self.behind("ASSERT", &["NOT", "SCHEMA", "TOPIC"]),
            Some(word) => {
                let message = format!("Syntax Error\nUnknown statement {}", self.found());
                let finding = Finding::at(token.span, message);
                match nearest(word, VERBS.iter().copied()) {
                    Some(near) => finding.hint(format!("Did you mean '{near}'?")),
                    None => finding,
                }
            }
            None => self.unexpected(&["a statement"]),
        }
    }

    /// What is wrong behind the first word of a statement.
    fn behind(&self, verb: &str, expected: &[&str]) -> Finding {
        let mut rest = Parser::new(self.sql, self.tokens);
        rest.at = self.at + 1;
        match rest.peek().word() {
            Some(word) if verb == "ASSERT" && is_reserved(word) => rest.reserved("what is asserted"),
            _ => rest.unexpected(expected),
        }
    }

    /// What is wrong when a statement is whole but no semicolon follows.
    fn unterminated(&self, kind: &StatementKind) -> Finding {
        let finding = self.unexpected(&[";"]);
        if matches!(self.peek().kind, Kind::Broken { .. } | Kind::Unknown) {
            return finding;
        }
        let next = self.peek().word().unwrap_or_default();
        match kind {
            _ if self.at_end() => finding.hint("every statement ends with a semicolon"),
            StatementKind::Select(_) | StatementKind::CreateAs(_) => self.misplaced_clause(finding),
            StatementKind::CreateSource(source) if next == "AS" && !source.columns.is_empty() => {
                finding.hint("CREATE … AS takes its columns from the query: leave out the list of columns")
            }
            StatementKind::CreateSource(_) if self.sees(&["("]) => finding.hint("columns stand before WITH"),
            StatementKind::InsertValues(_) if self.sees(&[","]) => finding.hint("one statement inserts one row"),
            _ => finding,
        }
    }
}
