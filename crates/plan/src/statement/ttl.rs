//! `TTL` in WITH of a table: rows that do not change for so long are deleted. (An extension.)
//!
//! Of a table over a topic it is whoever reads it that sees them go; of one that a query feeds the query deletes them.

use millstream_sql::Diagnostic;
use millstream_sql::ast::SourceKind;

use super::properties::Properties;
use super::query::Analysis;
use crate::topology::{RowKey, Step, Topology};

/// How long rows of a table over a topic are kept.
pub(super) fn of_source(
    properties: &Properties,
    kind: SourceKind,
    windowed: bool,
    findings: &mut Vec<Diagnostic>,
) -> Option<i64> {
    let given = properties.ttl.as_ref()?;
    check(kind, windowed, given.span, findings);
    Some(given.value)
}

/// How long rows of the result of a query are kept.
pub(super) fn of_query(properties: &Properties, analysis: &Analysis, findings: &mut Vec<Diagnostic>) -> Option<i64> {
    let given = properties.ttl.as_ref()?;
    check(analysis.kind, analysis.window.is_some(), given.span, findings);
    Some(given.value)
}

fn check(kind: SourceKind, windowed: bool, span: millstream_sql::Span, findings: &mut Vec<Diagnostic>) {
    if kind == SourceKind::Stream {
        findings.push(
            Diagnostic::at(span, "A stream has no TTL.").hint("RETENTION_MS says how long its topic keeps records."),
        );
    } else if windowed {
        let finding = Diagnostic::at(span, "A table whose keys have windows has no TTL.");
        findings.push(finding.hint("RETENTION in the WINDOW clause says how long windows are kept."));
    }
}

/// Deletes results of a query without groups.
pub(super) fn expire_results(topology: &mut Topology, ttl: i64) {
    for stage in &mut topology.stages {
        let Some(sink) = &stage.sink else { continue };
        let key = RowKey { format: sink.key_format, columns: sink.schema.keys().to_vec() };
        stage.steps.push(Step::Expire { key, ttl, before: false });
    }
}
