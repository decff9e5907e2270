//! `sql-fuzz --texts 100000`: makes statements, damages many, and watches what parser and planner do with them. Exit
//! codes: 0 all is well, 1 a violation, 2 wrong usage.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use sql_fuzz::{Options, run};

#[derive(Debug, Parser)]
#[command(name = "sql-fuzz", about = "Makes and damages statements, and watches the parser and the planner")]
struct Arguments {
    /// Texts to make, of one to three statements each.
    #[arg(long, default_value_t = 100_000)]
    texts: u64,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the chunk of that number, as a violation names it.
    #[arg(long)]
    chunk: Option<u64>,
    /// Show why the planner refused what it refused.
    #[arg(long)]
    reasons: bool,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        seed: arguments.seed,
        texts: arguments.texts,
        only: arguments.chunk,
        threads: arguments.threads,
        tape: Some(std::env::temp_dir()),
    };
    let outcome = run(&options);
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    // A closed stdout is no reason to fail.
    match outcome {
        Ok(tally) => {
            if arguments.reasons {
                let _ = write!(out, "{}", tally.reasons());
            }
            let _ = writeln!(out, "seed {}: {}\nno violation", options.seed, tally.line());
            ExitCode::SUCCESS
        }
        Err(what) => {
            let _ = writeln!(err, "VIOLATION: {what}");
            ExitCode::FAILURE
        }
    }
}
