//! `oracle --cases 10000`: random queries against a model; `oracle bank`: an invariant while results change. Exit codes: 0
//! all is well, 1 a difference, 2 wrong usage.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use oracle::{Options, all_shown, bank, run};

#[derive(Debug, Parser)]
#[command(name = "oracle", about = "Runs random queries and compares what comes of them with a model of batches")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    random: Random,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Transfers between accounts whose balances must sum to 0: how often a result says otherwise.
    Bank {
        /// Transfers to make.
        #[arg(long, default_value_t = 10_000_000)]
        transfers: u64,
        /// Accounts.
        #[arg(long, default_value_t = 1000)]
        accounts: u32,
        /// What everything is drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, Args)]
struct Random {
    /// Cases to draw.
    #[arg(long, default_value_t = 10_000)]
    cases: u64,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the case of that number, as a failure names it.
    #[arg(long)]
    case: Option<u64>,
    /// Only cases of that shape.
    #[arg(long)]
    shape: Option<String>,
    /// Show why the planner refused what it refused.
    #[arg(long)]
    reasons: bool,
    /// Put flaws in on purpose and show in which case each is seen.
    #[arg(long)]
    flaws: bool,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Command::Bank { transfers, accounts, seed }) => bank::run(&bank::Options { transfers, accounts, seed }),
        None => random(&arguments.random),
    };
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    // A closed stdout is no reason to fail.
    match outcome {
        Ok((text, held)) => {
            let _ = writeln!(out, "{text}");
            if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(what) => {
            let _ = writeln!(err, "{what}");
            ExitCode::from(2)
        }
    }
}

fn random(arguments: &Random) -> Result<(String, bool), String> {
    if arguments.flaws {
        return Ok(all_shown(arguments.seed, arguments.cases));
    }
    let tally = run(&Options {
        seed: arguments.seed,
        cases: arguments.cases,
        only: arguments.case,
        shape: arguments.shape.clone(),
        threads: arguments.threads,
    })?;
    let mut text = String::new();
    for failure in &tally.failures {
        text.push_str(&format!("--- FAILED\n{failure}\n"));
    }
    if arguments.reasons {
        tally.refused.iter().for_each(|(reason, count)| text.push_str(&format!("refused {count} times: {reason}\n")));
    }
    text.push_str(&tally.lines());
    Ok((text, tally.failures.is_empty()))
}
