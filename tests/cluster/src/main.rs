//! Proofs and kill tests on Apache Kafka: `cluster prove rebalance|restart|offsets`, `cluster kill`, ...
//!
//! Everything is bounded in time, prints its seed and leaves a report in `build/reports/`. Exit codes: 0 the claim
//! holds, 1 it does not, 2 wrong usage, 77 skipped because something is missing on this machine.

mod account;
mod across;
mod bad_input;
mod broker;
mod broker_kill;
mod child;
mod clients;
mod clock;
mod earthquakes;
mod error;
mod faults;
mod first_minute;
mod footprint;
mod kill;
mod moves;
mod numbered;
mod prove;
mod pulls;
mod reader;
mod report;
mod server;
mod source;
mod stage;
mod topics;
mod worker;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Trouble;

#[derive(Debug, Parser)]
#[command(name = "cluster", about = "Proofs and kill tests on Apache Kafka")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Claims that the design rests on.
    #[command(subcommand)]
    Prove(Prove),
    /// Servers are killed while a stream flows: every result exactly once, in order.
    Kill(kill::Options),
    /// Half the rate that servers can do, a kill a minute, for long: nothing lost, nothing doubled, memory stays as it is.
    Soak(kill::soak::Options),
    /// The embedded broker is killed under load: nothing acknowledged is lost, nothing is doubled.
    BrokerKill(broker_kill::Options),
    /// How long a server with its own broker and much data takes until it is ready, and a query until its first row.
    FirstMinute(first_minute::Options),
    /// Memory of an idle server and of idle queries, and the time from the start of a process to a row.
    Footprint(footprint::Options),
    /// A query over real records gives what an independent script computes.
    Earthquakes(earthquakes::Options),
    /// How long a table of many keys takes to come back after a restart.
    Restore(moves::Options),
    /// How long tasks with much state take to move when a server comes, and when one dies.
    Rebalance(moves::Options),
    /// Topics that go, partitions that come, records and states that are too large: a query stops alone and says why.
    Faults(faults::Options),
    /// A thousand push queries on one stream and ten thousand idle connections: what they cost, and that none starves.
    Clients(clients::Options),
    /// Pull queries by key at a steady rate: how long answers take
    Pulls(pulls::Options),
    /// Random joins and groups over topics of several partitions, on two servers: what the model says.
    Across(across::Options),
    /// Bad records between good ones: all accounted for, nothing stops.
    BadInput(bad_input::Options),
    /// One worker process of a proof.
    #[command(hide = true)]
    Worker(worker::Options),
}

#[derive(Debug, Subcommand)]
enum Prove {
    /// Workers come and go: nothing lost, nothing doubled, equal partition numbers together.
    Rebalance(prove::rebalance::Options),
    /// From SIGKILL to the first committed record of the restarted worker.
    Restart(prove::restart::Options),
    /// Offsets of many groups in one transaction, and stale generations.
    Offsets(prove::offsets::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Prove(Prove::Rebalance(options)) => prove::rebalance::run(options),
        Command::Prove(Prove::Restart(options)) => prove::restart::run(&options),
        Command::Prove(Prove::Offsets(options)) => prove::offsets::run(&options),
        Command::Kill(options) => kill::run(&options),
        Command::Soak(options) => kill::soak::run(&options),
        Command::BrokerKill(options) => broker_kill::run(&options),
        Command::FirstMinute(options) => first_minute::run(&options),
        Command::Footprint(options) => footprint::run(&options),
        Command::Earthquakes(options) => earthquakes::run(&options),
        Command::Restore(options) => moves::restore(&options),
        Command::Rebalance(options) => moves::rebalance(&options),
        Command::Faults(options) => faults::run(&options),
        Command::Clients(options) => clients::run(&options),
        Command::Pulls(options) => pulls::run(&options),
        Command::Across(options) => across::run(&options),
        Command::BadInput(options) => bad_input::run(&options),
        Command::Worker(options) => return work(&options),
    };
    match result {
        Ok(()) => {
            report::say("PASSED");
            ExitCode::SUCCESS
        }
        Err(Trouble::Skipped(why)) => {
            report::say(&why);
            ExitCode::from(77)
        }
        Err(trouble) => {
            report::say(&format!("FAILED: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

/// A worker's stdout belongs to the proof that started it: what went wrong goes to its log.
fn work(options: &worker::Options) -> ExitCode {
    let Err(trouble) = worker::run(options) else { return ExitCode::SUCCESS };
    let _ = writeln!(std::io::stderr(), "worker {}: {trouble}", options.name());
    ExitCode::FAILURE
}
