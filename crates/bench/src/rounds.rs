//! Benchmark of a query: limit loops and hand-written loops against the engine, in interleaved rounds.
//!
//! Every run is a process of its own, so that its CPU seconds are its own, and writes a topic of its own, which is
//! checked against what the data set must give: a wrong run has no time.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use millstream_kafka::{Admin, KafkaConfig};

use crate::Result;
use crate::checksum::Tally;
use crate::data::{Amount, Data};
use crate::measure::{Measurement, Run, child, per_million};
use crate::orders::CUSTOMERS;
use crate::peer::Shape;
use crate::query::{Answer, Extent, Query, Wanted};
use crate::variant::{Variant, Work};
use crate::{lines, measure, peer, process, report, resume, topics};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The query.
    #[arg(value_enum)]
    pub(crate) query: Query,
    /// Kafka's bootstrap servers, HOST:PORT.
    #[arg(long)]
    pub(crate) bootstrap: String,
    /// Records in the topic of orders, or in those of impressions and clicks.
    #[arg(long, default_value_t = 2_000_000)]
    pub(crate) records: u64,
    /// Distinct keys of the orders.
    #[arg(long, default_value_t = CUSTOMERS)]
    pub(crate) keys: u32,
    /// Queries of b13 on the one topic.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub(crate) queries: u32,
    /// Workers of each part of the engine; Kafka Streams has its own number of threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) threads: u16,
    /// Every update leaves, as with ksqlDB's record cache off.
    #[arg(long)]
    pub(crate) each: bool,
    /// Measured rounds; each runs every variant once.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Rounds before those, which warm up broker and page cache and are dropped.
    #[arg(long, default_value_t = 1)]
    pub(crate) warm_up: usize,
    /// Append one line of JSON per measured run to this file.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Leave out the rounds that the file of `--json` has already, of the same data and commit.
    #[arg(long, requires = "json")]
    pub(crate) resume: bool,
    /// No round begins after that.
    #[arg(skip)]
    pub(crate) until: Option<Instant>,
    #[command(flatten)]
    pub(crate) homes: peer::Homes,
    /// Only these variants.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) variants: Vec<Variant>,
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
    /// The same where no row is late: Flink's, whose windows wait for what comes late.
    in_full: Answer,
    /// Runs so far: each has names of its own.
    runs: Cell<usize>,
}

/// How a benchmark ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every round was run, now or before.
    Done,
    /// So many rounds were not begun.
    OutOfTime { missing: usize },
}

/// Runs the benchmark and prints its report.
pub(crate) fn run(options: &Options) -> Result<Outcome> {
    let query = options.query;
    let variants = if options.variants.is_empty() { Variant::beside(query) } else { options.variants.clone() };
    let mut runs = options.measured(&variants)?;
    let mut left: Vec<usize> = (0..options.rounds).filter(|round| runs.iter().all(|r| r.round != *round)).collect();
    if !left.is_empty() && !options.over() {
        let bench = Bench::prepare(options)?;
        bench.rounds(&variants, &mut left, &mut runs)?;
        bench.clean()?;
    }
    let (name, records, keys) = (query.name(), options.records, options.keys);
    let (queries, rounds) = (options.extent().queries, options.rounds - left.len());
    let (partitions, threads) = (topics::partitions(), options.threads);
    println!(
        "{name}, {records} records, {keys} keys, {queries} queries, {partitions} partitions, threads: {threads}, {rounds} rounds\n"
    );
    print!("{}", report::table(&runs, query, &variants));
    Ok(if left.is_empty() { Outcome::Done } else { Outcome::OutOfTime { missing: left.len() } })
}

impl Options {
    fn extent(&self) -> Extent {
        let queries = if self.query == Query::B13 { self.queries } else { 1 };
        Extent { records: self.records, customers: self.keys, queries }
    }

    fn over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// What an earlier run has measured of this, if that counts.
    fn measured(&self, variants: &[Variant]) -> Result<Vec<Run>> {
        let (Some(path), true) = (&self.json, self.resume) else { return Ok(Vec::new()) };
        let names: Vec<String> = variants.iter().map(|variant| variant.label(self.query)).collect();
        let (query, queries, commit) = (self.query.name(), self.extent().queries, measure::commit());
        resume::whole_rounds(path, &names, |run| {
            let same = (run.data_records, run.keys, run.queries) == (self.records, self.keys, queries)
                && (run.partitions, run.threads) == (topics::partitions(), self.threads);
            same && run.query == query && run.commit == commit
        })
    }
}

impl<'a> Bench<'a> {
    /// Fills the topics.
    fn prepare(options: &'a Options) -> Result<Self> {
        let kafka = KafkaConfig::new(&options.bootstrap);
        let admin = Admin::connect(&kafka)?;
        let amount = Amount { records: options.records, customers: options.keys };
        let mut needed = options.query.reads().to_vec();
        let loops = options.query.looped();
        if !needed.contains(&loops) {
            needed.push(loops);
        }
        let mut filled = Vec::with_capacity(needed.len());
        for data in needed {
            let topic = format!("bench-{data:?}-{}", std::process::id()).to_lowercase();
            topics::create(&admin, &topic)?;
            eprintln!("filling {topic}");
            let records = topics::fill(&kafka, &topic, data, amount)?;
            filled.push((data, topic, records));
        }
        let copied = loops.tally(amount)?;
        let (answer, in_full) =
            (options.query.answer(options.extent()), options.query.answer_in_full(options.extent()));
        let bench = Self { options, kafka, admin, topics: filled, copied, answer, in_full, runs: Cell::new(0) };
        let (topic, _) = bench.inputs(&[loops]);
        if topics::tally(&bench.kafka, &topic)? != copied {
            return Err("the topic that the loops read does not hold the data set".into());
        }
        Ok(bench)
    }

    /// Rounds to warm up, then those that are left, as far as time allows; what was measured is added to `runs`.
    fn rounds(&self, variants: &[Variant], left: &mut Vec<usize>, runs: &mut Vec<Run>) -> Result<()> {
        let options = self.options;
        let mut json = options.json.as_ref().map(|path| std::fs::File::options().create(true).append(true).open(path));
        let mut json = json.take().transpose()?;
        for round in 0..options.warm_up {
            self.round(variants, round, "warm-up")?;
        }
        while let Some(round) = left.first().copied().filter(|_| !options.over()) {
            let measured = self.round(variants, round, "round")?;
            if let Some(file) = &mut json {
                lines::write(&measured, file)?;
            }
            runs.extend(measured);
            left.remove(0);
        }
        Ok(())
    }

    /// Every variant once, in an order that depends on the round.
    fn round(&self, variants: &[Variant], round: usize, what: &str) -> Result<Vec<Run>> {
        let mut runs = Vec::with_capacity(variants.len());
        for place in 0..variants.len() {
            let run = self.one(variants[(place + round) % variants.len()], round)?;
            eprintln!("{what} {round} {:>12}: {:.3} CPU-s/M", run.variant, run.cpu_s_per_m);
            runs.push(run);
        }
        Ok(runs)
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
        let looped = [query.looped()];
        let (want, late, reads) = match variant.work() {
            Work::Consume => (Wanted::All(Tally::default()), 0, looped.as_slice()),
            Work::Copy => (Wanted::All(self.copied), 0, looped.as_slice()),
            Work::ByHand => (self.answer.wanted, 0, looped.as_slice()),
            Work::Peer(Shape::Flink) => (self.in_full.wanted, 0, query.reads()),
            Work::Engine | Work::Peer(_) => (self.answer.wanted, self.answer.late, query.reads()),
        };
        let (inputs, records) = self.inputs(reads);
        self.runs.set(self.runs.get() + 1);
        let output = format!("bench-{}-{}-{name}", std::process::id(), self.runs.get());
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
            data_records: self.options.records,
            keys: self.options.keys,
            partitions: topics::partitions(),
            threads: self.options.threads,
            commit: measure::commit(),
            variant: name,
            system: variant.system().to_owned(),
            guarantee: variant.guarantee().to_owned(),
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
        command.args([
            "--threads",
            &self.options.threads.to_string(),
            "--partitions",
            &topics::partitions().to_string(),
        ]);
        if self.options.each {
            command.arg("--each");
        }
        child(&mut command)
    }

    /// As [`Self::own`], by another system.
    fn peer(
        &self,
        variant: Variant,
        shape: Shape,
        (inputs, output, records): (&str, &str, u64),
    ) -> Result<Measurement> {
        let options = self.options;
        let job = peer::Job {
            query: options.query,
            queries: options.extent().queries,
            shape,
            exactly_once: variant.transactional(),
            each: options.each || variant.each(),
            bootstrap: &options.bootstrap,
            inputs,
            output,
            records,
        };
        peer::run(&options.homes, &job)
    }

    fn clean(&self) -> Result<()> {
        let names: Vec<&str> = self.topics.iter().map(|(_, name, _)| name.as_str()).collect();
        Ok(self.admin.delete_topics(&names)?)
    }
}
