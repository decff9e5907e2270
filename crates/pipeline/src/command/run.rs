//! `plan`, `apply` and what `run` and headless servers do with a pipeline.

use std::io::Write;

use millstream_client::Server;

use super::{Asked, Pipeline, fail, tell};
use crate::apply::ApplyError;
use crate::check::Surroundings;
use crate::current::Current;
use crate::diff::{Diff, Permissions, Step, diff};
use crate::finding::any_error;
use crate::object::Id;
use crate::remote;
use crate::saved::{self, SavedPlan};
use crate::{EXIT_CHANGES, EXIT_FAILED, EXIT_OK, report};

/// How `plan` is made and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanOptions {
    /// What is not in the files is to be dropped.
    pub delete: bool,
    /// Topics of sinks that are dropped or replaced are to be deleted.
    pub delete_topics: bool,
    /// As JSON.
    pub json: bool,
    /// [`EXIT_CHANGES`] when there is something to do.
    pub exit_code: bool,
}

/// What `apply` may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApplyOptions {
    /// What is not in the files is dropped.
    pub delete: bool,
    /// Topics of sinks that are dropped or replaced are deleted.
    pub delete_topics: bool,
    /// What a plan says that it loses may be lost.
    pub allow_state_loss: bool,
}

/// A pipeline compared with a server.
struct Compared {
    current: Current,
    diff: Diff,
}

/// Compares a pipeline with a server and says what would happen; `save`: where the plan as JSON goes, too.
pub async fn plan(
    pipeline: &Pipeline,
    server: &Server,
    options: PlanOptions,
    save: Option<&std::path::Path>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let permissions = Permissions { delete: options.delete, delete_topics: options.delete_topics };
    let compared = match compare(pipeline, server, permissions, err).await {
        Ok(compared) => compared,
        Err(code) => return code,
    };
    let Compared { current, diff } = compared;
    let json = saved::json(&diff, &server.url(), &current.fingerprint);
    if let Some(path) = save
        && let Err(e) = std::fs::write(path, format!("{json:#}\n"))
    {
        return fail(err, &format!("{}: {e}", path.display()));
    }
    // Streams that are closed have nobody to tell.
    let _ = match options.json {
        true => writeln!(out, "{json:#}"),
        false => write!(out, "{}", report::text(&diff, &pipeline.name(), &server.url())),
    };
    if !diff.blocked.is_empty() {
        return EXIT_FAILED;
    }
    if options.exit_code && !diff.is_empty() { EXIT_CHANGES } else { EXIT_OK }
}

/// Makes a server what a pipeline describes.
pub async fn apply(
    pipeline: &Pipeline,
    server: &Server,
    options: ApplyOptions,
    mut asked: Asked<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let permissions = Permissions { delete: options.delete, delete_topics: options.delete_topics };
    let compared = match compare(pipeline, server, permissions, err).await {
        Ok(compared) => compared,
        Err(code) => return code,
    };
    let Compared { current, diff } = compared;
    let _ = write!(out, "{}", report::text(&diff, &pipeline.name(), &server.url()));
    if diff.is_empty() {
        return EXIT_OK;
    }
    if !diff.blocked.is_empty() {
        return EXIT_FAILED;
    }
    if diff.loses() && !options.allow_state_loss {
        return fail(err, "nothing was done: the plan loses what nothing brings back (--allow-state-loss permits it)");
    }
    if !asked.agrees(out) {
        return fail(err, "nothing was done");
    }
    let applied = go_on(pipeline, server, permissions, (diff.steps, current.fingerprint), out).await;
    ended(applied, out, err)
}

/// Does the steps of a plan. One that is refused may have been done a moment ago: a run that was killed had sent it, and
/// the server has ended it since the plan was made. As long as what is left is less of the same, it is gone on with; and
/// as long as it is of the same when only the catalog has moved, a limited number of times: it is read in several
/// requests, between which such a statement may end.
async fn go_on(
    pipeline: &Pipeline,
    server: &Server,
    permissions: Permissions,
    (approved, mut fingerprint): (Vec<Step>, String),
    out: &mut dyn Write,
) -> Result<(), ApplyError> {
    /// How often the catalog may have moved without a step less to do.
    const MOVES: usize = 10;
    let mut steps = approved.clone();
    let mut moves = 0;
    loop {
        let stopped = match crate::apply::apply(server, &steps, &fingerprint, out).await {
            Err(e @ (ApplyError::Moved { .. } | ApplyError::Stopped { .. })) => e,
            other => return other,
        };
        let done = if let ApplyError::Stopped { done, .. } = &stopped { *done } else { 0 };
        let again = compare(pipeline, server, permissions, &mut std::io::sink()).await;
        let Ok(Compared { current, diff }) = again else { return Err(stopped) };
        let approved = diff.steps.iter().all(|step| approved.contains(step));
        if !approved || !diff.blocked.is_empty() {
            return Err(stopped);
        }
        if diff.steps.len() + done >= steps.len() {
            moves += 1;
            if moves > MOVES || matches!(stopped, ApplyError::Stopped { .. }) {
                return Err(stopped);
            }
        }
        (steps, fingerprint) = (diff.steps, current.fingerprint);
    }
}

/// Does a plan that was saved.
pub async fn apply_saved(
    plan: &SavedPlan,
    server: &Server,
    allow_state_loss: bool,
    mut asked: Asked<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    if plan.loses && !allow_state_loss {
        return fail(err, "nothing was done: the plan loses what nothing brings back (--allow-state-loss permits it)");
    }
    let _ = writeln!(out, "{} steps for {}", plan.steps.len(), server.url());
    if !asked.agrees(out) {
        return fail(err, "nothing was done");
    }
    ended(crate::apply::apply(server, &plan.steps, &plan.fingerprint, out).await, out, err)
}

/// Makes a server what a pipeline describes, with nobody to ask: nothing is dropped that the files do not replace, and
/// nothing is replaced that would lose state. When another server of the service does the same at the same time,
/// the slower one finds it done. Errors: one text about what is in the way.
pub async fn deploy(pipeline: &Pipeline, server: &Server, out: &mut dyn Write) -> Result<(), String> {
    /// How often another server may have been faster.
    const TURNS: usize = 10;
    let mut last = String::new();
    for _ in 0..TURNS {
        let mut said = Vec::new();
        let compared = compare(pipeline, server, Permissions::default(), &mut said).await;
        let Ok(Compared { current, diff }) = compared else {
            return Err(String::from_utf8_lossy(&said).trim_end().to_owned());
        };
        if diff.is_empty() {
            return Ok(());
        }
        if !diff.blocked.is_empty() || diff.loses() {
            let text = report::text(&diff, &pipeline.name(), &server.url());
            return Err(format!("the pipeline cannot be deployed without loss; millstream apply can:\n{text}"));
        }
        match crate::apply::apply(server, &diff.steps, &current.fingerprint, out).await {
            Ok(()) => return Ok(()),
            Err(ApplyError::Remote(e)) => return Err(e.to_string()),
            Err(e) if last == e.to_string() => return Err(last),
            Err(e) => last = e.to_string(),
        }
    }
    Err(last)
}

fn ended(ended: Result<(), ApplyError>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match ended {
        Ok(()) => {
            let _ = writeln!(out, "Applied.");
            EXIT_OK
        }
        Err(e) => fail(err, &e.to_string()),
    }
}

/// Compares; what is wrong has been said when there is a code instead.
async fn compare(
    pipeline: &Pipeline,
    server: &Server,
    permissions: Permissions,
    err: &mut dyn Write,
) -> Result<Compared, u8> {
    // Without the server first: what is wrong with the files is wrong with any.
    let names = pipeline.check(&Surroundings::default()).map_err(|e| fail(err, &e))?;
    let answers = remote::ask(server).await.map_err(|e| fail(err, &e.to_string()))?;
    let current = Current::of(&answers);
    let mut surroundings = Surroundings { catalog: current.catalog(), properties: current.properties.clone() };
    for id in &names.described {
        if let Id::Source(name) = id {
            surroundings.catalog.remove(name);
        }
    }
    let checked = pipeline.check(&surroundings).map_err(|e| fail(err, &e))?;
    if any_error(&checked.findings) {
        tell(&checked, err);
        return Err(EXIT_FAILED);
    }
    let diff = diff(&checked.objects, &current, &surroundings, permissions);
    Ok(Compared { current, diff })
}
