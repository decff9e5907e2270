//! `millstream server` and `run`: start, say so, and stop when asked; with a broker of its own when it is given no Kafka,
//! and with a pipeline deployed when it is given one.

use std::ffi::OsString;
use std::io::Write as _;
use std::time::Duration;

use millstream_broker::Broker;
use millstream_cli::{Credentials, Server, Tls, Verification};
use millstream_pipeline::command::{self, Pipeline};
use millstream_server::RunningServer;

use crate::args::{RunArgs, ServerArgs};
use crate::broker;
use crate::signals::Signals;

/// What to do instead of starting a broker, when that fails.
const OTHER_KAFKA: &str = "hint: a Kafka that is running already is used with --bootstrap-servers HOST:PORT";

/// How long a server may take to stop in order, whatever brokers and clients do: less than the 30 s after which those who run
/// containers kill them.
const DRAIN_MAX: Duration = Duration::from_secs(25);

/// What a server has from files.
struct Deployment {
    pipeline: Pipeline,
    /// Nobody but the files may change it.
    headless: bool,
}

/// Runs a server until SIGTERM or Ctrl-C. Errors: one sentence, with a hint where there is one.
pub(crate) async fn run(args: ServerArgs) -> Result<(), String> {
    let args = completed(args)?;
    let pipeline = args.queries_file().map(|file| Pipeline { paths: vec![file], variables: Vec::new() });
    serve(args, pipeline.map(|pipeline| Deployment { pipeline, headless: true })).await
}

/// Runs a server with a pipeline until SIGTERM or Ctrl-C. Errors: as [`run`], and what is wrong with the pipeline.
pub(crate) async fn run_pipeline(args: RunArgs) -> Result<(), String> {
    let RunArgs { pipeline, server } = args;
    serve(completed(server)?, Some(Deployment { pipeline: pipeline.into(), headless: false })).await
}

async fn serve(args: ServerArgs, deployment: Option<Deployment>) -> Result<(), String> {
    let mut signals = Signals::watch()?;
    millstream_broker::raise_file_limit();
    if let Some(Deployment { pipeline, headless }) = &deployment {
        // What is wrong with the files is wrong without any server.
        command::check_files(pipeline, *headless)?;
    }
    let (server, broker, bootstrap) = tokio::select! {
        started = start(args) => started?,
        // Nothing was promised to anybody yet.
        () = signals.next() => return Ok(()),
    };
    let deployed = tokio::select! {
        deployed = deploy(&server, deployment.as_ref()) => deployed,
        () = signals.next() => Err("asked to stop before everything was deployed".to_owned()),
    };
    if let Err(e) = deployed {
        stop(server, broker).await;
        return Err(e);
    }
    let mut out = std::io::stdout();
    // Whoever does not read it does not wait for it either.
    let _ = writeln!(out, "millstream ready: {} kafka {bootstrap}", server.url());
    let _ = out.flush();

    signals.next().await;
    tracing::info!("stopping; ask again to stop at once");
    tokio::select! {
        () = stop(server, broker) => tracing::info!("stopped"),
        () = signals.next() => std::process::exit(crate::EXIT_IMPATIENT),
        () = tokio::time::sleep(DRAIN_MAX) => {
            tracing::warn!(seconds = DRAIN_MAX.as_secs(), "not stopped in time: what is not committed is done again");
            std::process::exit(crate::EXIT_IMPATIENT);
        }
    }
    Ok(())
}

/// Gives the server what files describe.
async fn deploy(server: &RunningServer, deployment: Option<&Deployment>) -> Result<(), String> {
    let Some(Deployment { pipeline, headless }) = deployment else { return Ok(()) };
    // The server asks itself: it need not prove to itself who it is.
    let tls = Tls { identity: server.certificate(), verification: Verification::Nothing, ..Tls::default() };
    let own = Server::new(&server.url(), tls, server.own_token().map(Credentials::Token));
    command::deploy(pipeline, &own.map_err(|e| e.to_string())?, &mut std::io::stdout()).await?;
    if *headless {
        server.seal();
    }
    Ok(())
}

/// The options with what a file and the environment say.
fn completed(args: ServerArgs) -> Result<ServerArgs, String> {
    // Variables that are no Unicode are nobody's properties.
    let unicode = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    args.completed(std::env::vars_os().filter_map(unicode))
}

async fn start(args: ServerArgs) -> Result<(RunningServer, Option<Broker>, String), String> {
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
