//! `millstream server`: start, say so, and stop when asked.

use std::io::Write as _;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::ServerArgs;

/// Exit status of a process that was asked twice to end.
const EXIT_IMPATIENT: i32 = 130;

/// Runs a server until SIGTERM or Ctrl-C. Errors: one sentence, with a hint where there is one.
pub(crate) async fn run(args: ServerArgs) -> Result<(), String> {
    let config = args.config()?;
    let bootstrap = config.bootstrap_servers.clone();
    let on = |kind| signal(kind).map_err(|e| format!("cannot watch signals: {e}"));
    let (mut terminate, mut interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);

    let started = tokio::select! {
        started = millstream_server::start(config) => started.map_err(|e| e.to_string())?,
        // Nothing was promised to anybody yet.
        () = either(&mut terminate, &mut interrupt) => return Ok(()),
    };
    let mut out = std::io::stdout();
    // Whoever does not read it does not wait for it either.
    let _ = writeln!(out, "millstream ready: http://{} kafka {bootstrap}", started.address());
    let _ = out.flush();

    either(&mut terminate, &mut interrupt).await;
    tracing::info!("stopping; ask again to stop at once");
    tokio::select! {
        () = started.stop() => tracing::info!("stopped"),
        () = either(&mut terminate, &mut interrupt) => std::process::exit(EXIT_IMPATIENT),
    }
    Ok(())
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
