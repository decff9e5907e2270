//! A SELECT over tables that ends: their views are asked, once they are as fresh as the query wants.

use std::time::Duration;

use millstream_plan::{PullPart, PullQuery};
use millstream_schemas::Registry;
use millstream_sql::Statement;
use tokio::sync::mpsc::Sender;

use super::super::{ApiError, BAD_STATEMENT, SERVER_ERROR, TOO_MANY_REQUESTS};
use crate::push::{Chunk, Job, Known, Outlet, PULL, Permit, RowFormat, RowWriter, STALL_MAX};
use crate::server::Server;
use crate::view::{self, Ordered, Snapshot};

/// A table of a query with the rows that it is answered from.
struct Part {
    part: PullPart,
    snapshot: Snapshot,
    partitions: usize,
}

/// Waits for the views and takes their snapshots. `age`: how old they may be. Blocks.
pub(super) fn prepare(
    server: &Server,
    statement: &Statement,
    query: PullQuery,
    age: Duration,
    format: RowFormat,
    sender: Sender<Chunk>,
) -> Result<Job, ApiError> {
    let PullQuery { parts, columns, shown, order, limit, offset } = query;
    let permit = enter(server, names(&parts), &statement.text)?;
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let mut ready = Vec::with_capacity(parts.len());
    let is_lookup = parts.iter().all(|part| part.is_lookup());
    for part in parts {
        let (snapshot, partitions) = match limit {
            // Nothing is asked for: no view has to be there for it.
            Some(0) => continue,
            _ => view::ready(server, &part.source, part.retention_ms, age).map_err(failed)?,
        };
        ready.push(Part { part, snapshot, partitions });
    }
    let writer = RowWriter::of_pull(format, &columns, &shown);
    writer.check().map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
    let id = permit.id.clone();
    let outlet = Outlet::new(permit, sender, STALL_MAX);
    let ordered = Ordered::new(&order, columns.len(), offset, limit);
    let known = Some(rows(
        id,
        ready,
        ordered,
        limit.filter(|_| order.is_empty()).map(|n| n.saturating_add(offset)),
        server.registry.clone(),
    ));
    Ok(Job {
        known,
        branches: Vec::new(),
        columns,
        writer,
        limit,
        bounded: true,
        keyed_only: false,
        is_lookup,
        deep: false,
        outlet,
    })
}

/// A place for one more pull query. Errors: all are taken.
pub(super) fn enter(server: &Server, source: &str, text: &str) -> Result<Permit, ApiError> {
    server.pulls.enter_as(PULL, source, text).ok_or_else(|| {
        let max = server.pulls.max();
        let message = format!(
            "Host is at concurrency limit for pull queries. Currently set to {max} maximum concurrent operations."
        );
        ApiError::generic(TOO_MANY_REQUESTS, message)
    })
}

fn names(parts: &[PullPart]) -> &str {
    parts.first().map_or("", |part| part.source.name.as_str())
}

/// The rows of all parts, one after the other or in their order. `wanted`: how many of them are looked for, as far as that
/// is known.
fn rows(id: String, parts: Vec<Part>, mut ordered: Ordered, wanted: Option<u64>, registry: Registry) -> Known {
    Box::new(move |each| {
        let mut more = true;
        for Part { part, snapshot, partitions } in &parts {
            if more {
                let run = view::pull(&id, part, snapshot, *partitions, wanted, &registry, &mut |rows| {
                    more = ordered.push(rows, each)?;
                    Ok(more)
                });
                run.map_err(|e| e.to_string())?;
            }
        }
        if more { ordered.finish(each).map_err(|e| e.to_string()) } else { Ok(()) }
    })
}
