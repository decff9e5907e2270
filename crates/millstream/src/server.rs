//! `millstream server`: start, say so, and stop when asked; with a broker of its own when it is given no Kafka.

use std::ffi::OsString;
use std::io::Write as _;

use millstream_broker::Broker;
use millstream_server::RunningServer;

use crate::args::ServerArgs;
use crate::broker;
use crate::signals::Signals;

/// What to do instead of starting a broker, when that fails.
const OTHER_KAFKA: &str = "hint: a Kafka that is running already is used with --bootstrap-servers HOST:PORT";

/// Runs a server until SIGTERM or Ctrl-C. Errors: one sentence, with a hint where there is one.
pub(crate) async fn run(args: ServerArgs) -> Result<(), String> {
    let mut signals = Signals::watch()?;
    let (server, broker, bootstrap) = tokio::select! {
        started = start(args) => started?,
        // Nothing was promised to anybody yet.
        () = signals.next() => return Ok(()),
    };
    let mut out = std::io::stdout();
    // Whoever does not read it does not wait for it either.
    let _ = writeln!(out, "millstream ready: http://{} kafka {bootstrap}", server.address());
    let _ = out.flush();

    signals.next().await;
    tracing::info!("stopping; ask again to stop at once");
    tokio::select! {
        () = stop(server, broker) => tracing::info!("stopped"),
        () = signals.next() => std::process::exit(crate::EXIT_IMPATIENT),
    }
    Ok(())
}

async fn start(args: ServerArgs) -> Result<(RunningServer, Option<Broker>, String), String> {
    // Variables that are no Unicode are nobody's properties.
    let unicode = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let args = args.completed(std::env::vars_os().filter_map(unicode))?;
    let embedded = match args.embedded() {
        Some(config) => Some(broker::start(config).await.map_err(|e| format!("{e}\n{OTHER_KAFKA}"))?),
        None => None,
    };
    let config = args.config(embedded.as_ref().map(Broker::bootstrap))?;
    let bootstrap = config.bootstrap_servers.clone();
    match millstream_server::start(config).await {
        Ok(server) => Ok((server, embedded, bootstrap)),
        Err(e) => {
            if let Some(embedded) = embedded {
                broker::stop(embedded).await;
            }
            Err(e.to_string())
        }
    }
}

/// The server first: its last commits need the broker.
async fn stop(server: RunningServer, broker: Option<Broker>) {
    server.stop().await;
    if let Some(broker) = broker {
        broker::stop(broker).await;
    }
}
