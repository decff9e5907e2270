//! Benchmarks against Apache Kafka: a seeded data set, the physical limits as hand-written loops, and the same query
//! through the engine.
//!
//! `bench query` measures; `bench gen` and `bench fill` give the data set to others. `scripts/bench` starts a broker,
//! builds what is published and runs it. docs/benchmarks.md says what the figures mean.
//!
//! 1. [`orders`], [`customers`] and [`clicks`] make the data sets.
//! 2. [`query`] lists the queries and knows what they must give, [`groups`] where that is more than a row a row.
//! 3. [`topics`] fills topics and checks output topics.
//! 4. [`variant`] lists the programs; [`by_hand`] and [`engine`] are those programs, each run as a child process, and
//!    [`peer`] starts those of other systems.
//! 5. [`rounds`] interleaves them, [`report`] and [`lines`] turn their CPU seconds into ratios.
//! 6. [`brokers`] stands apart: the embedded broker beside Apache Kafka. So does [`expressions`]: kernels alone, no Kafka.

mod brokers;
mod by_hand;
mod checksum;
mod clicks;
mod customers;
mod engine;
mod expressions;
mod filter_project;
mod generate;
mod groups;
mod lines;
mod measure;
mod orders;
mod peer;
mod process;
mod query;
mod random;
mod report;
mod rounds;
mod run;
mod statistics;
mod topics;
mod variant;
mod writer;

use clap::{Parser, Subcommand};

/// A benchmark stops at the first error; what it was doing is in the text.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Benchmarks of Millstream.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate the orders data set and print its checksum.
    Gen(generate::Options),
    /// Fill a new topic with orders.
    Fill {
        /// Kafka's bootstrap servers, HOST:PORT.
        #[arg(long)]
        bootstrap: String,
        /// The topic, which must not exist.
        #[arg(long, default_value = "orders")]
        topic: String,
        /// How many orders.
        #[arg(long, default_value_t = 2_000_000)]
        records: u64,
    },
    /// A query: limit loops, hand-written loops where there are, and the engine, interleaved.
    Query(rounds::Options),
    /// Two brokers beside each other: produce and consume, interleaved.
    Brokers(brokers::Options),
    /// Expressions beside the plain kernels for the same work: needs no broker.
    Expr(expressions::Options),
    /// One measured run in this process (what `query` starts).
    #[command(hide = true)]
    Run(run::Options),
}

fn main() -> std::process::ExitCode {
    let result = match Arguments::parse().command {
        Command::Gen(options) => generate::run(&options),
        Command::Fill { bootstrap, topic, records } => fill(&bootstrap, &topic, records),
        Command::Query(options) => rounds::run(&options),
        Command::Brokers(options) => brokers::run(&options),
        Command::Expr(options) => expressions::run(&options),
        Command::Run(options) => run::run(&options),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("bench: {e}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn fill(bootstrap: &str, topic: &str, records: u64) -> Result<()> {
    let kafka = millstream_kafka::KafkaConfig::new(bootstrap);
    topics::create(&millstream_kafka::Admin::connect(&kafka)?, topic)?;
    let amount = topics::Amount { records, customers: orders::CUSTOMERS };
    topics::fill(&kafka, topic, query::Data::Orders, amount).map(drop)
}
