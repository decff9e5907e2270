//! A SELECT over tables that ends: their views are asked, once they have seen everything committed before.

use std::sync::Arc;
use std::time::Duration;

use millstream_plan::{PullPart, PullQuery, Source};
use millstream_schemas::Registry;
use millstream_sql::Statement;
use tokio::sync::mpsc::Sender;

use super::super::{ApiError, BAD_STATEMENT, SERVER_ERROR, TOO_MANY_REQUESTS};
use crate::push::{Chunk, Job, Known, Outlet, PULL, RowFormat, RowWriter, STALL_MAX};
use crate::server::Server;
use crate::view::{self, NotReady, Ordered, Snapshot};

/// How long a query waits for a view at most: the first one over a table waits until all of it has been read.
const READY_MAX: Duration = Duration::from_secs(30);

/// A table of a query with the rows that it is answered from.
struct Part {
    part: PullPart,
    snapshot: Snapshot,
    partitions: usize,
}

/// Waits for the views and takes their snapshots. Blocks.
pub(super) fn prepare(
    server: &Server,
    statement: &Statement,
    query: PullQuery,
    format: RowFormat,
    sender: Sender<Chunk>,
) -> Result<Job, ApiError> {
    let PullQuery { parts, columns, shown, order, limit, offset } = query;
    let Some(permit) = server.pulls.enter_as(PULL, names(&parts), &statement.text) else {
        let max = server.pulls.max();
        let message = format!(
            "Host is at concurrency limit for pull queries. Currently set to {max} maximum concurrent operations."
        );
        return Err(ApiError::generic(TOO_MANY_REQUESTS, message));
    };
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let mut ready = Vec::with_capacity(parts.len());
    let is_lookup = parts.iter().all(|part| part.is_lookup());
    for part in parts {
        let (snapshot, partitions) = match limit {
            // Nothing is asked for: no view has to be there for it.
            Some(0) => continue,
            _ => snapshot(server, &part.source, part.retention_ms).map_err(failed)?,
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
    Ok(Job { known, branches: Vec::new(), columns, writer, limit, bounded: true, keyed_only: false, is_lookup, outlet })
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

/// The rows of a table, everything among them that was committed before.
fn snapshot(server: &Server, source: &Arc<Source>, retention_ms: Option<i64>) -> Result<(Snapshot, usize), String> {
    let name = &source.name;
    // A topic that got more partitions is read anew: once, as nothing adds partitions all the time.
    for again in [true, false] {
        let view = server.views.view(source, retention_ms)?;
        let ends = server.views.ends.of(&source.topic, || server.topics.ends(&source.topic))?;
        match view.snapshot(&ends, READY_MAX) {
            Ok(snapshot) => return Ok(snapshot),
            Err(NotReady::Ended) if again => server.views.forget(&view),
            Err(NotReady::Ended) => break,
            Err(NotReady::Failed(cause)) => return Err(format!("The table {name} cannot be read: {cause}")),
            Err(NotReady::Full { bytes }) => {
                return Err(format!(
                    "The table {name} cannot be queried on this server: it takes more memory ({bytes} bytes) than \
                     millstream.view.max.bytes allows. A table of fewer rows or columns can be derived from it."
                ));
            }
            Err(NotReady::Behind { left }) => {
                return Err(format!(
                    "The table {name} is still being read: {left} records to go after {} seconds. Try again.",
                    READY_MAX.as_secs()
                ));
            }
        }
    }
    Err(format!("The table {name} has just been changed. Try again."))
}
