//! How long a record takes from the time at which it was due to the time at which a consumer has its result, at a steady rate
//! that does not wait for anybody: a query that falls behind is not flattered.
//!
//! Producer and consumer are of this process, and have its clock; what is measured is a process of its own, as elsewhere.
//! Copying beside it says what producer, broker and consumer take by themselves.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use millstream_kafka::{Admin, KafkaConfig};
use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::Serialize;

use crate::checksum::Tally;
use crate::data::{Amount, Data};
use crate::embedded::Reached;
use crate::orders::{CUSTOMERS, Orders, SEED};
use crate::query::{Extent, Query, Wanted};
use crate::statistics::spread;
use crate::topics::{self, partitions};
use crate::variant::{Variant, Work};
use crate::{Result, measure, process};

/// How long the last results may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The producer looks that often for what is due.
const TICK: Duration = Duration::from_micros(200);

/// `bench latency`
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The query: one that makes a result of a record.
    #[arg(long, value_enum, default_value = "b2")]
    query: Query,
    /// Use this broker instead of the embedded one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Records a second.
    #[arg(long, default_value_t = 10_000)]
    rate: u64,
    /// For so long, s.
    #[arg(long, default_value_t = 40)]
    seconds: u64,
    /// What is due in the first of these seconds does not count.
    #[arg(long, default_value_t = 10)]
    discard: u64,
    /// Rounds; each runs every variant once.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Append one line of JSON per run to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Only these variants.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "C,alo,C_t,eos")]
    variants: Vec<Variant>,
}

/// One run.
#[derive(Debug, Clone, Serialize)]
struct Line {
    bench: &'static str,
    query: String,
    variant: String,
    system: &'static str,
    guarantee: &'static str,
    round: usize,
    commit: Option<String>,
    /// Records a second, and for how long they counted.
    rate: u64,
    seconds: u64,
    /// Results that counted.
    results: usize,
    p50_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
    most_ms: f64,
    /// How late the producer itself was at most with what it had to send: the machine, not the query.
    producer_ms: f64,
    load_before: f64,
    load_after: f64,
}

/// Runs it and prints the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !matches!(options.query, Query::B1 | Query::B2) || options.discard >= options.seconds {
        return Err("latency is of b1 or b2, and something must count".into());
    }
    let broker = Reached::of(options.bootstrap.as_deref())?;
    let mut lines: Vec<Line> = Vec::new();
    for round in 0..options.rounds {
        for place in 0..options.variants.len() {
            let variant = options.variants[(place + round) % options.variants.len()];
            let line = one(options, &broker.bootstrap(), variant, round)?;
            eprintln!("round {round} {:>8}: p50 {:.1} ms, p99 {:.1} ms", line.variant, line.p50_ms, line.p99_ms);
            if let Some(path) = &options.json {
                let mut file = std::fs::File::options().create(true).append(true).open(path)?;
                std::io::Write::write_all(&mut file, format!("{}\n", serde_json::to_string(&line)?).as_bytes())?;
            }
            lines.push(line);
        }
    }
    report(options, &lines);
    Ok(())
}

/// One variant, once, between topics of its own.
fn one(options: &Options, bootstrap: &str, variant: Variant, round: usize) -> Result<Line> {
    let name = variant.label(options.query);
    let (input, output) = (topic(round, &name, "in"), topic(round, &name, "out"));
    let admin = Admin::connect(&KafkaConfig::new(bootstrap))?;
    topics::create(&admin, &input)?;
    topics::create(&admin, &output)?;
    let records = options.rate * options.seconds;
    let wanted = match variant.work() {
        Work::Copy => Data::Orders.tally(Amount { records, customers: CUSTOMERS })?,
        Work::Engine => match options.query.answer(Extent { records, customers: CUSTOMERS, queries: 1 }).wanted {
            Wanted::All(tally) | Wanted::Last(tally) => tally,
        },
        _ => return Err(format!("{name} is not measured that way").into()),
    };
    let load_before = process::load()?;
    let mut child = start(options, bootstrap, variant, (&input, &output, records))?;
    let sink = Sink::open(bootstrap, &output)?;
    let began = Instant::now();
    let limit = Duration::from_secs(options.seconds) + PATIENCE;
    let reading = std::thread::spawn(move || sink.read(wanted, began + limit));
    let producer_ms = produce(options, bootstrap, &input, began)?;
    let arrived = reading.join().map_err(|_| "the consumer broke down")??;
    let status = child.wait()?;
    admin.delete_topics(&[&input, &output])?;
    if !status.success() {
        return Err(format!("{name}: {status}").into());
    }
    let late = |(order, at): &(u64, Instant)| {
        let due = began + Duration::from_secs_f64(*order as f64 / options.rate as f64);
        at.saturating_duration_since(due).as_secs_f64() * 1e3
    };
    let counts = |(order, _): &&(u64, Instant)| *order >= options.discard * options.rate;
    let mut ways: Vec<f64> = arrived.iter().filter(counts).map(late).collect();
    ways.sort_by(f64::total_cmp);
    Ok(Line {
        bench: "latency",
        query: options.query.name(),
        variant: name,
        system: variant.system(),
        guarantee: variant.guarantee(),
        round,
        commit: measure::commit(),
        rate: options.rate,
        seconds: options.seconds - options.discard,
        results: ways.len(),
        p50_ms: within(&ways, 0.5),
        p99_ms: within(&ways, 0.99),
        p999_ms: within(&ways, 0.999),
        most_ms: within(&ways, 1.0),
        producer_ms,
        load_before,
        load_after: process::load()?,
    })
}

fn topic(round: usize, name: &str, end: &str) -> String {
    format!("bench-latency-{}-{round}-{name}-{end}", std::process::id())
}

/// The measured process, which ends when it has read all records.
fn start(
    options: &Options,
    bootstrap: &str,
    variant: Variant,
    (input, output, records): (&str, &str, u64),
) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["run", &variant.name(), "--query", &options.query.name(), "--bootstrap", bootstrap, "--live"]);
    command.args(["--records", &records.to_string(), "--inputs", input, "--output", output]);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?)
}

/// Sends each order when it is due; returns by how much the latest of those that count was sent too late, ms.
fn produce(options: &Options, bootstrap: &str, topic: &str, began: Instant) -> Result<f64> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("linger.ms", "1").set("enable.idempotence", "true");
    let producer: BaseProducer = config.create()?;
    let (mut orders, mut value, mut slowest) = (Orders::of(SEED, CUSTOMERS), Vec::new(), Duration::ZERO);
    for n in 0..options.rate * options.seconds {
        let due = began + Duration::from_secs_f64(n as f64 / options.rate as f64);
        let order = orders.next(&mut value);
        while Instant::now() < due {
            producer.poll(TICK);
        }
        if n >= options.discard * options.rate {
            slowest = slowest.max(due.elapsed());
        }
        let key = order.key();
        let partition = millstream_types::partition_for_key(&key, partitions());
        let mut record = BaseRecord::to(topic).partition(partition).key(&key[..]).payload(&value).timestamp(order.time);
        loop {
            match producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => record = back,
                Err((e, _)) => return Err(e.into()),
            }
            producer.poll(TICK);
        }
    }
    producer.flush(PATIENCE)?;
    Ok(slowest.as_secs_f64() * 1e3)
}

/// Whoever reads the results: committed ones, as soon as they are there.
struct Sink(Arc<BaseConsumer>);

impl Sink {
    fn open(bootstrap: &str, topic: &str) -> Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", bootstrap).set("group.id", format!("{topic}-sink"));
        config.set("enable.auto.commit", "false").set("isolation.level", "read_committed");
        let consumer: BaseConsumer = config.set("fetch.wait.max.ms", "500").create()?;
        consumer.fetch_metadata(Some(topic), PATIENCE)?;
        let mut all = TopicPartitionList::new();
        for partition in 0..partitions() {
            all.add_partition_offset(topic, partition, Offset::Beginning)?;
        }
        consumer.assign(&all)?;
        Ok(Self(Arc::new(consumer)))
    }

    /// Reads until everything wanted is there; which order came when. Error: it is not, or it is something else.
    fn read(&self, wanted: Tally, until: Instant) -> Result<Vec<(u64, Instant)>> {
        let (mut tally, mut arrived) = (Tally::default(), Vec::with_capacity(wanted.records as usize));
        while tally.records < wanted.records && Instant::now() < until {
            let Some(message) = self.0.poll(Duration::from_millis(100)) else { continue };
            let (at, message) = (Instant::now(), message?);
            tally.add(message.key(), message.payload());
            let order = order_of(message.payload().unwrap_or_default()).ok_or("a result without number of order")?;
            arrived.push((order, at));
        }
        if tally == wanted { Ok(arrived) } else { Err(format!("got {tally:?} instead of {wanted:?}").into()) }
    }
}

/// The number of the order, the first field of the value.
fn order_of(value: &[u8]) -> Option<u64> {
    let (_, rest) = std::str::from_utf8(value).ok()?.split_once(':')?;
    rest.split([',', '}']).next()?.parse().ok()
}

/// What that part of them stayed within; they are in order.
fn within(sorted: &[f64], part: f64) -> f64 {
    let at = ((sorted.len() as f64 * part).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn report(options: &Options, lines: &[Line]) {
    let (query, rate, rounds) = (options.query.name(), options.rate, options.rounds);
    println!("{query}, {rate} records a second, {} s, {rounds} rounds\n", options.seconds - options.discard);
    println!("| variant | p50 ms | p99 ms | p99.9 ms | slowest ms | producer late ms |\n|---|---|---|---|---|---|");
    for variant in &options.variants {
        let name = variant.label(options.query);
        let of = |figure: fn(&Line) -> f64| {
            let found = spread(lines.iter().filter(|line| line.variant == name).map(figure));
            found.map_or_else(|| "–".to_owned(), |s| format!("{:.1} ({:.1}–{:.1})", s.median, s.min, s.max))
        };
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            of(|l| l.p50_ms),
            of(|l| l.p99_ms),
            of(|l| l.p999_ms),
            of(|l| l.most_ms),
            of(|l| l.producer_ms)
        );
    }
    if let Some(load) = spread(lines.iter().flat_map(|line| [line.load_before, line.load_after])) {
        println!("\nload average of the machine: median {:.1}, up to {:.1}", load.median, load.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_numbers() {
        let ways: Vec<f64> = (1..=1000).map(f64::from).collect();
        assert_eq!((within(&ways, 0.5), within(&ways, 0.999), within(&ways, 1.0)), (500.0, 999.0, 1000.0));
        assert!(within(&[], 0.5).is_nan());
        assert_eq!(order_of(b"{\"ORDER_ID\":17,\"PRICE\":1.5}"), Some(17));
        assert_eq!(order_of(b"{}"), None);
    }
}
