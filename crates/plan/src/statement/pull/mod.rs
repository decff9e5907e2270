//! `SELECT …` over a table without EMIT: a pull query, answered from the rows of the table as they are now.
//!
//! 1. Here it is told which tables can be asked, and the parts of the query are put together.
//! 2. [`alternatives`] takes WHERE apart: conditions that all hold, of several such lists at least one. [`term`] is one
//!    condition: what it says about a key column, about a bound of a window, or that it takes a look at every row.
//! 3. [`access`] makes of them which keys and windows are looked at, and refuses what would look at all of them where
//!    that is switched off.
//! 4. [`source`] is what queries in standard SQL ask instead: a table or stream by its name.

mod access;
mod alternatives;
mod bounds;
mod columns;
mod source;
mod term;

use millstream_sql::ast::{Query, SourceKind};
use millstream_sql::{Diagnostic, Span};

pub use source::{PullColumn, PullSource, check_bounded, is_in_standard_sql, pull_source};

use super::query::{self, Analysis};
use crate::topology::Step;
use crate::{Dialect, Plan, PullPart, PullQuery, Settings, Source, WindowBounds};

/// What ksqlDB says behind what a pull query may not do.
const HELP: &str =
    "See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.";

/// What is said of streams where queries that end may not read them.
pub(super) const NO_STREAMS: &str = "Pull queries on streams are disabled. To create a push query on the stream, add EMIT \
     CHANGES to the end. To enable pull queries on streams, set the ksql.query.pull.stream.enabled config to 'true'.";

/// How it ends what is said of an order over a stream.
pub(super) const READS_A_STREAM: &str = "is for pull queries over tables: this one reads a stream.";

/// What is said of tables and streams in one query.
const MIXED_UNION: &str = "UNION ALL of streams and tables needs EMIT CHANGES.";

/// Whether the query reads the rows of tables rather than the records of streams.
pub(super) fn is_over_tables(analysis: &Analysis) -> bool {
    query::innermost(analysis).is_some_and(|(source, _)| source.kind == SourceKind::Table)
}

/// Lets groups leave when all rows have been seen. Refuses windows, which have no end of their own then.
pub(super) fn end_groups(steps: &mut [Step], span: Span, findings: &mut Vec<Diagnostic>) {
    for step in steps {
        let Step::Aggregate(aggregate) = step else { continue };
        if aggregate.window.is_some() {
            findings.push(Diagnostic::at(span, format!("Pull queries don't support WINDOW clauses. {HELP}")));
        }
        aggregate.at_end = true;
    }
}

/// Plans a pull query over tables.
pub(super) fn plan(
    query: &Query,
    analysis: &Analysis,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    if settings.dialect == Dialect::Ksql {
        query::refuse_groups(analysis, findings);
    }
    let columns = columns::columns(analysis);
    let shown = columns::shown(query, &columns);
    let topology = query::topology(analysis, None, settings, findings)?;
    let branches = query::branches(analysis);
    let mut parts = Vec::with_capacity(branches.len());
    for (branch, mut stage) in branches.iter().zip(topology.stages) {
        let (source, span) = query::innermost(branch)?;
        if source.kind != SourceKind::Table {
            findings.push(Diagnostic::at(span, MIXED_UNION));
            return None;
        }
        if !is_materialised(source) {
            findings.push(not_queryable(source, span));
            return None;
        }
        // The rows are there as they are now: none of them takes the place of another.
        stage.steps.retain(|step| !matches!(step, Step::Table { .. } | Step::Expire { .. }));
        end_groups(&mut stage.steps, query.span, findings);
        let found = access::access(branch, source, settings, findings)?;
        parts.push(PullPart {
            source: std::sync::Arc::clone(source),
            stage,
            access: found.access,
            windows: if source.key_window.is_some() { found.windows } else { WindowBounds::ALL },
            retention_ms: source.query.as_deref().and_then(query::retention_ms),
        });
    }
    let order = analysis.order.keys.clone();
    let (limit, offset) = (query.limit, query.offset.unwrap_or(0));
    Some(Plan::Pull(Box::new(PullQuery { parts, columns, shown, order, limit, offset })))
}

/// Whether something keeps the rows of a table: the query that feeds it, or that it is a SOURCE.
fn is_materialised(source: &Source) -> bool {
    source.read_only || source.query.is_some()
}

/// What is said about a pull query over a table whose rows nothing keeps.
fn not_queryable(source: &Source, span: Span) -> Diagnostic {
    let table = &source.name;
    let message = format!(
        "The `{table}` table isn't queryable. To derive a queryable table, you can do \
         'CREATE TABLE QUERYABLE_{table} AS SELECT * FROM {table}'. See https://cnfl.io/queries for more info."
    );
    Diagnostic::at(span, message).hint("Or declare it as what it is: CREATE SOURCE TABLE.")
}
