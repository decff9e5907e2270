//! Benchmark b2: filter and project, hand-written loops against the engine, in interleaved rounds.
//!
//! Every run is a process of its own, so that its CPU seconds are its own, and writes a topic of its own, which is
//! checked record by record against what the data set must give: a wrong run has no time.

use std::io::Write;
use std::process::{Command, Stdio};

use millstream_kafka::{Admin, KafkaConfig};

use crate::Result;
use crate::checksum::Tally;
use crate::measure::{Measurement, Run};
use crate::orders::{SEED, expected};
use crate::process;
use crate::report;
use crate::topics;
use crate::variant::{Variant, Work};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Kafka's bootstrap servers, HOST:PORT.
    #[arg(long)]
    bootstrap: String,
    /// Records in the input topic.
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// Measured rounds; each runs every variant once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rounds before those, which warm up broker and page cache and are dropped.
    #[arg(long, default_value_t = 1)]
    warm_up: usize,
    /// Append one line of JSON per measured run to this file.
    #[arg(long)]
    json: Option<std::path::PathBuf>,
    /// Only these variants.
    #[arg(long, value_enum, value_delimiter = ',')]
    variants: Vec<Variant>,
}

/// Runs the benchmark and prints its report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let all = <Variant as clap::ValueEnum>::value_variants();
    let variants = if options.variants.is_empty() { all.to_vec() } else { options.variants.clone() };
    let (copied, filtered) = expected(SEED, options.records);
    let kafka = KafkaConfig::new(&options.bootstrap);
    let admin = Admin::connect(&kafka)?;
    let input = format!("bench-orders-{}", std::process::id());
    topics::create(&admin, &input)?;
    eprintln!("filling {input} with {} orders", options.records);
    topics::fill(&kafka, &input, options.records)?;
    if topics::tally(&kafka, &input)? != copied {
        return Err("the input topic does not hold the data set".into());
    }
    let mut json = options.json.as_ref().map(|path| std::fs::File::options().create(true).append(true).open(path));
    let mut json = json.take().transpose()?;
    let mut runs = Vec::new();
    for round in 0..options.warm_up + options.rounds {
        for place in 0..variants.len() {
            let variant = variants[(place + round) % variants.len()];
            let want = match variant.work() {
                Work::Consume => Tally::default(),
                Work::Copy => copied,
                Work::ByHand | Work::Engine => filtered,
            };
            let run = one(options, &admin, &input, variant, round, want)?;
            eprintln!("round {round} {:>6}: {:.3} CPU-s/M", run.variant, run.cpu_s_per_million);
            if let Some(measured) = round.checked_sub(options.warm_up) {
                let run = Run { round: measured, ..run };
                if let Some(file) = &mut json {
                    writeln!(file, "{}", serde_json::to_string(&run)?)?;
                }
                runs.push(run);
            }
        }
    }
    admin.delete_topics(&[&input])?;
    println!("b2, {} records of orders, {} rounds\n", options.records, options.rounds);
    print!("{}", report::table(&runs, &variants));
    Ok(())
}

/// One variant, once, as a child process with a fresh output topic.
fn one(options: &Options, admin: &Admin, input: &str, variant: Variant, round: usize, want: Tally) -> Result<Run> {
    let kafka = KafkaConfig::new(&options.bootstrap);
    let name = variant.name();
    let output = format!("{input}-{round}-{name}");
    topics::create(admin, &output)?;
    let load_before = process::load()?;
    let measurement = child(options, input, &output, &name)?;
    let load_after = process::load()?;
    let wrote = topics::settled(&kafka, &output, want.records)?;
    admin.delete_topics(&[&output])?;
    if measurement.records != options.records || wrote.records != want.records {
        let (read, records) = (measurement.records, options.records);
        return Err(format!("{name} read {read} of {records} and wrote {} of {}", wrote.records, want.records).into());
    }
    if wrote.sum != want.sum {
        return Err(format!("{name} wrote other bytes than the data set must give").into());
    }
    Ok(Run {
        query: "b2",
        variant: name,
        round,
        measurement,
        cpu_s_per_million: measurement.cpu_s * 1e6 / measurement.records as f64,
        written: wrote.records,
        load_before,
        load_after,
    })
}

fn child(options: &Options, input: &str, output: &str, variant: &str) -> Result<Measurement> {
    let records = options.records.to_string();
    let child = Command::new(std::env::current_exe()?)
        .args(["run", variant, "--bootstrap", &options.bootstrap, "--records", &records])
        .args(["--input", input, "--output", output])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        return Err(format!("{variant}: {}", child.status).into());
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}
