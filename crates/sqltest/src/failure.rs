//! What a test ran into, by the category that ksqlDB gives it.

use std::fmt;

use millstream_sql::{Diagnostic, Lead};

/// Categories of failures, each with its Java classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The text could not be read.
    Parse,
    /// A statement is wrong.
    Statement,
    /// Something around the statements is wrong.
    Ksql,
    /// A running query stopped.
    Runtime,
    /// A record is not the expected one.
    Assertion,
    /// The test cannot be run: satisfies no expectation.
    Test,
}

impl Kind {
    /// Whether a failure of this category is an instance of that class (without its package).
    pub fn is(self, class: &str) -> bool {
        match class {
            "KsqlException" => matches!(self, Self::Parse | Self::Statement | Self::Ksql),
            "KsqlStatementException" => matches!(self, Self::Parse | Self::Statement),
            "ParseFailedException" => self == Self::Parse,
            "StreamsException" => self == Self::Runtime,
            "AssertionError" => self == Self::Assertion,
            "RuntimeException" | "Exception" => !matches!(self, Self::Assertion | Self::Test),
            _ => false,
        }
    }
}

/// A failure with all the texts that its message may be looked for in.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its category.
    pub kind: Kind,
    /// The message: one line a finding, with its place.
    pub message: String,
    /// What was expected and what was found instead, where two things were compared.
    pub difference: Option<Difference>,
    /// It comes from a statement that is not the last one.
    pub early: bool,
    /// The findings without their places, with their hints.
    plain: Vec<String>,
    /// The statement that they are about, as ksqlDB writes it behind them.
    statement: Option<Box<str>>,
}

/// Two things that should be alike and are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What the test asks for.
    pub expected: String,
    /// What there is.
    pub actual: String,
}

impl Failure {
    /// A failure with one message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), difference: None, early: false, plain: Vec::new(), statement: None }
    }

    /// The findings of a parser or planner. What ksqlDB finds while it prepares a statement is a failure to parse it,
    /// and so is what only the extended dialect reads.
    pub fn findings(kind: Kind, findings: &[Diagnostic]) -> Self {
        let prepare = findings.iter().any(|f| matches!(f.lead, Lead::Prepare | Lead::PrepareOnly));
        let syntax = |f: &Diagnostic| f.message.starts_with("Syntax Error") || f.message.starts_with("Syntax error");
        let kind = if prepare || findings.iter().any(syntax) { Kind::Parse } else { kind };
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        // ksqlDB writes the advice into the message.
        let advised = |f: &Diagnostic| f.hint.as_ref().map(|hint| format!("{}\nHint: {hint}", f.message));
        let plain = findings.iter().map(|f| advised(f).unwrap_or_else(|| f.message.clone())).collect();
        Self { plain, ..Self::new(kind, lines.join("\n")) }
    }

    /// The same with what was compared.
    #[must_use]
    pub fn difference(self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { difference: Some(Difference { expected: expected.into(), actual: actual.into() }), ..self }
    }

    /// The same with where it happened before its message.
    #[must_use]
    pub fn inside(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// The same from a statement that is the last one or not.
    #[must_use]
    pub fn before_the_last(self, early: bool) -> Self {
        Self { early, ..self }
    }

    /// The same with the statement that it is about.
    #[must_use]
    pub fn about(self, statement: String) -> Self {
        Self { statement: Some(statement.into_boxed_str()), ..self }
    }

    /// Whether the text is part of the message, which has the statement behind it.
    pub fn says(&self, text: &str) -> bool {
        let within = |message: &String| match &self.statement {
            Some(statement) => format!("{message}\nStatement: {statement}").contains(text),
            None => message.contains(text),
        };
        within(&self.message) || self.plain.iter().any(within)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)?;
        match &self.difference {
            Some(Difference { expected, actual }) => write!(f, " Expected: {expected}, actual: {actual}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use millstream_sql::{Diagnostic, Lead, Span};

    use super::{Failure, Kind};

    #[test]
    fn what_ksqldb_cannot_read_is_a_failure_to_parse() {
        let kind = |message: &str| Failure::findings(Kind::Statement, &[Diagnostic::at(Span::default(), message)]).kind;
        assert_eq!(kind("S9 does not exist."), Kind::Statement);
        assert_eq!(kind("Syntax Error\nmissing ';' at 'BY'"), Kind::Parse);
        assert_eq!(kind("Syntax error at or near 'DISTINCT' at line 1:14"), Kind::Parse);
        let prepared = Diagnostic::at(Span::default(), "Unknown format").lead(Lead::PrepareOnly);
        assert_eq!(Failure::findings(Kind::Statement, &[prepared]).kind, Kind::Parse);
    }

    #[test]
    fn the_statement_stands_behind_the_message() {
        let failure = Failure::new(Kind::Statement, "no such column");
        assert!(failure.says("such") && !failure.says("column\nStatement: SELECT"));
        assert!(failure.about("SELECT X;".into()).says("column\nStatement: SELECT"));
    }
}
