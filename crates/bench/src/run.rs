//! One measured run: sets up its clients, drains the input topics, reports on standard output.

use std::time::Instant;

use crate::measure::Measurement;
use crate::query::Query;
use crate::variant::{Variant, Work};
use crate::{Result, by_hand, engine, process};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The program.
    #[arg(value_enum)]
    pub(crate) variant: Variant,
    /// The query that the engine runs.
    #[arg(long, value_enum, default_value = "b2")]
    pub(crate) query: Query,
    /// Kafka's bootstrap servers.
    #[arg(long)]
    pub(crate) bootstrap: String,
    /// The topics with the data.
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) inputs: Vec<String>,
    /// The topic to write.
    #[arg(long)]
    pub(crate) output: String,
    /// How many records the input topics hold.
    #[arg(long)]
    pub(crate) records: u64,
    /// Queries of b13.
    #[arg(long, default_value_t = 1)]
    pub(crate) queries: u32,
    /// Workers of each part of the engine.
    #[arg(long, default_value_t = 1)]
    pub(crate) threads: u16,
    /// Every update leaves, as with ksqlDB's record cache off.
    #[arg(long)]
    pub(crate) each: bool,
    /// The records come while this runs: the end of a topic is not the end.
    #[arg(long)]
    pub(crate) live: bool,
    /// How many rows the engine must find to be late.
    #[arg(long, default_value_t = 0)]
    pub(crate) late: u64,
}

impl Options {
    /// The topic that the loops read.
    pub(crate) fn input(&self) -> &str {
        self.inputs.first().map(String::as_str).unwrap_or_default()
    }
}

/// The start of a drain.
pub(crate) struct Meter {
    cpu_s: f64,
    wall: Instant,
}

impl Meter {
    /// Clients are connected; from here on everything counts.
    pub(crate) fn start() -> Result<Self> {
        Ok(Self { cpu_s: process::cpu_s()?, wall: Instant::now() })
    }

    /// Everything read is written and acknowledged, or committed.
    pub(crate) fn stop(self, records: u64) -> Result<Measurement> {
        Ok(Measurement {
            cpu_s: process::cpu_s()? - self.cpu_s,
            wall_s: self.wall.elapsed().as_secs_f64(),
            peak_rss_mb: process::peak_rss_mb()?,
            records,
            start_cpu_s: None,
            warm: None,
        })
    }
}

/// Runs it and prints the measurement as one line of JSON.
pub(crate) fn run(options: &Options) -> Result<()> {
    let measurement = match options.variant.work() {
        Work::Engine => engine::run(options)?,
        Work::Consume | Work::Copy | Work::ByHand => by_hand::run(options)?,
        Work::Peer(_) => return Err("a peer has a program of its own".into()),
    };
    println!("{}", serde_json::to_string(&measurement)?);
    Ok(())
}
