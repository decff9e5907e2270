//! `SELECT …`: a push query with EMIT CHANGES, else a pull query that ends at the end of the topic.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Emit, Query, SourceKind};
use millstream_types::{Column, Role};

use super::query::{self, Analysis, Purpose};
use crate::{Catalog, Plan, Settings};

/// Plans a query of a client.
pub(super) fn plan(
    query: &Query,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    if query.from.is_none() {
        let (columns, rows) = query::constant(query, settings, findings)?;
        return Some(Plan::Answer { columns, rows });
    }
    let push = query.emit != Emit::None;
    let purpose = if push { Purpose::Push } else { Purpose::Pull };
    let analysis = query::analyse(query, purpose, catalog, settings, findings)?;
    if !push && let Some(finding) = not_queryable(&analysis) {
        findings.push(finding);
        return None;
    }
    let column = |o: &query::Output| {
        let role = if o.identifies { Role::Key } else { Role::Value };
        Column { name: o.name.clone(), ty: o.ty.clone(), role }
    };
    let columns: Vec<Column> = analysis.outputs.iter().map(column).collect();
    let topology = query::topology(&analysis, None, settings, findings)?;
    Some(Plan::Select { topology, reads: analysis.reads(), columns, limit: query.limit, push })
}

/// What is said about a pull query over a table that no query keeps.
fn not_queryable(analysis: &Analysis) -> Option<Diagnostic> {
    let input = analysis.inputs.first().filter(|i| i.source.kind == SourceKind::Table)?;
    let table = &input.source.name;
    let message = format!(
        "The `{table}` table isn't queryable. To derive a queryable table, you can do \
         'CREATE TABLE QUERYABLE_{table} AS SELECT * FROM {table}'. See https://cnfl.io/queries for more info."
    );
    Some(Diagnostic::at(input.span, message).hint("Queries over tables are not supported yet."))
}
