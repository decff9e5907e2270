//! What is wrong with a pipeline, and where: for people with a caret, for programs as JSON.

use millstream_sql::{Diagnostic, Lead};
use serde_json::{Value, json};

use crate::files::SqlFile;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Nothing can be done with the pipeline.
    Error,
    /// It is most likely not what was meant.
    Warning,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding about a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// Which of the files it is about.
    pub(crate) file: usize,
    /// What, and where in the file.
    pub(crate) diagnostic: Diagnostic,
}

impl Finding {
    pub(crate) fn error(file: usize, diagnostic: Diagnostic) -> Self {
        Self { severity: Severity::Error, file, diagnostic }
    }

    pub(crate) fn warning(file: usize, diagnostic: Diagnostic) -> Self {
        Self { severity: Severity::Warning, file, diagnostic }
    }

    /// `file:line:column: error: message`, the line, a caret, the hint.
    pub(crate) fn render(&self, files: &[SqlFile]) -> String {
        let (name, text) = files.get(self.file).map_or_else(Default::default, |f| (f.name(), f.text.as_str()));
        let place = self
            .diagnostic
            .span
            .map_or_else(|| name.clone(), |span| format!("{name}:{}:{}", span.start.line, span.start.column));
        let said = Diagnostic { lead: Lead::Nothing, ..self.diagnostic.clone() }.render(text);
        format!("{place}: {}: {said}", self.severity.name())
    }

    /// The same for programs.
    pub(crate) fn json(&self, files: &[SqlFile]) -> Value {
        let mut value = json!({
            "severity": self.severity.name(),
            "file": files.get(self.file).map(SqlFile::name),
            "message": self.diagnostic.message,
        });
        if let Some(fields) = value.as_object_mut() {
            if let Some(span) = self.diagnostic.span {
                for (name, number) in [
                    ("line", span.start.line),
                    ("column", span.start.column),
                    ("endLine", span.end.line),
                    ("endColumn", span.end.column),
                ] {
                    fields.insert(name.into(), number.into());
                }
            }
            if let Some(hint) = &self.diagnostic.hint {
                fields.insert("hint".into(), hint.as_str().into());
            }
        }
        value
    }

    fn order(&self) -> (usize, Option<(u32, u32)>, Severity) {
        (self.file, self.diagnostic.span.map(|s| (s.start.line, s.start.column)), self.severity)
    }
}

/// In the order in which people read them.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(Finding::order);
}

/// Whether any of them is an error.
pub(crate) fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
