//! A transactional producer that commits and aborts, with a group's offset in each transaction.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;

use super::number;
use crate::clock::{self, Dice, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::reader::Reader;
use crate::report::Report;
use crate::topics;

/// Records of a transaction in each partition.
const RECORDS: u64 = 5;
const ID: &str = "broker-kill";
const GROUP: &str = "broker-kill-transactions";
const ANSWER: Duration = Duration::from_secs(20);
/// How long the broker may take to end what was left open: its timeout and the look for it.
const TIMEOUT_MS: &str = "5000";

/// What is known of a transaction's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Committed,
    Aborted,
    /// The answer was lost.
    Unknown,
}

/// The running producer.
pub(super) struct Transactions {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Result<Ended>>,
}

/// All transactions, their ends, and where they wrote.
pub(super) struct Ended {
    topic: String,
    partitions: i32,
    ends: BTreeMap<u64, End>,
}

impl Transactions {
    /// Begins with transaction 1.
    pub(super) fn start(bootstrap: &str, topic: &str, partitions: i32, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, bootstrap, topic) = (Arc::clone(&stop), bootstrap.to_owned(), topic.to_owned());
        let thread = std::thread::spawn(move || {
            let (_, mut dice) = Dice::seeded(Some(seed));
            let mut ended = Ended { topic, partitions, ends: BTreeMap::new() };
            while !seen.load(Ordering::Relaxed) {
                ended.session(&bootstrap, &mut dice, &seen)?;
            }
            Ok(ended)
        });
        Self { stop, thread }
    }

    /// Ends it after the transaction that is open.
    pub(super) fn stop(self) -> Result<Ended> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| Trouble::failed("the transactional producer's thread died"))?
    }
}

fn producer(bootstrap: &str) -> Result<BaseProducer> {
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("transactional.id", ID)
        .set("transaction.timeout.ms", TIMEOUT_MS)
        .set("message.timeout.ms", TIMEOUT_MS)
        .set("socket.timeout.ms", "4000")
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "100")
        .create()
        .doing("creating the transactional producer")
}

impl Ended {
    /// One producer's life: until stopped, or until it cannot go on.
    fn session(&mut self, bootstrap: &str, dice: &mut Dice, stop: &AtomicBool) -> Result<()> {
        let producer = producer(bootstrap)?;
        let group: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("group.id", GROUP)
            .create()
            .doing("creating the group's client")?;
        let timer = Timer::start(Duration::from_secs(60));
        while let Err(e) = producer.init_transactions(ANSWER) {
            if timer.over() {
                return Err(e).doing("init_transactions");
            }
        }
        while !stop.load(Ordering::Relaxed) {
            let id = self.ends.len() as u64 + 1;
            if producer.begin_transaction().is_err() {
                return Ok(());
            }
            let commit = !dice.once_in(3);
            let end = match self.write(&producer, &group, id) {
                Ok(()) if commit => finish(&producer),
                // Whatever becomes of the request to abort: nobody asked to commit.
                _ => producer.abort_transaction(ANSWER).map_or((End::Aborted, false), |()| (End::Aborted, true)),
            };
            self.ends.insert(id, end.0);
            if !end.1 {
                return Ok(());
            }
        }
        Ok(())
    }

    fn write(&self, producer: &BaseProducer, group: &BaseConsumer, id: u64) -> std::result::Result<(), KafkaError> {
        let text = format!("{id} of a transaction");
        for partition in (0..RECORDS).flat_map(|_| 0..self.partitions) {
            let record = BaseRecord::<str, str>::to(&self.topic).partition(partition).payload(&text);
            producer.send(record).map_err(|(e, _)| e)?;
        }
        producer.flush(ANSWER)?;
        let mut offset = TopicPartitionList::new();
        offset.add_partition_offset(&self.topic, 0, Offset::Offset(id.cast_signed()))?;
        match group.group_metadata() {
            Some(metadata) => producer.send_offsets_to_transaction(&offset, &metadata, ANSWER),
            None => Ok(()),
        }
    }

    /// A transaction that nobody ends: its producer goes away with flushed records.
    pub(super) fn leave_open(&self, bootstrap: &str) -> Result<()> {
        let producer = producer(bootstrap)?;
        producer.init_transactions(ANSWER).doing("init_transactions")?;
        producer.begin_transaction().doing("begin")?;
        for partition in 0..self.partitions {
            let record = BaseRecord::<str, str>::to(&self.topic).partition(partition).payload("0 left open");
            producer.send(record).map_err(|(e, _)| e).doing("producing")?;
        }
        producer.flush(ANSWER).doing("flushing")?;
        // Dropping it would end the transaction in order; this program ends soon anyway.
        std::mem::forget(producer);
        Ok(())
    }

    /// Every transaction is whole or absent as its end says, the open one was ended by the broker, and the group's offset is
    /// that of the last one committed. A sentence on what was seen.
    pub(super) fn verify(&self, bootstrap: &str, report: &mut Report) -> Result<String> {
        let seen = Arc::new(Mutex::new(BTreeMap::<u64, u64>::new()));
        let into = Arc::clone(&seen);
        let topics = [self.topic.clone()];
        let reader = Reader::start(bootstrap, &topics, self.partitions, move |record| {
            *into.lock().entry(number(record.value).unwrap_or(u64::MAX)).or_default() += 1;
        })?;
        // Behind the open transaction: visible once that is ended.
        let behind = u64::MAX - 1;
        plain(bootstrap, &self.topic, self.partitions, behind)?;
        let whole = RECORDS * u64::try_from(self.partitions).unwrap_or(0);
        let lanes = u64::try_from(self.partitions).unwrap_or(0);
        let ended = clock::wait_until(Duration::from_secs(30), || seen.lock().get(&behind) == Some(&lanes));
        reader.stop()?;
        if !ended {
            return Err(Trouble::failed("the transaction that was left open was not ended by the broker"));
        }
        let mut seen = seen.lock().clone();
        seen.remove(&behind);
        let mut counts = [0_u32; 4];
        for (id, end) in &self.ends {
            let records = seen.remove(id).unwrap_or(0);
            let (ok, at) = match end {
                End::Committed => (records == whole, 0),
                End::Aborted => (records == 0, 1),
                End::Unknown => (records == 0 || records == whole, if records == 0 { 2 } else { 3 }),
            };
            counts[at] += 1;
            if !ok {
                return Err(Trouble::failed(format!("transaction {id}: {end:?}, but {records} of {whole} records")));
            }
        }
        if !seen.is_empty() {
            return Err(Trouble::failed(format!("records of transactions that were never ended: {seen:?}")));
        }
        self.verify_offset(bootstrap)?;
        let [committed, aborted, unknown_absent, unknown_there] = counts;
        report.line(
            "transactions",
            json!({ "committed": committed, "aborted": aborted,
            "unknown_absent": unknown_absent, "unknown_there": unknown_there }),
        )?;
        Ok(format!(
            "{committed} committed, {aborted} aborted, {} without an answer, all whole or absent",
            unknown_absent + unknown_there
        ))
    }

    fn verify_offset(&self, bootstrap: &str) -> Result<()> {
        let found = topics::committed(bootstrap, GROUP, std::slice::from_ref(&self.topic), 1)?;
        let found = found.first().copied().unwrap_or(-1);
        let last = |end: End| self.ends.iter().rev().find(|(_, e)| **e == end).map_or(0, |(id, _)| id.cast_signed());
        let end = u64::try_from(found).ok().and_then(|id| self.ends.get(&id));
        if found < last(End::Committed) || end == Some(&End::Aborted) {
            let committed = last(End::Committed);
            return Err(Trouble::failed(format!("the group's offset is {found}, transaction {committed} committed")));
        }
        Ok(())
    }
}

/// Asks for the commit until there is an answer. Whether the producer can go on.
fn finish(producer: &BaseProducer) -> (End, bool) {
    loop {
        match producer.commit_transaction(ANSWER) {
            Ok(()) => return (End::Committed, true),
            Err(KafkaError::Transaction(e)) if e.is_retriable() => {}
            Err(KafkaError::Transaction(e)) if e.txn_requires_abort() => {
                return (End::Aborted, producer.abort_transaction(ANSWER).is_ok());
            }
            Err(_) => return (End::Unknown, false),
        }
    }
}

fn plain(bootstrap: &str, topic: &str, partitions: i32, number: u64) -> Result<()> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("enable.idempotence", "true")
        .create()
        .doing("creating a producer")?;
    let text = format!("{number} behind");
    for partition in 0..partitions {
        let record = BaseRecord::<str, str>::to(topic).partition(partition).payload(&text);
        producer.send(record).map_err(|(e, _)| e).doing("producing")?;
    }
    producer.flush(ANSWER).doing("flushing")
}
