//! What a case ran into, by the category that ksqlDB gives it.

use std::fmt;

use millstream_sql::{Diagnostic, Lead};

/// Categories of errors, each with its Java classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text could not be read.
    Parse,
    /// A statement is wrong.
    Statement,
    /// Something around the statements is wrong.
    Ksql,
    /// A running query stopped.
    Runtime,
    /// A record is not the expected one: satisfies no expectation.
    Assertion,
    /// The case cannot be run: satisfies no expectation.
    Test,
}

impl Kind {
    /// Whether an error of this category is an instance of that class (without its package).
    pub(super) fn is(self, class: &str) -> bool {
        match class {
            "KsqlException" => matches!(self, Self::Parse | Self::Statement | Self::Ksql),
            "KsqlStatementException" => matches!(self, Self::Parse | Self::Statement),
            "ParseFailedException" => self == Self::Parse,
            "StreamsException" => self == Self::Runtime,
            _ => false,
        }
    }
}

/// An error with all the texts that its message may be looked for in.
#[derive(Debug, Clone)]
pub(super) struct Thrown {
    /// Its category.
    pub(super) kind: Kind,
    /// The message: one line a finding, with its place.
    message: String,
    /// The findings without their places, with their hints.
    plain: Vec<String>,
    /// It comes from a statement that is not the last one.
    pub(super) early: bool,
}

impl Thrown {
    /// An error with one message.
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), plain: Vec::new(), early: false }
    }

    /// The findings of a parser or planner. What ksqlDB finds while it prepares a statement is a failure to parse it.
    pub(super) fn findings(kind: Kind, findings: &[Diagnostic]) -> Self {
        let prepare = findings.iter().any(|f| matches!(f.lead, Lead::Prepare | Lead::PrepareOnly));
        let kind = if prepare { Kind::Parse } else { kind };
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        // ksqlDB writes the advice into the message.
        let advised = |f: &Diagnostic| f.hint.as_ref().map(|hint| format!("{}\nHint: {hint}", f.message));
        let plain = findings.iter().map(|f| advised(f).unwrap_or_else(|| f.message.clone())).collect();
        Self { kind, message: lines.join("\n"), plain, early: false }
    }

    /// The same from a statement that is the last one or not.
    pub(super) fn before_the_last(self, early: bool) -> Self {
        Self { early, ..self }
    }

    /// Whether the text is part of the message.
    pub(super) fn says(&self, text: &str) -> bool {
        self.message.contains(text) || self.plain.iter().any(|m| m.contains(text))
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}
