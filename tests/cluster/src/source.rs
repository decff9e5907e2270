//! The producer of the tests: numbered records at a steady pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::clock::Timer;
use crate::error::{Doing, Result, Trouble};

/// What the records look like.
pub(crate) trait Shape: Send + Sync {
    /// Appends the key of record `n` of a partition.
    fn key(&self, partition: i32, n: u64, into: &mut Vec<u8>);
    /// Appends the value.
    fn value(&self, partition: i32, n: u64, into: &mut Vec<u8>);
    /// The record's time, ms; `None`: the time of sending.
    fn time(&self, _n: u64) -> Option<i64> {
        None
    }
}

/// What is to be produced.
#[derive(Clone)]
pub(crate) struct Plan {
    /// `HOST:PORT,...`
    pub(crate) bootstrap: String,
    /// Topics, with equally many partitions.
    pub(crate) topics: Vec<String>,
    /// Partitions of each.
    pub(crate) partitions: i32,
    /// Records a second, over all topics and partitions.
    pub(crate) rate: u64,
    /// The records.
    pub(crate) shape: Arc<dyn Shape>,
    /// How long, at most; `stop` ends it earlier.
    pub(crate) limit: Duration,
}

/// Counts refused records; librdkafka's idempotence leaves none unless the broker is away for minutes.
#[derive(Debug, Default)]
struct Refused(AtomicU64);

impl ClientContext for Refused {}

impl ProducerContext for Refused {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A running producer.
#[derive(Debug)]
pub(crate) struct Source {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<Result<u64>>,
}

impl Source {
    /// Starts producing: record n goes to every partition of every topic before record n + 1 does.
    pub(crate) fn start(plan: Plan) -> Self {
        Self::start_at(plan, 0)
    }

    /// The same from record `from` on.
    pub(crate) fn start_at(plan: Plan, from: u64) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(from)));
        let (seen, count) = (Arc::clone(&stop), Arc::clone(&sent));
        Self { stop, sent, thread: std::thread::spawn(move || run(&plan, from, &seen, &count)) }
    }

    /// How many records each partition has been sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether it has ended by itself: at its limit, or because it failed.
    pub(crate) fn done(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends it and returns how many records each partition has got: all of them are acknowledged.
    pub(crate) fn stop(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| Trouble::failed("the producer's thread died"))?
    }
}

fn run(plan: &Plan, from: u64, stop: &AtomicBool, sent: &AtomicU64) -> Result<u64> {
    let producer = producer(&plan.bootstrap)?;
    let lanes = plan.topics.len() as u64 * u64::try_from(plan.partitions).unwrap_or(1);
    let timer = Timer::start(plan.limit);
    let (mut n, mut key, mut value) = (from, Vec::new(), Vec::new());
    while !stop.load(Ordering::Relaxed) && !timer.over() {
        // Micros, so that low rates are even too.
        let micros = u64::try_from(timer.elapsed().as_micros()).unwrap_or(u64::MAX);
        let due = from + micros * plan.rate / lanes / 1_000_000;
        for n in n..due {
            send_all(&producer, plan, n, &mut key, &mut value)?;
            producer.poll(Duration::ZERO);
        }
        n = due.max(n);
        sent.store(n, Ordering::Relaxed);
        producer.poll(Duration::from_millis(2));
    }
    flush(&producer)?;
    Ok(n)
}

/// Sends these records at once, to every topic and partition of the plan.
pub(crate) fn send_range(plan: &Plan, numbers: std::ops::Range<u64>) -> Result<()> {
    let producer = producer(&plan.bootstrap)?;
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for n in numbers {
        send_all(&producer, plan, n, &mut key, &mut value)?;
    }
    flush(&producer)
}

fn producer(bootstrap: &str) -> Result<BaseProducer<Refused>> {
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("enable.idempotence", "true")
        .set("linger.ms", "5")
        .set("queue.buffering.max.messages", "1000000")
        .create_with_context(Refused::default())
        .doing("creating the producer")
}

fn flush(producer: &BaseProducer<Refused>) -> Result<()> {
    producer.flush(Duration::from_secs(60)).doing("flushing the producer")?;
    match producer.context().0.load(Ordering::Relaxed) {
        0 => Ok(()),
        refused => Err(Trouble::failed(format!("{refused} source records were refused"))),
    }
}

/// Record `n` of every topic and partition.
fn send_all(
    producer: &BaseProducer<Refused>,
    plan: &Plan,
    n: u64,
    key: &mut Vec<u8>,
    value: &mut Vec<u8>,
) -> Result<()> {
    for (topic, partition) in plan.topics.iter().flat_map(|t| (0..plan.partitions).map(move |p| (t, p))) {
        key.clear();
        value.clear();
        plan.shape.key(partition, n, key);
        plan.shape.value(partition, n, value);
        let record = BaseRecord::to(topic).partition(partition).key(&key[..]).payload(&value[..]);
        send(producer, plan.shape.time(n).into_iter().fold(record, BaseRecord::timestamp))?;
    }
    Ok(())
}

fn send(producer: &BaseProducer<Refused>, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<()> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(10));
                record = back;
            }
            Err((e, _)) => return Err(e).doing("producing"),
        }
    }
}
