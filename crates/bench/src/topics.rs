//! Topics of a benchmark: filled, read back and checked.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::Result;
use crate::checksum::{Checksum, Tally};
use crate::data::{Amount, Data};
use crate::query::Wanted;
use crate::writer::produce;
use millstream_engine::link::{Outgoing, Record};
use millstream_kafka::batch::{TAKE_MAX, TopicProducer};
use millstream_kafka::{Admin, KafkaConfig, Producer, StartAt, Tail};
use millstream_types::partition_for_key;

/// Partitions of every topic here, as in the published figures.
pub(crate) const PARTITIONS: i32 = 4;
/// As many as this process was told of.
static TOLD: OnceLock<i32> = OnceLock::new();
/// How long everything handed to the producer may take to be acknowledged.
const FLUSH: Duration = Duration::from_secs(120);
/// A topic that is being read to its end gives something at least that often.
const SILENCE: Duration = Duration::from_secs(30);

/// How late committed records may become visible.
const SETTLE: Duration = Duration::from_secs(10);

/// Partitions of every topic of this process.
pub(crate) fn partitions() -> i32 {
    *TOLD.get_or_init(|| PARTITIONS)
}

/// Topics have so many from now on. Too late once [`partitions`] was asked.
pub(crate) fn set_partitions(count: i32) {
    TOLD.get_or_init(|| count);
}

/// Creates a topic that keeps everything. Error: it exists already, or the broker refuses.
pub(crate) fn create(admin: &Admin, name: &str) -> Result<()> {
    match admin.create_topic(name, partitions(), None, &[("retention.ms", "-1")])? {
        true => Ok(()),
        false => Err(format!("topic {name} exists already").into()),
    }
}

/// Writes a data set, partitioned by key as Java does, each record with its event time; says how many records it has.
pub(crate) fn fill(config: &KafkaConfig, topic: &str, data: Data, amount: Amount) -> Result<u64> {
    let mut filler = Filler::open(config, topic)?;
    data.each(amount, &mut |key, time, value| filler.put(key, time, value))?;
    filler.finish()
}

/// Fills one topic.
struct Filler {
    producer: Arc<Producer>,
    topic: TopicProducer,
    count: u64,
}

impl Filler {
    fn open(config: &KafkaConfig, topic: &str) -> Result<Self> {
        let producer = Arc::new(Producer::idempotent(config)?);
        let topic = TopicProducer::open(&producer, topic)?;
        Ok(Self { producer, topic, count: 0 })
    }

    fn put(&mut self, key: &[u8], timestamp: i64, value: &[u8]) -> Result<()> {
        let partition = partition_for_key(key, partitions());
        let record = Outgoing { partition, timestamp, key: Some(key), value: Some(value), headers: &[] };
        produce(&self.producer, &self.topic, &record)?;
        if self.count.is_multiple_of(1024) {
            self.producer.serve();
        }
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        self.producer.flush(FLUSH)?;
        Ok(self.count)
    }
}

/// What a topic holds, as soon as that is what is wanted: the markers of a transaction reach the partitions a little after
/// its commit was answered. After [`SETTLE`] whatever there is. With it how many records there are.
pub(crate) fn settled(config: &KafkaConfig, topic: &str, wanted: Wanted) -> Result<(Wanted, u64)> {
    let since = Instant::now();
    loop {
        let found = match wanted {
            Wanted::All(_) => {
                let tally = tally(config, topic)?;
                (Wanted::All(tally), tally.records)
            }
            Wanted::Last(_) => {
                let (tally, records) = last(config, topic)?;
                (Wanted::Last(tally), records)
            }
        };
        if found.0 == wanted || since.elapsed() > SETTLE {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Reads a topic to its end as any consumer downstream would: committed records only.
pub(crate) fn tally(config: &KafkaConfig, topic: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    read(config, topic, &mut |record| tally.add(record.key, record.value))?;
    Ok(tally)
}

/// The last record of each key of a topic, where it is no deletion; and how many records there are in all.
fn last(config: &KafkaConfig, topic: &str) -> Result<(Tally, u64)> {
    let mut records = 0;
    let mut rows: HashMap<Box<[u8]>, u64> = HashMap::new();
    read(config, topic, &mut |record| {
        records += 1;
        let Some(key) = record.key else { return };
        match record.value {
            None => drop(rows.remove(key)),
            Some(_) => drop(rows.insert(key.into(), Checksum::of_record(record.key, record.value))),
        }
    })?;
    let sum = rows.values().fold(0_u64, |sum, row| sum.wrapping_add(*row));
    Ok((Tally { records: rows.len() as u64, sum }, records))
}

fn read(config: &KafkaConfig, topic: &str, each: &mut dyn FnMut(&Record<'_>)) -> Result<()> {
    let mut tail = Tail::open(config, topic, StartAt::Earliest)?;
    let mut heard = Instant::now();
    while !tail.at_end() {
        let progress = tail.fetch(TAKE_MAX, Duration::from_millis(100), &mut |_, records| {
            records.iter().for_each(&mut *each);
        })?;
        if progress.records > 0 {
            heard = Instant::now();
        } else if heard.elapsed() > SILENCE {
            return Err(format!("{topic} gave nothing for {} s", SILENCE.as_secs()).into());
        }
    }
    Ok(())
}
