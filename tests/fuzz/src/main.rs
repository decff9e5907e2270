//! `broker-fuzz --frames 1000000`: sends real requests and damaged ones to the embedded broker, and watches that it
//! neither fails, hangs nor grows. Exit codes: 0 all is well, 1 a violation, 2 wrong usage.
//!
//! - `requests`: what is sent, of every API in every version; `known`: what answers teach; `batch`: record batches;
//! - `mutate`: the damage; `worker`: a client, and what it expects of answers;
//! - `run`: all clients together; `probe`, `child`, `memory`: the watch over the broker;
//! - `tape`, `replay`: the last frames before a violation.

mod batch;
mod chance;
mod child;
mod clock;
mod known;
mod link;
mod memory;
mod mutate;
mod probe;
mod replay;
mod report;
mod requests;
mod run;
mod serve;
mod tally;
mod tape;
mod worker;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use child::Broker;
use report::say;
use run::Target;

#[derive(Debug, Parser)]
#[command(
    name = "broker-fuzz",
    about = "Sends damaged requests to the embedded broker",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Frames to send.
    #[arg(long, default_value_t = 1_000_000)]
    frames: u64,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A broker that runs already, as host:port, instead of one of this run's own.
    #[arg(long)]
    bootstrap: Option<String>,
    /// The process id of that broker, for its memory.
    #[arg(long, requires = "bootstrap")]
    pid: Option<u32>,
    /// Send what this file has, from an earlier run that failed.
    #[arg(long)]
    replay: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The broker under test; ends with its stdin.
    #[command(hide = true)]
    Serve {
        /// Folder of its data.
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Some(Command::Serve { folder }) => serve::serve(folder),
        None => fuzz(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            report::complain(&what);
            ExitCode::FAILURE
        }
    }
}

fn fuzz(arguments: &Arguments) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| format!("a folder for the broker's data: {e}"))?;
    let (mut target, address) = match &arguments.bootstrap {
        Some(bootstrap) => (Target::Other(arguments.pid), resolve(bootstrap)?),
        None => {
            let broker = Broker::start(folder.path())?;
            let address = resolve(&broker.address)?;
            (Target::Own(broker), address)
        }
    };
    if let Some(file) = &arguments.replay {
        let pieces = replay::replay(address, file)?;
        say(&format!("{pieces} pieces sent again"));
        run::look(address, arguments.seed, clock::wall_ms())?;
    } else {
        let tape = std::env::temp_dir().join(format!("broker-fuzz-{}.frames", arguments.seed));
        run::run(&mut target, address, arguments.seed, arguments.frames, &tape)?;
    }
    if let Target::Own(broker) = target {
        broker.stop()?;
        // What it has stored must be good for another start.
        let broker = Broker::start(folder.path())?;
        run::look(resolve(&broker.address)?, arguments.seed, clock::wall_ms())?;
        broker.stop()?;
        say("stopped, started again and stopped");
    }
    say("no violation");
    Ok(())
}

fn resolve(bootstrap: &str) -> Result<SocketAddr, String> {
    let found = bootstrap.to_socket_addrs().map_err(|e| format!("{bootstrap}: {e}"))?.next();
    found.ok_or_else(|| format!("{bootstrap}: no address"))
}
