//! Benchmark of two brokers beside each other: one client writes and reads the same records to and from each, in
//! interleaved rounds; what counts is the wall clock of the client and the CPU seconds of the broker's process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millstream_engine::link::Outgoing;
use millstream_kafka::batch::{PartitionQueue, Scratch, TAKE_MAX, TopicProducer};
use millstream_kafka::{Admin, KafkaConfig, Producer};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::Result;
use crate::process;
use crate::statistics::spread;
use crate::topics::{self, partitions};

/// Bytes of a record's value.
const VALUE_BYTES: usize = 200;
/// Records handed over in one call.
const RUN: usize = 1000;
const ANSWER: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A broker: NAME=HOST:PORT=PID. The first is held against the second.
    #[arg(long = "broker", value_name = "NAME=H:P=PID", required = true, num_args = 1, value_parser = Contestant::parse)]
    brokers: Vec<Contestant>,
    /// Records of a round.
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Measured rounds.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rounds before those, which are dropped.
    #[arg(long, default_value_t = 1)]
    warm_up: usize,
}

/// One of the brokers.
#[derive(Debug, Clone)]
struct Contestant {
    name: String,
    bootstrap: String,
    pid: u32,
}

impl Contestant {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let parts: Vec<&str> = text.split('=').collect();
        let [name, bootstrap, pid] = parts[..] else { return Err("must be NAME=HOST:PORT=PID".to_owned()) };
        let pid = pid.parse().map_err(|_| format!("{pid} is no process id"))?;
        Ok(Self { name: name.to_owned(), bootstrap: bootstrap.to_owned(), pid })
    }
}

/// One direction of one round.
#[derive(Debug, Clone, Copy)]
struct Leg {
    /// Records a second, client's wall clock.
    rate: f64,
    /// CPU seconds of the broker per million records.
    cpu: f64,
}

/// Runs the benchmark and prints its report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut legs: Vec<Vec<[Leg; 2]>> = vec![Vec::new(); options.brokers.len()];
    for round in 0..options.warm_up + options.rounds {
        for place in 0..options.brokers.len() {
            let at = (place + round) % options.brokers.len();
            let broker = &options.brokers[at];
            let topic = format!("bench-broker-{}-{round}", std::process::id());
            let admin = Admin::connect(&KafkaConfig::new(&broker.bootstrap))?;
            topics::create(&admin, &topic)?;
            let produced = leg(broker, options.records, || produce(broker, &topic, options.records))?;
            let consumed = leg(broker, options.records, || consume(broker, &topic, options.records))?;
            admin.delete_topics(&[&topic])?;
            eprintln!(
                "round {round} {:>12}: produce {:.0} k/s, {:.2} CPU-s/M; consume {:.0} k/s, {:.2} CPU-s/M",
                broker.name,
                produced.rate / 1e3,
                produced.cpu,
                consumed.rate / 1e3,
                consumed.cpu
            );
            if round >= options.warm_up {
                legs[at].push([produced, consumed]);
            }
        }
    }
    report(options, &legs);
    Ok(())
}

fn leg(broker: &Contestant, records: u64, work: impl FnOnce() -> Result<Duration>) -> Result<Leg> {
    let before = process::cpu_s_of(broker.pid)?;
    let took = work()?;
    let cpu = process::cpu_s_of(broker.pid)? - before;
    let count = records as f64;
    Ok(Leg { rate: count / took.as_secs_f64(), cpu: cpu * 1e6 / count })
}

/// Writes the records, acks=all, and waits for the last acknowledgement.
fn produce(broker: &Contestant, topic: &str, records: u64) -> Result<Duration> {
    let producer = Arc::new(Producer::idempotent(&KafkaConfig::new(&broker.bootstrap))?);
    let topic = TopicProducer::open(&producer, topic)?;
    let value: Vec<u8> = (0..VALUE_BYTES).map(|i| (i % 251) as u8).collect();
    let begin = Instant::now();
    let mut sent = 0;
    while sent < records {
        let count = usize::try_from(records - sent)?.min(RUN);
        let keys: Vec<[u8; 8]> = (sent..).take(count).map(u64::to_be_bytes).collect();
        let partition = i32::try_from(sent / RUN as u64 % partitions() as u64)?;
        let record = |key| Outgoing {
            partition,
            timestamp: 1_700_000_000_000,
            key: Some(key),
            value: Some(&value),
            headers: &[],
        };
        let run: Vec<Outgoing<'_>> = keys.iter().map(|key| record(&key[..])).collect();
        let mut rest = &run[..];
        while !rest.is_empty() {
            let (taken, refused) = topic.produce_batch(partition, rest);
            rest = &rest[taken..];
            match refused {
                None => {}
                Some(RDKafkaErrorCode::QueueFull) => producer.breathe(Duration::from_millis(1)),
                Some(code) => return Err(format!("producing: {code}").into()),
            }
        }
        producer.serve();
        sent += count as u64;
    }
    producer.flush(ANSWER)?;
    Ok(begin.elapsed())
}

/// Reads them all.
fn consume(broker: &Contestant, topic: &str, records: u64) -> Result<Duration> {
    let consumer: Arc<BaseConsumer> = Arc::new(
        ClientConfig::new()
            .set("bootstrap.servers", &broker.bootstrap)
            .set("group.id", "bench-broker")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("queued.max.messages.kbytes", "65536")
            .set("fetch.queue.backoff.ms", "1")
            .create()?,
    );
    consumer.fetch_metadata(Some(topic), ANSWER)?;
    let queues = (0..partitions()).map(|p| PartitionQueue::unwatched(&consumer, topic, p));
    let queues: Vec<PartitionQueue> = queues.collect::<std::result::Result<_, _>>()?;
    let mut all = TopicPartitionList::new();
    for partition in 0..partitions() {
        all.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    let begin = Instant::now();
    consumer.assign(&all)?;
    let (mut scratch, mut read) = (Scratch::default(), 0);
    while read < records {
        let mut taken = 0;
        for queue in &queues {
            taken += queue.take(TAKE_MAX, &mut scratch, &mut |_| {}).records as u64;
        }
        read += taken;
        let wait = if taken == 0 { Duration::from_millis(1) } else { Duration::ZERO };
        if let Some(Err(e)) = consumer.poll(wait) {
            return Err(e.into());
        }
        if begin.elapsed() > ANSWER {
            return Err(format!("read {read} of {records} in {ANSWER:?}").into());
        }
    }
    Ok(begin.elapsed())
}

fn report(options: &Options, legs: &[Vec<[Leg; 2]>]) {
    println!(
        "{} records of {VALUE_BYTES} bytes, {} partitions, acks=all, {} rounds\n",
        options.records,
        partitions(),
        options.rounds
    );
    println!(
        "| broker | direction | k records/s median | min–max | broker CPU-s/M median | min–max |\n|---|---|---|---|---|---|"
    );
    for (broker, legs) in options.brokers.iter().zip(legs) {
        for (direction, name) in ["produce", "consume"].iter().enumerate() {
            let Some(rate) = spread(legs.iter().map(|l| l[direction].rate / 1e3)) else { continue };
            let Some(cpu) = spread(legs.iter().map(|l| l[direction].cpu)) else { continue };
            println!(
                "| {} | {name} | {:.0} | {:.0}–{:.0} | {:.2} | {:.2}–{:.2} |",
                broker.name, rate.median, rate.min, rate.max, cpu.median, cpu.min, cpu.max
            );
        }
    }
    let [first, second, ..] = legs else { return };
    println!(
        "\n| ratio within a round, {} / {} | median | min–max |\n|---|---|---|",
        options.brokers[0].name, options.brokers[1].name
    );
    for (direction, name) in ["produce", "consume"].iter().enumerate() {
        let pairs = || first.iter().zip(second).map(|(a, b)| (a[direction], b[direction]));
        for (what, ratio) in [
            ("records/s", spread(pairs().map(|(a, b)| a.rate / b.rate))),
            ("broker CPU-s/M", spread(pairs().map(|(a, b)| a.cpu / b.cpu))),
        ] {
            if let Some(ratio) = ratio {
                println!("| {name}, {what} | {:.2} | {:.2}–{:.2} |", ratio.median, ratio.min, ratio.max);
            }
        }
    }
}
