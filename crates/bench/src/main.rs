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
mod data;
mod embedded;
mod engine;
mod expressions;
mod filter_project;
mod generate;
mod groups;
mod instructions;
mod latency;
mod lines;
mod measure;
mod nexmark;
mod orders;
mod page;
mod peer;
mod process;
mod products;
mod query;
mod random;
mod report;
mod resume;
mod rounds;
mod run;
mod statistics;
mod suite;
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
    /// Partitions of every topic that is made.
    #[arg(long, global = true, default_value_t = topics::PARTITIONS, value_parser = clap::value_parser!(i32).range(1..=1024))]
    partitions: i32,
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
    /// A first look in less than five minutes: limits, b1, b2 and b5 on the embedded broker.
    Quick(suite::Quick),
    /// The queries that figures are published of, Kafka Streams beside them; goes on where it was interrupted.
    Core(suite::Core),
    /// Expressions beside the plain kernels for the same work: needs no broker.
    Expr(expressions::Options),
    /// The queries of Nexmark, on the embedded broker unless another one is given.
    Nexmark(suite::Nexmark),
    /// How long a record takes at a steady rate, copying beside it.
    Latency(latency::Options),
    /// A page with plots from the lines of `--json`.
    Page(page::Options),
    /// How many instructions the engine executes for a record, held against a file.
    Instructions(instructions::Options),
    /// A query over records in memory (what `instructions` counts).
    #[command(hide = true)]
    InMemory(instructions::InMemory),
    /// The embedded broker alone.
    #[command(hide = true)]
    Serve(embedded::Options),
    /// One measured run in this process (what `query` starts).
    #[command(hide = true)]
    Run(run::Options),
}

/// Of all that is allocated here, by librdkafka too. glibc's gives large blocks back to the system as soon as they are free, to be
/// cleared page by page when they are needed again.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    topics::set_partitions(arguments.partitions);
    let result = match arguments.command {
        Command::Gen(options) => generate::run(&options),
        Command::Fill { bootstrap, topic, records } => fill(&bootstrap, &topic, records),
        Command::Query(options) => rounds::run(&options).map(drop),
        Command::Quick(options) => suite::quick(&options),
        Command::Core(options) => suite::core(&options),
        Command::Nexmark(options) => suite::nexmark(&options),
        Command::Latency(options) => latency::run(&options),
        Command::Page(options) => page::run(&options),
        Command::Instructions(options) => instructions::run(&options),
        Command::InMemory(options) => instructions::in_memory(&options),
        Command::Serve(options) => embedded::serve(&options),
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
    let amount = data::Amount { records, customers: orders::CUSTOMERS };
    topics::fill(&kafka, topic, data::Data::Orders, amount).map(drop)
}
