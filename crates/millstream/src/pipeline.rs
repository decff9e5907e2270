//! `millstream fmt`, `validate`, `graph`, `plan` and `apply`: wiring between options, streams and the `pipeline` crate.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use millstream_pipeline::command::{self, Asked, SavedPlan};

use crate::args::{ApplyArgs, FmtArgs, GraphArgs, PlanArgs, ValidateArgs};

/// `millstream fmt`. Returns the exit code, as all of these.
pub(crate) fn fmt(args: FmtArgs) -> u8 {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    if !args.is_standard_input() {
        return command::fmt(&args.into(), &mut out, &mut err);
    }
    let mut text = String::new();
    match std::io::stdin().read_to_string(&mut text) {
        Ok(_) => command::fmt_text(&text, args.is_check(), &mut out, &mut err),
        Err(e) => command::fail(&mut err, &format!("standard input: {e}")),
    }
}

/// `millstream validate`
pub(crate) fn validate(args: ValidateArgs) -> u8 {
    let ValidateArgs { pipeline, json, strict } = args;
    command::validate(&pipeline.into(), json, strict, &mut std::io::stdout(), &mut std::io::stderr())
}

/// `millstream graph`
pub(crate) fn graph(args: GraphArgs) -> u8 {
    let format = args.format();
    command::graph(&args.pipeline.into(), format, &mut std::io::stdout(), &mut std::io::stderr())
}

/// `millstream plan`
pub(crate) async fn plan(args: PlanArgs) -> u8 {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let server = match args.remote.server() {
        Ok(server) => server,
        Err(e) => return command::fail(&mut err, &e),
    };
    let options = args.options();
    command::plan(&args.pipeline.into(), &server, options, args.out.as_deref(), &mut out, &mut err).await
}

/// `millstream apply`
pub(crate) async fn apply(args: ApplyArgs) -> u8 {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let options = args.options();
    // Before standard input is taken: a password may be typed there.
    let (saved, server) = match (args.saved().map(read_plan).transpose(), &args.remote) {
        (Err(e), _) => return command::fail(&mut err, &e),
        (Ok(Some(plan)), remote) => (Some(plan.clone()), remote.server_or(&plan.server)),
        (Ok(None), remote) => (None, remote.server()),
    };
    let server = match server {
        Ok(server) => server,
        Err(e) => return command::fail(&mut err, &e),
    };
    let mut input = std::io::stdin().lock();
    let person = !args.yes && std::io::stdin().is_terminal();
    let asked = if person { Asked::Person(&mut input) } else { Asked::Nobody };
    match saved {
        Some(plan) => command::apply_saved(&plan, &server, options.allow_state_loss, asked, &mut out, &mut err).await,
        None => command::apply(&args.pipeline.into(), &server, options, asked, &mut out, &mut err).await,
    }
}

/// A plan that was saved. Errors: it cannot be read, or is none.
fn read_plan(path: &PathBuf) -> Result<SavedPlan, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    command::read_plan(&text)
}
