//! `SELECT …`: a push query with EMIT CHANGES, else a pull query that ends at the end of the topic.

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Emit, Query};
use millstream_types::{Column, Role};

use super::query::{self, Purpose};
use crate::topology::{Stage, Topology};
use crate::{Catalog, Plan, Settings};

/// Plans a query of a client.
pub(super) fn plan(
    query: &Query,
    catalog: &Catalog,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    let push = query.emit != Emit::None;
    let purpose = if push { Purpose::Push } else { Purpose::Pull };
    let compiled = query::compile(query, purpose, catalog, settings, findings)?;
    let mut seen: Vec<&str> = Vec::new();
    for output in &compiled.outputs {
        if seen.contains(&output.name.as_str()) {
            let message = format!("Duplicate value columns found in schema: `{}` {}", output.name, output.ty);
            findings.push(Diagnostic::at(output.span, message).hint("Give one of them an alias."));
        }
        seen.push(&output.name);
    }
    // To a client all columns are alike.
    let projections: Vec<_> = compiled.outputs.into_iter().map(|o| o.projection(Role::Value)).collect();
    let columns: Vec<Column> = projections.iter().map(|p| p.column.clone()).collect();
    let steps = compiled.filter.into_iter().chain([query::project(projections)]).collect();
    let stage = Stage { source: compiled.node, steps, sink: None };
    let topology = Topology { stages: vec![stage] };
    Some(Plan::Select { topology, columns, limit: query.limit, push })
}
