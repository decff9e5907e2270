//! DataFusion's errors in our shape: what is wrong, where, what to do.

use datafusion::common::{DataFusionError, SchemaError, Span as DfSpan};
use millstream_sql::{Diagnostic, Position, Span};

fn df_span(found: DfSpan) -> Option<Span> {
    let bounded = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (found.start.line > 0).then(|| Span {
        start: Position { line: bounded(found.start.line), column: bounded(found.start.column) },
        end: Position { line: bounded(found.end.line), column: bounded(found.end.column) },
    })
}

/// What DataFusion could not plan.
pub(crate) fn of_planner(error: &DataFusionError) -> Diagnostic {
    let root = error.find_root();
    let told = error.diagnostic();
    let message = match root {
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, .. } => format!("Column '{}' cannot be resolved.", field.flat_name()),
            SchemaError::AmbiguousReference { field } => {
                format!("Column '{}' is ambiguous: several sources have it.", field.flat_name())
            }
            other => sentence(&other.to_string()),
        },
        other => sentence(&reason(other)),
    };
    let place = told.and_then(|d| d.span).and_then(df_span);
    let hint = told.and_then(|d| d.helps.iter().map(|help| help.message.as_str()).next());
    let finding = match place {
        Some(span) => Diagnostic::at(span, message),
        None => Diagnostic::general(message),
    };
    match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

/// What ended a query while it ran.
pub(crate) fn of_run(error: &DataFusionError, memory: usize) -> String {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => format!(
            "The query needs more memory than the {memory} bytes that millstream.pull.memory.max.bytes allows. Narrow it \
             with WHERE, join or group fewer rows, or let CREATE TABLE … AS SELECT keep part of it."
        ),
        other => sentence(&reason(other)),
    }
}

/// The first line of an error without DataFusion's words around it.
fn reason(error: &DataFusionError) -> String {
    match error {
        DataFusionError::Plan(text)
        | DataFusionError::Execution(text)
        | DataFusionError::Configuration(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::Internal(text) => text.clone(),
        DataFusionError::ArrowError(error, _) => error.to_string(),
        DataFusionError::External(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// A text without a trace of where in DataFusion it was made.
fn sentence(text: &str) -> String {
    let text = text.split("\n\nbacktrace:").next().unwrap_or(text);
    let text = text.split(".\nThis issue was likely caused by a bug").next().unwrap_or(text);
    text.trim().to_owned()
}
