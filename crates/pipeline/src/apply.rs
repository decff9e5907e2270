//! A plan done, statement by statement.
//!
//! Nothing is remembered outside the server: what was done is what its catalog says. So a run that was killed is gone
//! on with by planning again, and a plan is refused when the catalog is not the one that it was made against.

use std::io::Write;

use millstream_client::Server;

use crate::current::Current;
use crate::diff::Step;
use crate::remote::{self, RemoteError};

/// Why a plan was not done, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// Before the first statement: nothing was done.
    #[error("the catalog has changed since the plan was made (it was {planned}, it is {found}): plan again")]
    Moved {
        /// The fingerprint of the plan.
        planned: String,
        /// That of the server.
        found: String,
    },
    /// A statement was refused, or the server went away.
    #[error("{what}: {cause}\n{done} of {all} steps are done; apply goes on from there when it is run again.")]
    Stopped {
        /// The step.
        what: String,
        /// Why.
        cause: RemoteError,
        /// Steps before it.
        done: usize,
        /// Steps in all.
        all: usize,
    },
    /// The server cannot be asked.
    #[error("{0}")]
    Remote(#[from] RemoteError),
}

/// Runs the steps of a plan if the catalog is still the one that it was made against; says each as it is done.
pub(crate) async fn apply(
    server: &Server,
    steps: &[Step],
    fingerprint: &str,
    out: &mut dyn Write,
) -> Result<(), ApplyError> {
    let found = Current::of(&remote::ask(server).await?).fingerprint;
    if found != fingerprint {
        return Err(ApplyError::Moved { planned: fingerprint.to_owned(), found });
    }
    let mut sequence = None;
    for (i, step) in steps.iter().enumerate() {
        let entities = remote::ksql(server, &step.sql, &step.properties, sequence)
            .await
            .map_err(|cause| ApplyError::Stopped { what: step.what.clone(), cause, done: i, all: steps.len() })?;
        sequence = remote::sequence(&entities).max(sequence);
        // Whoever does not read it does not wait for it either.
        let _ = writeln!(out, "[{}/{}] {}", i + 1, steps.len(), step.what);
        let _ = out.flush();
    }
    Ok(())
}
