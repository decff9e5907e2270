//! One measured run: sets up its clients, drains the input topic, reports on standard output.

use std::time::Instant;

use crate::measure::Measurement;
use crate::variant::{Variant, Work};
use crate::{Result, by_hand, engine, process};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The program.
    #[arg(value_enum)]
    pub(crate) variant: Variant,
    /// Kafka's bootstrap servers.
    #[arg(long)]
    pub(crate) bootstrap: String,
    /// The topic with the orders.
    #[arg(long)]
    pub(crate) input: String,
    /// The topic to write.
    #[arg(long)]
    pub(crate) output: String,
    /// How many records the input topic holds.
    #[arg(long)]
    pub(crate) records: u64,
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
        })
    }
}

/// Runs it and prints the measurement as one line of JSON.
pub(crate) fn run(options: &Options) -> Result<()> {
    let measurement = match options.variant.work() {
        Work::Engine => engine::run(options)?,
        Work::Consume | Work::Copy | Work::ByHand => by_hand::run(options)?,
    };
    println!("{}", serde_json::to_string(&measurement)?);
    Ok(())
}
