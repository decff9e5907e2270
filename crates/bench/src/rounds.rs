//! Benchmark of a query: limit loops and hand-written loops against the engine, in interleaved rounds.
//!
//! Every run is a process of its own, so that its CPU seconds are its own, and writes a topic of its own, which is
//! checked against what the data set must give: a wrong run has no time.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use millstream_kafka::{Admin, KafkaConfig};

use crate::Result;
use crate::checksum::Tally;
use crate::measure::{Measurement, Run, per_million};
use crate::orders::CUSTOMERS;
use crate::query::{Answer, Data, Extent, Query, Wanted, each_order};
use crate::topics::Amount;
use crate::variant::{Variant, Work};
use crate::{lines, peer, process, report, topics};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The query.
    #[arg(value_enum)]
    query: Query,
    /// Kafka's bootstrap servers, HOST:PORT.
    #[arg(long)]
    bootstrap: String,
    /// Records in the topic of orders, or in those of impressions and clicks.
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// Distinct keys of the orders.
    #[arg(long, default_value_t = CUSTOMERS)]
    keys: u32,
    /// Queries of b13 on the one topic.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=50))]
    queries: u32,
    /// Every update leaves, as with ksqlDB's record cache off.
    #[arg(long)]
    each: bool,
    /// Measured rounds; each runs every variant once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rounds before those, which warm up broker and page cache and are dropped.
    #[arg(long, default_value_t = 1)]
    warm_up: usize,
    /// Append one line of JSON per measured run to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the Kafka Streams peer was built.
    #[arg(long, default_value = "build/peers/kafka-streams")]
    kafka_streams: PathBuf,
    /// Only these variants.
    #[arg(long, value_enum, value_delimiter = ',')]
    variants: Vec<Variant>,
}

/// The topics of the data, and what becomes of it.
struct Bench<'a> {
    options: &'a Options,
    kafka: KafkaConfig,
    admin: Admin,
    /// Topics by what is in them, with how many records they hold.
    topics: Vec<(Data, String, u64)>,
    copied: Tally,
    answer: Answer,
}

/// Runs the benchmark and prints its report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let query = options.query;
    let variants = if options.variants.is_empty() { Variant::beside(query) } else { options.variants.clone() };
    let bench = Bench::prepare(options)?;
    let mut json = options.json.as_ref().map(|path| std::fs::File::options().create(true).append(true).open(path));
    let mut json = json.take().transpose()?;
    let mut runs: Vec<Run> = Vec::new();
    for round in 0..options.warm_up + options.rounds {
        let before = runs.len();
        for place in 0..variants.len() {
            let variant = variants[(place + round) % variants.len()];
            let run = bench.one(variant, round)?;
            eprintln!("round {round} {:>12}: {:.3} CPU-s/M", run.variant, run.cpu_s_per_m);
            if let Some(measured) = round.checked_sub(options.warm_up) {
                runs.push(Run { round: measured, ..run });
            }
        }
        if let Some(file) = &mut json {
            lines::write(&runs[before..], file)?;
        }
    }
    bench.clean()?;
    let (name, records, keys) = (query.name(), options.records, options.keys);
    let queries = options.extent().queries;
    println!("{name}, {records} records, {keys} keys, {queries} queries, {} rounds\n", options.rounds);
    print!("{}", report::table(&runs, query, &variants));
    Ok(())
}

impl Options {
    fn extent(&self) -> Extent {
        let queries = if self.query == Query::B13 { self.queries } else { 1 };
        Extent { records: self.records, customers: self.keys, queries }
    }
}

impl<'a> Bench<'a> {
    /// Fills the topics.
    fn prepare(options: &'a Options) -> Result<Self> {
        let kafka = KafkaConfig::new(&options.bootstrap);
        let admin = Admin::connect(&kafka)?;
        let amount = Amount { records: options.records, customers: options.keys };
        let mut needed = options.query.reads().to_vec();
        if !needed.contains(&Data::Orders) {
            // For the loops.
            needed.push(Data::Orders);
        }
        let mut filled = Vec::with_capacity(needed.len());
        for data in needed {
            let topic = format!("bench-{data:?}-{}", std::process::id()).to_lowercase();
            topics::create(&admin, &topic)?;
            eprintln!("filling {topic}");
            let records = topics::fill(&kafka, &topic, data, amount)?;
            filled.push((data, topic, records));
        }
        let copied = each_order(options.records, options.keys, |_, source, out| {
            out.clear();
            out.extend_from_slice(source);
            true
        });
        let answer = options.query.answer(options.extent());
        let bench = Self { options, kafka, admin, topics: filled, copied, answer };
        let (orders, _) = bench.inputs(&[Data::Orders]);
        if topics::tally(&bench.kafka, &orders)? != copied {
            return Err("the topic of orders does not hold the data set".into());
        }
        Ok(bench)
    }

    /// Names of topics and how many records they hold.
    fn inputs(&self, of: &[Data]) -> (String, u64) {
        let found = || of.iter().filter_map(|data| self.topics.iter().find(|(other, ..)| other == data));
        let names: Vec<&str> = found().map(|(_, name, _)| name.as_str()).collect();
        (names.join(","), found().map(|(.., records)| records).sum())
    }

    /// One variant, once, as a child process with a fresh output topic.
    fn one(&self, variant: Variant, round: usize) -> Result<Run> {
        let query = self.options.query;
        let name = variant.label(query);
        let (want, late, reads) = match variant.work() {
            Work::Consume => (Wanted::All(Tally::default()), 0, [Data::Orders].as_slice()),
            Work::Copy => (Wanted::All(self.copied), 0, [Data::Orders].as_slice()),
            Work::ByHand => (self.answer.wanted, 0, [Data::Orders].as_slice()),
            Work::Engine | Work::Peer(_) => (self.answer.wanted, self.answer.late, query.reads()),
        };
        let (inputs, records) = self.inputs(reads);
        let output = format!("bench-{}-{round}-{name}", std::process::id());
        topics::create(&self.admin, &output)?;
        let load_before = process::load()?;
        let measurement = match variant.work() {
            Work::Peer(shape) => self.peer(variant, shape, (&inputs, &output, records))?,
            _ => self.own(variant, late, (&inputs, &output, records))?,
        };
        let load_after = process::load()?;
        let (found, written) = topics::settled(&self.kafka, &output, want)?;
        self.admin.delete_topics(&[&output])?;
        if measurement.records != records {
            return Err(format!("{name} read {} of {records} records", measurement.records).into());
        }
        if found != want {
            return Err(format!("{name} wrote {found:?}, the data set must give {want:?}").into());
        }
        Ok(Run {
            query: query.name(),
            queries: self.options.extent().queries,
            variant: name,
            system: variant.system(),
            guarantee: variant.guarantee(),
            each: self.options.each || variant.each(),
            round,
            measurement,
            cpu_s_per_m: per_million(measurement.cpu_s, measurement.records),
            warm_cpu_s_per_m: measurement.warm.map(|part| per_million(part.cpu_s, part.records)),
            written,
            load_before,
            load_after,
        })
    }

    /// A program of this binary, from the inputs to the output, which have so many records.
    fn own(&self, variant: Variant, late: u64, (inputs, output, records): (&str, &str, u64)) -> Result<Measurement> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["run", &variant.name(), "--query", &self.options.query.name()]);
        command.args(["--bootstrap", &self.options.bootstrap, "--records", &records.to_string()]);
        command.args(["--late", &late.to_string(), "--inputs", inputs, "--output", output]);
        command.args(["--queries", &self.options.extent().queries.to_string()]);
        if self.options.each {
            command.arg("--each");
        }
        child(&mut command)
    }

    /// As [`Self::own`], by another system.
    fn peer(
        &self,
        variant: Variant,
        shape: peer::Shape,
        (inputs, output, records): (&str, &str, u64),
    ) -> Result<Measurement> {
        let home = &self.options.kafka_streams;
        let job = peer::Job {
            query: self.options.query,
            queries: self.options.extent().queries,
            shape,
            exactly_once: variant.transactional(),
            each: self.options.each || variant.each(),
            bootstrap: &self.options.bootstrap,
            inputs,
            output,
            records,
        };
        let measurement = child(&mut peer::command(home, &job)?);
        let state = peer::state_folder(home, output);
        if state.exists() {
            std::fs::remove_dir_all(state)?;
        }
        measurement
    }

    fn clean(&self) -> Result<()> {
        let names: Vec<&str> = self.topics.iter().map(|(_, name, _)| name.as_str()).collect();
        Ok(self.admin.delete_topics(&names)?)
    }
}

/// Runs a program to its end; the only line of its standard output is what it measured.
fn child(command: &mut Command) -> Result<Measurement> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !child.status.success() {
        return Err(format!("{command:?}: {}", child.status).into());
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}
