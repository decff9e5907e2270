//! Errors on the wire: code, words and, for statements, where in the text.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use millstream_sql::Diagnostic;
use serde::Serialize;

use super::finding::{Finding, PREPARE, prepared};
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
        /// The findings one by one (an addition to ksqlDB's shape).
        #[serde(skip_serializing_if = "Vec::is_empty")]
        diagnostics: Vec<Finding>,
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

/// `bad request`
pub(crate) const BAD_REQUEST: u32 = 40000;
/// `bad statement`
pub(crate) const BAD_STATEMENT: u32 = 40001;
/// A query sent to `/ksql`.
pub(crate) const QUERY_ENDPOINT: u32 = 40002;
/// Too many push queries.
pub(crate) const MAX_PUSH_QUERIES: u32 = 40003;
/// An assertion did not hold in its time.
pub(crate) const ASSERTION_FAILED: u32 = 41700;
/// There is no schema registry to ask.
pub(crate) const SCHEMA_REGISTRY_MISSING: u32 = 42801;
/// Something that is only there over HTTP/2.
pub(crate) const HTTP2_ONLY: u32 = 40004;
/// Something that only servers of the service may ask, on a listener for everybody.
pub(crate) const INTERNAL_ONLY: u32 = 40005;
/// Name or password is missing or wrong.
pub(crate) const UNAUTHORIZED: u32 = 40100;
/// The user has none of the roles that are let in.
pub(crate) const FORBIDDEN: u32 = 40300;
/// There is no such thing.
pub(crate) const NOT_FOUND: u32 = 40400;
/// More than the server takes on.
pub(crate) const TOO_MANY_REQUESTS: u32 = 42900;
/// The server's own failure.
pub(crate) const SERVER_ERROR: u32 = 50000;
/// The server is only starting.
pub(crate) const NOT_READY: u32 = 50302;
/// The server is stopping.
pub(crate) const SHUTTING_DOWN: u32 = 50303;
/// The server was told to end for good.
pub(crate) const SHUT_DOWN: u32 = 50304;
/// An earlier command was not applied in time.
pub(crate) const COMMAND_TIMEOUT: u32 = 50301;

impl ApiError {
    /// An error about the request as a whole.
    pub(crate) fn generic(error_code: u32, message: impl Into<String>) -> Self {
        Self::Generic { error_code, message: message.into(), diagnostics: Vec::new() }
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

    /// A text that cannot be read for these reasons: each message begins with its place, as ksqlDB's syntax errors do.
    pub(crate) fn syntax(text: &str, findings: &[Diagnostic]) -> Self {
        Self::told(text, findings, |finding| prepared(finding).unwrap_or_else(|| finding.to_string()))
    }

    /// A statement that is wrong for these reasons. The first message stands alone, as ksqlDB would say it; others follow
    /// with their places.
    pub(crate) fn findings(statement: &str, findings: &[Diagnostic]) -> Self {
        Self::told(statement, findings, |finding| prepared(finding).unwrap_or_else(|| finding.message.clone()))
    }

    fn told(statement: &str, findings: &[Diagnostic], first: impl Fn(&Diagnostic) -> String) -> Self {
        let told = findings.iter().take(1).map(first);
        let lines: Vec<String> = told.chain(findings.iter().skip(1).map(ToString::to_string)).collect();
        Self::Statement(Box::new(StatementError {
            error_code: BAD_STATEMENT,
            message: lines.join("\n"),
            statement_text: statement.to_owned(),
            entities: Vec::new(),
            diagnostics: findings.iter().map(|finding| Finding::of(BAD_STATEMENT, finding)).collect(),
        }))
    }

    /// The same error with those of later statements behind its own.
    #[must_use]
    pub(crate) fn and(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        let Self::Statement(error) = &mut self else { return self };
        for other in others {
            let Self::Statement(other) = other else { continue };
            if error.diagnostics.is_empty() {
                error.diagnostics.push(Finding::of(error.error_code, &Diagnostic::general(error.message.as_str())));
            }
            if other.diagnostics.is_empty() {
                error.message.push_str(&format!("\n{}", other.message));
                error.diagnostics.push(Finding::of(other.error_code, &Diagnostic::general(other.message)));
                continue;
            }
            for finding in other.diagnostics {
                error.message.push_str(&format!("\n{}", finding.told));
                error.diagnostics.push(finding);
            }
        }
        self
    }

    /// The same error with its places marked in the text of the request.
    #[must_use]
    pub(crate) fn marked(mut self, text: &str) -> Self {
        let diagnostics = match &mut self {
            Self::Statement(error) => &mut error.diagnostics,
            Self::Generic { diagnostics, .. } => diagnostics,
        };
        diagnostics.iter_mut().for_each(|finding| finding.mark(text));
        self
    }

    /// The same error told of the request rather than of its statement: so ksqlDB tells what its analysis finds wrong with
    /// a push query. What is found before, such as a source that is not there, stays the statement's.
    #[must_use]
    pub(crate) fn of_request(self) -> Self {
        let early = |message: &str| {
            PREPARE.iter().any(|words| message.starts_with(words)) || message.contains(" does not exist.")
        };
        match self {
            Self::Statement(error) if error.error_code == BAD_STATEMENT && !early(&error.message) => {
                let StatementError { message, mut diagnostics, .. } = *error;
                diagnostics.iter_mut().for_each(|finding| finding.code = BAD_REQUEST);
                Self::Generic { error_code: BAD_REQUEST, message, diagnostics }
            }
            other => other,
        }
    }

    /// The same error under another code.
    #[must_use]
    pub(crate) fn with_code(mut self, code: u32) -> Self {
        match &mut self {
            Self::Generic { error_code, .. } => *error_code = code,
            Self::Statement(error) => {
                error.error_code = code;
                error.diagnostics.iter_mut().for_each(|finding| finding.code = code);
            }
        }
        self
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

    /// In words.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Generic { message, .. } => message.clone(),
            Self::Statement(error) => error.message.clone(),
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
    use millstream_sql::{Lead, Position, Span};

    use super::*;

    #[test]
    fn generic_errors() {
        assert_eq!(
            ApiError::generic(BAD_REQUEST, "x").json(),
            r#"{"@type":"generic_error","error_code":40000,"message":"x"}"#
        );
        super::super::documented::check("Error", &ApiError::generic(BAD_REQUEST, "x").json());
        assert_eq!(ApiError::generic(COMMAND_TIMEOUT, "x").into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn statement_errors_name_places_and_hints() {
        let at = |line, column| Position { line, column };
        let findings = [
            Diagnostic::at(Span { start: at(2, 8), end: at(2, 9) }, "no column X").hint("did you mean Y?"),
            Diagnostic::general("and more"),
        ];
        let error = ApiError::findings("SELECT X;", &findings).marked("-- one\nSELECT X;");
        assert_eq!(
            error.json(),
            r#"{"@type":"statement_error","error_code":40001,"message":"no column X\nand more","statementText":"SELECT X;","entities":[],"diagnostics":[{"code":40001,"message":"no column X","line":2,"column":8,"endLine":2,"endColumn":9,"caret":"SELECT X;\n       ^","hint":"did you mean Y?"},{"code":40001,"message":"and more"}]}"#
        );
        super::super::documented::check("Error", &error.json());
        assert_eq!(error.into_response().status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn errors_of_several_statements_are_told_together() {
        let at = |line| Span { start: Position { line, column: 1 }, end: Position { line, column: 2 } };
        let first = ApiError::statement(QUERY_ENDPOINT, "SELECT 1;", "not here");
        let second = ApiError::findings("B;", &[Diagnostic::at(at(2), "no B"), Diagnostic::at(at(3), "no C")]);
        let error = first.and([second, ApiError::statement(BAD_STATEMENT, "D;", "no D")]).json();
        assert_eq!(
            error,
            r#"{"@type":"statement_error","error_code":40002,"message":"not here\nline 2:1: no B\nline 3:1: no C\nno D","statementText":"SELECT 1;","entities":[],"diagnostics":[{"code":40002,"message":"not here"},{"code":40001,"message":"no B","line":2,"column":1,"endLine":2,"endColumn":2},{"code":40001,"message":"no C","line":3,"column":1,"endLine":3,"endColumn":2},{"code":40001,"message":"no D"}]}"#
        );
        let message = |error: ApiError| error.json();
        let syntax = ApiError::syntax("X", &[Diagnostic::at(at(4), "Syntax Error")]);
        assert!(message(syntax).contains(r#""message":"line 4:1: Syntax Error""#));
        let limit = Diagnostic::at(at(4), "Value must be integer for command: LIMIT").lead(Lead::PrepareOnly);
        let limit = message(ApiError::syntax("X", &[limit]));
        assert!(limit.contains(r#""message":"Failed to prepare statement: Value must be integer for command: LIMIT""#));
        super::super::documented::check("Error", &limit);
        assert!(limit.contains(r#""lead":"prepareOnly""#), "{limit}");
    }

    #[test]
    fn without_findings_the_shape_is_ksqldbs() {
        assert_eq!(
            ApiError::statement(QUERY_ENDPOINT, "SELECT 1;", "m").json(),
            r#"{"@type":"statement_error","error_code":40002,"message":"m","statementText":"SELECT 1;","entities":[]}"#
        );
    }
}
