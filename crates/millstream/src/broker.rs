//! `millstream broker`: the embedded broker alone; and the one that a server brings along when it is given no Kafka.

use std::io::Write as _;

use millstream_broker::{Broker, BrokerConfig};

use crate::args::BrokerArgs;
use crate::signals::Signals;

/// Runs a broker until SIGTERM or Ctrl-C. Errors: one sentence, with a hint where there is one.
pub(crate) async fn run(args: BrokerArgs) -> Result<(), String> {
    let mut signals = Signals::watch()?;
    let broker = tokio::select! {
        started = start(args.config()) => started?,
        // Nothing was promised to anybody yet.
        () = signals.next() => return Ok(()),
    };
    let mut out = std::io::stdout();
    // Whoever does not read it does not wait for it either.
    let _ = writeln!(out, "millstream broker ready: kafka {}", broker.bootstrap());
    let _ = out.flush();

    signals.next().await;
    tracing::info!("stopping; ask again to stop at once");
    tokio::select! {
        () = stop(broker) => tracing::info!("stopped"),
        () = signals.next() => std::process::exit(crate::EXIT_IMPATIENT),
    }
    Ok(())
}

/// Starts a broker. Errors: one sentence, with a hint where there is one.
pub(crate) async fn start(config: BrokerConfig) -> Result<Broker, String> {
    let starting = tokio::task::spawn_blocking(move || Broker::start(config)).await;
    starting.map_err(|e| format!("the broker's start has failed: {e}"))?.map_err(|e| e.to_string())
}

/// Stops a broker: connections end, everything is on disk.
pub(crate) async fn stop(broker: Broker) {
    // A panic in there has been printed.
    let _ = tokio::task::spawn_blocking(move || broker.stop()).await;
}
