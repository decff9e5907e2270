//! Findings of the parser and the planner on the wire, and what ksqlDB says before some of them.

use millstream_sql::{Diagnostic, Lead, Span};
use serde::Serialize;

/// A finding with its place in the request's text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(super) code: u32,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
    /// The line of the text, and below it a line that marks the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    caret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// What a line of text begins with, where that is not the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<&'static str>,
    #[serde(skip)]
    span: Option<Span>,
    /// It as a line of text.
    #[serde(skip)]
    pub(super) told: String,
}

impl Finding {
    /// A diagnostic under an error code.
    pub(super) fn of(code: u32, diagnostic: &Diagnostic) -> Self {
        let span = diagnostic.span;
        Self {
            code,
            message: diagnostic.message.clone(),
            line: span.map(|s| s.start.line),
            column: span.map(|s| s.start.column),
            end_line: span.map(|s| s.end.line),
            end_column: span.map(|s| s.end.column),
            caret: None,
            hint: diagnostic.hint.clone(),
            lead: (diagnostic.lead != Lead::Place).then(|| diagnostic.lead.name()),
            span,
            told: diagnostic.to_string(),
        }
    }

    /// Marks the place in the text in which it counts.
    pub(super) fn mark(&mut self, text: &str) {
        let Some(span) = self.span else { return };
        let rendered = Diagnostic::at(span, "").render(text);
        self.caret = rendered.split_once('\n').map(|(_, excerpt)| excerpt.to_owned());
    }
}

/// What ksqlDB finds while it prepares a statement (after its grammar, before its analysis) it says with these words.
pub(super) const PREPARE: &str = "Failed to prepare statement: ";

/// The message with [`PREPARE`] or its like before it, if it is one of that stage.
pub(super) fn prepared(finding: &Diagnostic) -> Option<String> {
    matches!(finding.lead, Lead::Prepare | Lead::PrepareOnly | Lead::Preparing).then(|| finding.to_string())
}
