//! The binary: arguments, wiring, signals.

mod args;
mod broker;
mod pipeline;
mod server;
mod signals;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::{Args, Command, TopicArgs};
use millstream_tools::topic::Streams;

/// Exit status of a process that was asked twice to end.
const EXIT_IMPATIENT: i32 = 130;

/// Of all that is allocated here, by librdkafka too. glibc's gives large blocks back to the system as soon as they are free, to be
/// cleared page by page when they are needed again.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = Args::parse_from(args::spelt_out(std::env::args_os()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // What blocks on Kafka: one such thread a request, and no more than this.
        .max_blocking_threads(64)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("cannot start: {e}")),
    };
    let code = match args.command {
        Command::Server(options) => {
            log_to_stderr();
            match runtime.block_on(server::run(options)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(e) => fail(&e),
            }
        }
        Command::Broker(options) => {
            log_to_stderr();
            match runtime.block_on(broker::run(options)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(e) => fail(&e),
            }
        }
        Command::Run(options) => {
            log_to_stderr();
            match runtime.block_on(server::run_pipeline(options)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(e) => fail(&e),
            }
        }
        Command::Fmt(options) => ExitCode::from(pipeline::fmt(options)),
        Command::Validate(options) => ExitCode::from(pipeline::validate(options)),
        Command::Graph(options) => ExitCode::from(pipeline::graph(options)),
        Command::Plan(options) => ExitCode::from(runtime.block_on(pipeline::plan(options))),
        Command::Apply(options) => ExitCode::from(runtime.block_on(pipeline::apply(options))),
        Command::Sql(options) => {
            let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
            ExitCode::from(runtime.block_on(millstream_cli::run(&options.into(), &mut out, &mut err)))
        }
        Command::Test(options) => {
            let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
            ExitCode::from(millstream_sqltest::command::run(&options.into(), &mut out, &mut err))
        }
        Command::Topic(options) => ExitCode::from(topic(options)),
        Command::Datagen(options) => {
            log_problems();
            let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr());
            let (kafka, options) = options.split();
            ExitCode::from(millstream_tools::datagen::run(&kafka, &options, &mut out, &mut err))
        }
    };
    // A start that was interrupted may still wait for Kafka: that must not hold up the end.
    runtime.shutdown_background();
    code
}

fn topic(options: TopicArgs) -> u8 {
    log_problems();
    let (kafka, command) = options.split();
    let out = std::io::stdout();
    let terminal = out.is_terminal();
    let (mut input, mut out, mut err) = (std::io::stdin().lock(), out.lock(), std::io::stderr());
    let mut streams = Streams { input: &mut input, out: &mut out, err: &mut err, terminal };
    millstream_tools::topic::run(&kafka, &command, &mut streams)
}

/// Logs of a tool that a person waits for: what its own messages do not say, when `RUST_LOG` asks for it.
fn log_problems() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}

/// Logs of this process: `RUST_LOG` filters, else informational ones and above.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}

fn fail(message: &str) -> ExitCode {
    use std::io::Write as _;
    // Standard error that is closed has nobody to tell.
    let _ = writeln!(std::io::stderr(), "millstream: {message}");
    ExitCode::FAILURE
}
