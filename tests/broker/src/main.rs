//! `broker-checks run --bootstrap HOST:PORT`: runs the checks against a broker, a line for each. Exit codes: 0 all passed,
//! 1 some failed, 2 wrong usage.

use std::process::ExitCode;

use broker_checks::report::say;
use broker_checks::{CHECKS, Check, Outcome, Stopwatch, Target};
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "broker-checks", about = "Checks what every Kafka-protocol broker must do")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the checks against a broker, one after the other.
    Run {
        /// The broker, as host:port.
        #[arg(long)]
        bootstrap: String,
        /// Only these checks: whole names, or subjects ("frames").
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Print the names of the checks.
    List,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::List => {
            CHECKS.iter().for_each(|check| say(&check.name()));
            ExitCode::SUCCESS
        }
        Command::Run { bootstrap, only } => run(&Target::new(&bootstrap), &only),
    }
}

fn run(target: &Target, only: &[String]) -> ExitCode {
    if let Some(nothing) = only.iter().find(|name| !CHECKS.iter().any(|c| c.is_meant_by(name))) {
        say(&format!("no check is called {nothing}; `broker-checks list` names them"));
        return ExitCode::from(2);
    }
    let (mut passed, mut failed) = (0, 0);
    for check in CHECKS.iter().filter(|c| only.is_empty() || only.iter().any(|name| c.is_meant_by(name))) {
        let watch = Stopwatch::start();
        let outcome = check.run(target);
        match outcome {
            Ok(_) => passed += 1,
            Err(_) => failed += 1,
        }
        say(&line(check, &outcome, watch.elapsed().as_secs_f64()));
    }
    say(&format!("{passed} passed, {failed} failed"));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn line(check: &Check, outcome: &Outcome, seconds: f64) -> String {
    let name = check.name();
    match outcome {
        Ok(seen) => format!("PASS {name:42} {seconds:5.1} s  {seen}"),
        Err(failure) => format!("FAIL {name:42} {seconds:5.1} s  {failure}"),
    }
}
