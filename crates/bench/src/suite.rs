//! Several benchmarks in one go: `quick` for a first look, which needs nothing but this program, and `core`, whose figures are
//! published.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::Result;
use crate::embedded::Reached;
use crate::orders::CUSTOMERS;
use crate::peer::Homes;
use crate::query::Query;
use crate::rounds::{self, Outcome};
use crate::variant::Variant;

/// `bench quick`
#[derive(Debug, clap::Args)]
pub(crate) struct Quick {
    /// Records of each benchmark.
    #[arg(long, default_value_t = 500_000)]
    records: u64,
    /// Measured rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Rounds before those, which are dropped.
    #[arg(long, default_value_t = 1)]
    warm_up: usize,
    /// Append one line of JSON per measured run to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Use this broker instead of the embedded one.
    #[arg(long)]
    bootstrap: Option<String>,
}

/// `bench core`
#[derive(Debug, clap::Args)]
pub(crate) struct Core {
    /// Kafka's bootstrap servers, HOST:PORT.
    #[arg(long)]
    bootstrap: String,
    /// Where results go, one line of JSON each; what it has already is not measured again.
    #[arg(long, default_value = "build/core.jsonl")]
    json: PathBuf,
    /// Measured rounds of each query.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Records of each query in thousandths of what is usual, to see that it works.
    #[arg(long, default_value_t = 1000)]
    scale: u64,
    /// No round begins after so many minutes.
    #[arg(long, default_value_t = 145)]
    minutes: u64,
    /// Only these variants.
    #[arg(long, value_enum, value_delimiter = ',')]
    variants: Vec<Variant>,
    #[command(flatten)]
    homes: Homes,
}

/// `bench nexmark`
#[derive(Debug, clap::Args)]
pub(crate) struct Nexmark {
    /// Use this broker instead of the embedded one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Events: of 50 one is a person, three are auctions, the others bids.
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Measured rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Rounds before those, which are dropped.
    #[arg(long, default_value_t = 1)]
    warm_up: usize,
    /// Append one line of JSON per measured run to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Leave out the rounds that the file of `--json` has already.
    #[arg(long, requires = "json")]
    resume: bool,
    /// Only these queries.
    #[arg(long, value_enum, value_delimiter = ',')]
    queries: Vec<Query>,
    /// Only these variants.
    #[arg(long, value_enum, value_delimiter = ',')]
    variants: Vec<Variant>,
}

/// The queries of `core` with their records: enough for a JVM to be warm, few enough to end in time.
const CORE: [(Query, u64); 7] = [
    (Query::B1, 2_000_000),
    (Query::B2, 2_000_000),
    (Query::B3, 1_000_000),
    (Query::B5, 1_000_000),
    (Query::B6, 1_000_000),
    (Query::B9, 1_000_000),
    (Query::B13, 500_000),
];

/// What each query of `core` is run by.
const CORE_VARIANTS: [Variant; 7] = [
    Variant::Copy,
    Variant::AtLeastOnce,
    Variant::ExactlyOnce,
    Variant::StreamsAtLeastOnce,
    Variant::StreamsExactlyOnce,
    Variant::TunedExactlyOnce,
    Variant::FlinkExactlyOnce,
];

/// The limits, b1, b2 and b5, on the embedded broker.
pub(crate) fn quick(options: &Quick) -> Result<()> {
    let began = Instant::now();
    let broker = Reached::of(options.bootstrap.as_deref())?;
    for query in [Query::B1, Query::B2, Query::B5] {
        let mut run = rounds::Options::of(query, broker.bootstrap(), options.records, options.rounds);
        run.json.clone_from(&options.json);
        run.warm_up = options.warm_up;
        rounds::run(&run)?;
        println!();
    }
    println!("{:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Every query of Nexmark that the language has.
pub(crate) fn nexmark(options: &Nexmark) -> Result<()> {
    let broker = Reached::of(options.bootstrap.as_deref())?;
    let asked = |query: &&Query| options.queries.is_empty() || options.queries.contains(query);
    for query in Query::value_variants().iter().filter(|query| query.is_nexmark()).filter(asked) {
        let mut run = rounds::Options::of(*query, broker.bootstrap(), options.records, options.rounds);
        run.json.clone_from(&options.json);
        run.resume = options.resume;
        run.warm_up = options.warm_up;
        run.variants.clone_from(&options.variants);
        rounds::run(&run)?;
        println!();
    }
    Ok(())
}

/// Ours, Kafka Streams and Flink on the queries that figures are published of. Goes on where an earlier run was interrupted.
pub(crate) fn core(options: &Core) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(options.minutes * 60);
    let mut missing = Vec::new();
    for (query, records) in CORE {
        let records = (records * options.scale / 1000).max(1000);
        let mut run = rounds::Options::of(query, options.bootstrap.clone(), records, options.rounds);
        run.json = Some(options.json.clone());
        run.resume = true;
        run.until = Some(until);
        run.variants = if options.variants.is_empty() { CORE_VARIANTS.to_vec() } else { options.variants.clone() };
        run.homes.clone_from(&options.homes);
        if let Outcome::OutOfTime { missing: rounds } = rounds::run(&run)? {
            missing.push(format!("{} {rounds}", query.name()));
        }
        println!();
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("out of time; rounds that are missing: {}. The same command goes on", missing.join(", ")).into())
}

impl rounds::Options {
    /// A query with what is usual otherwise.
    fn of(query: Query, bootstrap: String, records: u64, rounds: usize) -> Self {
        Self {
            query,
            bootstrap,
            records,
            keys: CUSTOMERS,
            queries: 10,
            threads: 1,
            each: false,
            rounds,
            warm_up: 1,
            json: None,
            resume: false,
            until: None,
            homes: Homes::default(),
            variants: Vec::new(),
        }
    }
}
