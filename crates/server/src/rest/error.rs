//! Errors on the wire: code, words and, for statements, where in the text.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use millstream_sql::Diagnostic;
use serde::Serialize;

use crate::entity::Entity;

/// An error as a client sees it. The HTTP status is the code without its last two digits.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "@type")]
pub(crate) enum ApiError {
    /// About the request.
    #[serde(rename = "generic_error")]
    Generic {
        /// ksqlDB's error code.
        error_code: u32,
        /// In words.
        message: String,
    },
    /// About one of its statements.
    #[serde(rename = "statement_error")]
    Statement(Box<StatementError>),
}

/// What is wrong with a statement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StatementError {
    /// ksqlDB's error code.
    error_code: u32,
    /// In words, with `line L:C: ` before each finding that has a place.
    message: String,
    /// The statement as written.
    #[serde(rename = "statementText")]
    statement_text: String,
    /// What the statements before it in the request answered.
    entities: Vec<Entity>,
    /// The findings one by one (an addition to ksqlDB's shape).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<Finding>,
}

/// A finding with its place in the request's text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    fn of(diagnostic: &Diagnostic) -> Self {
        let span = diagnostic.span;
        Self {
            message: diagnostic.message.clone(),
            line: span.map(|s| s.start.line),
            column: span.map(|s| s.start.column),
            end_line: span.map(|s| s.end.line),
            end_column: span.map(|s| s.end.column),
            hint: diagnostic.hint.clone(),
        }
    }
}

/// `bad request`
pub(crate) const BAD_REQUEST: u32 = 40000;
/// `bad statement`
pub(crate) const BAD_STATEMENT: u32 = 40001;
/// A query sent to `/ksql`.
pub(crate) const QUERY_ENDPOINT: u32 = 40002;
/// Too many push queries.
pub(crate) const MAX_PUSH_QUERIES: u32 = 40003;
/// The server's own failure.
pub(crate) const SERVER_ERROR: u32 = 50000;
/// An earlier command was not applied in time.
pub(crate) const COMMAND_TIMEOUT: u32 = 50301;

impl ApiError {
    /// An error about the request as a whole.
    pub(crate) fn generic(error_code: u32, message: impl Into<String>) -> Self {
        Self::Generic { error_code, message: message.into() }
    }

    /// An error about a statement.
    pub(crate) fn statement(error_code: u32, statement: &str, message: impl Into<String>) -> Self {
        Self::Statement(Box::new(StatementError {
            error_code,
            message: message.into(),
            statement_text: statement.to_owned(),
            entities: Vec::new(),
            diagnostics: Vec::new(),
        }))
    }

    /// A statement that is wrong for these reasons.
    pub(crate) fn findings(statement: &str, findings: &[Diagnostic]) -> Self {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        Self::Statement(Box::new(StatementError {
            error_code: BAD_STATEMENT,
            message: lines.join("\n"),
            statement_text: statement.to_owned(),
            entities: Vec::new(),
            diagnostics: findings.iter().map(Finding::of).collect(),
        }))
    }

    /// The same error after these answers of earlier statements.
    #[must_use]
    pub(crate) fn after(mut self, entities: Vec<Entity>) -> Self {
        if let Self::Statement(error) = &mut self {
            error.entities = entities;
        }
        self
    }

    /// ksqlDB's error code.
    pub(crate) fn code(&self) -> u32 {
        match self {
            Self::Generic { error_code, .. } => *error_code,
            Self::Statement(error) => error.error_code,
        }
    }

    /// The body as JSON text.
    pub(crate) fn json(&self) -> String {
        // Strings, numbers and lists only: cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = u16::try_from(self.code() / 100).ok().and_then(|c| StatusCode::from_u16(c).ok());
        (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(self)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use millstream_sql::{Position, Span};

    use super::*;

    #[test]
    fn generic_errors() {
        assert_eq!(
            ApiError::generic(BAD_REQUEST, "x").json(),
            r#"{"@type":"generic_error","error_code":40000,"message":"x"}"#
        );
        assert_eq!(ApiError::generic(COMMAND_TIMEOUT, "x").into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn statement_errors_name_places_and_hints() {
        let at = |line, column| Position { line, column };
        let findings = [
            Diagnostic::at(Span { start: at(2, 8), end: at(2, 9) }, "no column X").hint("did you mean Y?"),
            Diagnostic::general("and more"),
        ];
        let error = ApiError::findings("SELECT X;", &findings);
        assert_eq!(
            error.json(),
            r#"{"@type":"statement_error","error_code":40001,"message":"line 2:8: no column X\nand more","statementText":"SELECT X;","entities":[],"diagnostics":[{"message":"no column X","line":2,"column":8,"endLine":2,"endColumn":9,"hint":"did you mean Y?"},{"message":"and more"}]}"#
        );
        assert_eq!(error.into_response().status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn without_findings_the_shape_is_ksqldbs() {
        assert_eq!(
            ApiError::statement(QUERY_ENDPOINT, "SELECT 1;", "m").json(),
            r#"{"@type":"statement_error","error_code":40002,"message":"m","statementText":"SELECT 1;","entities":[]}"#
        );
    }
}
