//! What a query sees of a table: a snapshot that is as fresh as it wants, waited for if need be.

use std::sync::Arc;
use std::time::Duration;

use millstream_plan::Source;

use super::{NotReady, Snapshot};
use crate::server::Server;

/// How long a query waits for a view at most: the first one over a table waits until all of it has been read.
const READY_MAX: Duration = Duration::from_secs(30);

/// The rows of a table if they are fresh: everything is among them that was committed up to `age` ago. Does not wait.
pub(crate) fn fresh(server: &Server, source: &Arc<Source>, age: Duration) -> Option<(Snapshot, usize)> {
    server.views.known(source)?.fresh(age)
}

/// The rows of a table, everything among them that was committed up to `age` ago. Blocks.
pub(crate) fn ready(
    server: &Server,
    source: &Arc<Source>,
    retention_ms: Option<i64>,
    age: Duration,
) -> Result<(Snapshot, usize), String> {
    let name = &source.name;
    // A topic that got more partitions is read anew: once, as nothing adds partitions all the time.
    for again in [true, false] {
        let view = server.views.view(source, retention_ms)?;
        if let Some(rows) = view.fresh(age) {
            return Ok(rows);
        }
        match view.wait(age, READY_MAX) {
            Ok(rows) => return Ok(rows),
            Err(NotReady::Unknown(cause)) => return Err(cause),
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
