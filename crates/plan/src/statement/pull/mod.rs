//! `SELECT …` over a table without EMIT: a pull query, answered from the rows of the table as they are now.
//!
//! 1. Here it is told which tables can be asked, and the parts of the query are put together.
//! 2. [`alternatives`] takes WHERE apart: conditions that all hold, of several such lists at least one. [`term`] is one
//!    condition: what it says about a key column, about a bound of a window, or that it takes a look at every row.
//! 3. [`access`] makes of them which keys and windows are looked at, and refuses what would look at all of them where
//!    that is switched off.

mod access;
mod alternatives;
mod columns;
mod term;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Query, SourceKind};

use super::query::{self, Analysis};
use crate::topology::Step;
use crate::{Plan, PullPart, PullQuery, Settings, Source, WindowBounds};

/// What ksqlDB says behind what a pull query may not do.
const HELP: &str =
    "See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.";

/// Whether the query reads the rows of tables rather than the records of streams.
pub(super) fn is_over_tables(analysis: &Analysis) -> bool {
    analysis.inputs.first().is_some_and(|i| i.source.kind == SourceKind::Table)
}

/// Plans a pull query over tables.
pub(super) fn plan(
    query: &Query,
    analysis: &Analysis,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    let columns = columns::columns(analysis);
    let shown = columns::shown(query, &columns);
    let topology = query::topology(analysis, None, settings, findings)?;
    let branches = query::branches(analysis);
    let mut parts = Vec::with_capacity(branches.len());
    for (branch, mut stage) in branches.iter().zip(topology.stages) {
        let (source, span) = query::innermost(branch)?;
        if source.kind != SourceKind::Table {
            findings.push(Diagnostic::at(span, "UNION ALL of streams and tables needs EMIT CHANGES."));
            return None;
        }
        if !is_materialised(source) {
            findings.push(not_queryable(source, span));
            return None;
        }
        // The rows are there as they are now: none of them takes the place of another.
        stage.steps.retain(|step| !matches!(step, Step::Table { .. }));
        let found = access::access(branch, source, settings, findings)?;
        parts.push(PullPart {
            source: std::sync::Arc::clone(source),
            stage,
            access: found.access,
            windows: if source.key_window.is_some() { found.windows } else { WindowBounds::ALL },
            retention_ms: source.query.as_deref().and_then(query::retention_ms),
        });
    }
    Some(Plan::Pull(Box::new(PullQuery { parts, columns, shown, limit: query.limit })))
}

/// Whether something keeps the rows of a table: the query that feeds it, or that it is a SOURCE.
fn is_materialised(source: &Source) -> bool {
    source.read_only || source.query.is_some()
}

/// What is said about a pull query over a table whose rows nothing keeps.
fn not_queryable(source: &Source, span: millstream_sql::Span) -> Diagnostic {
    let table = &source.name;
    let message = format!(
        "The `{table}` table isn't queryable. To derive a queryable table, you can do \
         'CREATE TABLE QUERYABLE_{table} AS SELECT * FROM {table}'. See https://cnfl.io/queries for more info."
    );
    Diagnostic::at(span, message).hint("Or declare it as what it is: CREATE SOURCE TABLE.")
}
