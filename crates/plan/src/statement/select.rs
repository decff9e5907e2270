//! `SELECT …`: a push query with EMIT CHANGES, else a pull query: over tables from their
//! rows, over streams to the end of the topic.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Emit, Query};
use millstream_types::{Column, Role};

use super::pull;
use super::query::{self, Purpose};
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
    if !push && pull::is_over_tables(&analysis) {
        return pull::plan(query, &analysis, settings, findings);
    }
    if !push {
        refuse_on_streams(query, findings);
    }
    if !push && settings.pull.streams {
        findings.push(Diagnostic::at(query.span, pull::NO_STREAMS));
        return None;
    }
    let column = |o: &query::Output| {
        let role = if o.identifies { Role::Key } else { Role::Value };
        Column { name: o.name.clone(), ty: o.ty.clone(), role }
    };
    let columns: Vec<Column> = analysis.outputs.iter().map(column).collect();
    let mut topology = query::topology(&analysis, None, settings, findings)?;
    // Without any grouping ksqlDB gives the state of the only group with every record.
    let grouped = analysis.aggregation.as_ref().is_some_and(|a| !a.group.is_empty());
    if !push && (grouped || analysis.aggregation.is_none()) {
        topology.stages.iter_mut().for_each(|stage| pull::end_groups(&mut stage.steps, query.span, findings));
    }
    Some(Plan::Select { topology, reads: analysis.reads(), columns, limit: query.limit, push })
}

/// Refuses what only pull queries over tables have.
fn refuse_on_streams(query: &Query, findings: &mut Vec<Diagnostic>) {
    let (order, offset) = (query.order_by.first().map(|item| item.expr.span), query.offset.map(|_| query.span));
    for (span, clause) in [(order, "ORDER BY"), (offset, "OFFSET")] {
        let message = format!("{clause} {}", pull::READS_A_STREAM);
        findings.extend(span.map(|span| Diagnostic::at(span, message)));
    }
}
