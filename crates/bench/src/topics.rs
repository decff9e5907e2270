//! Topics of a benchmark: filled, read back and checked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::checksum::Tally;
use crate::orders::{Orders, SEED};
use crate::writer::produce;
use millstream_engine::link::Outgoing;
use millstream_kafka::batch::{TAKE_MAX, TopicProducer};
use millstream_kafka::{Admin, KafkaConfig, Producer, StartAt, Tail};
use millstream_types::partition_for_key;

/// Partitions of every topic here, as in the published figures.
pub(crate) const PARTITIONS: i32 = 4;
/// How long everything handed to the producer may take to be acknowledged.
const FLUSH: Duration = Duration::from_secs(120);
/// A topic that is being read to its end gives something at least that often.
const SILENCE: Duration = Duration::from_secs(30);

/// How late committed records may become visible.
const SETTLE: Duration = Duration::from_secs(10);

/// Creates a topic that keeps everything. Error: it exists already, or the broker refuses.
pub(crate) fn create(admin: &Admin, name: &str) -> Result<()> {
    match admin.create_topic(name, PARTITIONS, None, &[("retention.ms", "-1")])? {
        true => Ok(()),
        false => Err(format!("topic {name} exists already").into()),
    }
}

/// Writes the first `records` orders, partitioned by key as Java does, each with its event time.
pub(crate) fn fill(config: &KafkaConfig, topic: &str, records: u64) -> Result<()> {
    let producer = Arc::new(Producer::idempotent(config)?);
    let topic = TopicProducer::open(&producer, topic)?;
    let mut orders = Orders::new(SEED);
    let mut value = Vec::new();
    for i in 0..records {
        let order = orders.next(&mut value);
        let key = order.key();
        let partition = partition_for_key(&key, PARTITIONS);
        let record = Outgoing { partition, timestamp: order.time, key: Some(&key), value: Some(&value), headers: &[] };
        produce(&producer, &topic, &record)?;
        if i % 1024 == 0 {
            producer.serve();
        }
    }
    Ok(producer.flush(FLUSH)?)
}

/// As [`tally`], as soon as there are `records`: the markers of a transaction reach the partitions a little after its
/// commit was answered. After [`SETTLE`] whatever there is.
pub(crate) fn settled(config: &KafkaConfig, topic: &str, records: u64) -> Result<Tally> {
    let since = Instant::now();
    loop {
        let tally = tally(config, topic)?;
        if tally.records >= records || since.elapsed() > SETTLE {
            return Ok(tally);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Reads a topic to its end as any consumer downstream would: committed records only.
pub(crate) fn tally(config: &KafkaConfig, topic: &str) -> Result<Tally> {
    let mut tail = Tail::open(config, topic, StartAt::Earliest)?;
    let mut tally = Tally::default();
    let mut heard = Instant::now();
    while !tail.at_end() {
        let progress = tail.fetch(TAKE_MAX, Duration::from_millis(100), &mut |_, records| {
            records.iter().for_each(|r| tally.add(r.key, r.value));
        })?;
        if progress.records > 0 {
            heard = Instant::now();
        } else if heard.elapsed() > SILENCE {
            return Err(format!("{topic} gave nothing for {} s", SILENCE.as_secs()).into());
        }
    }
    Ok(tally)
}
