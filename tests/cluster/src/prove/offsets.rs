//! Offsets of many groups in one transaction: what an epoch costs with them, and that the live group's generation
//! stops a stale member while its absence does not.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::json;

use crate::broker::Broker;
use crate::clock::Timer;
use crate::error::{Doing, Result, Trouble};
use crate::report::{Report, Spread, say};
use crate::{clock, topics};

/// `cluster prove offsets`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Brokers to start: 1 or 3.
    #[arg(long, default_value_t = 1)]
    brokers: u8,
    /// Epochs of each kind, in interleaved blocks.
    #[arg(long, default_value_t = 100)]
    epochs: u32,
    /// Groups in a transaction, one measurement each; 0 is the transaction without offsets.
    #[arg(long, value_delimiter = ',', default_value = "0,1,10,50")]
    groups: Vec<usize>,
    /// Records in a transaction.
    #[arg(long, default_value_t = 100)]
    records: usize,
}

const ANSWER: Duration = Duration::from_secs(20);
const PARTITIONS: i32 = 4;
/// Epochs with equally many groups in a row.
const BLOCK: u32 = 20;

struct Bench {
    bootstrap: String,
    prefix: String,
    producer: BaseProducer,
    next: i64,
}

/// Runs the proof; an error says which claim fell.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("offsets", 0)?;
    let broker = Broker::open(options.bootstrap.as_deref(), options.brokers, "offsets")?;
    let prefix = format!("offsets-{}", clock::wall_ms());
    let (input, output) = (format!("{prefix}-in"), format!("{prefix}-out"));
    topics::create(&broker.bootstrap, &[&input, &output], PARTITIONS, &[])?;
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &broker.bootstrap)
        .set("transactional.id", &prefix)
        .set("linger.ms", "0")
        .create()
        .doing("creating the producer")?;
    producer.init_transactions(ANSWER).doing("initialising transactions")?;
    let mut bench = Bench { bootstrap: broker.bootstrap.clone(), prefix, producer, next: 0 };
    bench.costs(options, &mut report)?;
    bench.generations(&mut report)
}

impl Bench {
    fn consumer(&self, group: &str) -> Result<BaseConsumer> {
        ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("group.id", format!("{}-{group}", self.prefix))
            .set("enable.auto.commit", "false")
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "400")
            .set("partition.assignment.strategy", "range")
            .create()
            .doing("creating a consumer")
    }

    fn costs(&mut self, options: &Options, report: &mut Report) -> Result<()> {
        let most = options.groups.iter().copied().max().unwrap_or(0);
        let consumers: Vec<BaseConsumer> = (0..most).map(|i| self.consumer(&i.to_string())).collect::<Result<_>>()?;
        let metadata: Vec<ConsumerGroupMetadata> = consumers.iter().map(metadata).collect::<Result<_>>()?;
        let mut times: Vec<(Vec<f64>, Vec<f64>)> = vec![(Vec::new(), Vec::new()); options.groups.len()];
        // In blocks: the broker is still writing a commit's markers when the next epoch begins, so that an epoch pays for
        // the one before it, and the first of a block (and of the run, which finds the coordinators) is not counted.
        for _ in 0..options.epochs.div_ceil(BLOCK) {
            for (groups, (epochs, offsets)) in options.groups.iter().zip(&mut times) {
                for i in 0..=BLOCK {
                    let (epoch, sending) = self.epoch(&metadata[..*groups], options.records)?;
                    if i > 0 {
                        epochs.push(epoch);
                        offsets.push(sending);
                    }
                }
            }
        }
        for (groups, (epochs, offsets)) in options.groups.iter().zip(times) {
            let (Some(epoch), Some(sending)) = (Spread::of(epochs), Spread::of(offsets)) else { continue };
            say(&format!("{groups:>3} groups: epoch {epoch} ms; of it sending offsets {sending} ms"));
            report.line("cost", json!({ "groups": groups, "epoch_ms": epoch.json(), "offsets_ms": sending.json() }))?;
        }
        self.check_last(most)
    }

    /// One transaction; its time and that of sending the offsets, ms.
    fn epoch(&mut self, groups: &[ConsumerGroupMetadata], records: usize) -> Result<(f64, f64)> {
        let timer = Timer::start(ANSWER);
        self.begin(records)?;
        let offsets = self.offsets(self.next)?;
        let sending = Timer::start(ANSWER);
        for group in groups {
            self.producer.send_offsets_to_transaction(&offsets, group, ANSWER).doing("sending offsets")?;
        }
        let sending = sending.ms();
        self.producer.commit_transaction(ANSWER).doing("committing")?;
        Ok((timer.ms(), sending))
    }

    fn begin(&mut self, records: usize) -> Result<()> {
        self.next += 1;
        self.producer.begin_transaction().doing("beginning")?;
        let (topic, value) = (format!("{}-out", self.prefix), [b'x'; 100]);
        for i in 0..records {
            let partition = i32::try_from(i).unwrap_or(0) % PARTITIONS;
            let record = BaseRecord::<(), [u8]>::to(&topic).partition(partition).payload(&value);
            self.producer.send(record).map_err(|(e, _)| e).doing("producing")?;
        }
        // BaseProducer::flush polls in steps of 100 ms, which would be all that is measured.
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(1));
        }
        Ok(())
    }

    fn offsets(&self, next: i64) -> Result<TopicPartitionList> {
        let (mut list, topic) = (TopicPartitionList::new(), format!("{}-in", self.prefix));
        for partition in 0..PARTITIONS {
            list.add_partition_offset(&topic, partition, Offset::Offset(next)).doing("listing offsets")?;
        }
        Ok(list)
    }

    fn committed(&self, group: &str) -> Result<Vec<i64>> {
        let (group, topic) = (format!("{}-{group}", self.prefix), format!("{}-in", self.prefix));
        topics::committed(&self.bootstrap, &group, &[topic], PARTITIONS)
    }

    /// The last epoch was the one with all groups: each must have its offsets.
    fn check_last(&self, groups: usize) -> Result<()> {
        for group in 0..groups {
            let committed = self.committed(&group.to_string())?;
            if committed.iter().any(|offset| *offset != self.next) {
                return Err(Trouble::failed(format!("group {group} has {committed:?}, not {}", self.next)));
            }
        }
        say(&format!("all {groups} groups have the offsets of the last epoch"));
        Ok(())
    }

    /// A member whose group has moved on sends its offsets: refused with its own generation, taken without any.
    fn generations(&mut self, report: &mut Report) -> Result<()> {
        let topic = format!("{}-in", self.prefix);
        let (first, second, stranger) = (self.consumer("live")?, self.consumer("live")?, self.consumer("live")?);
        first.subscribe(&[&topic]).doing("subscribing")?;
        join(&[&first], &[4])?;
        let stale = metadata(&first)?;
        second.subscribe(&[&topic]).doing("subscribing")?;
        join(&[&first, &second], &[2, 2])?;
        let live = metadata(&first)?;
        let refused = self.commit_with(&stale)?;
        let after_stale = self.committed("live")?;
        // Both stay members meanwhile.
        join(&[&first, &second], &[2, 2])?;
        let taken = self.commit_with(&live)?;
        let after_live = self.committed("live")?;
        let without = self.commit_with(&metadata(&stranger)?)?;
        let after_without = self.committed("live")?;
        say(&format!("stale generation: {refused:?}, committed {after_stale:?}"));
        say(&format!("live generation: {taken:?}, committed {after_live:?}"));
        say(&format!("no generation: {without:?}, committed {after_without:?}"));
        report.line(
            "generations",
            json!({ "stale": format!("{refused:?}"), "live": format!("{taken:?}"), "without": format!("{without:?}") }),
        )?;
        let well = refused == Some(RDKafkaErrorCode::IllegalGeneration) && after_stale.iter().all(|o| *o == -1);
        let well = well && taken.is_none() && after_live.iter().all(|o| *o == self.next - 1);
        let well = well && without.is_none() && after_without.iter().all(|o| *o == self.next);
        well.then_some(()).ok_or_else(|| Trouble::failed("the claim does not hold"))
    }

    /// An epoch with this metadata; the code it is refused with, if it is.
    fn commit_with(&mut self, group: &ConsumerGroupMetadata) -> Result<Option<RDKafkaErrorCode>> {
        self.begin(10)?;
        let offsets = self.offsets(self.next)?;
        let sent = self.producer.send_offsets_to_transaction(&offsets, group, ANSWER);
        match sent.and_then(|()| self.producer.commit_transaction(ANSWER)) {
            Ok(()) => Ok(None),
            Err(KafkaError::Transaction(e)) if e.txn_requires_abort() => {
                self.producer.abort_transaction(ANSWER).doing("aborting")?;
                Ok(Some(e.code()))
            }
            Err(e) => Err(e).doing("ending a transaction"),
        }
    }
}

fn metadata(consumer: &BaseConsumer) -> Result<ConsumerGroupMetadata> {
    consumer.group_metadata().ok_or("none").doing("reading group metadata")
}

/// Polls until each consumer has as many partitions as it should.
fn join(consumers: &[&BaseConsumer], owned: &[usize]) -> Result<()> {
    let joined = clock::wait_until(Duration::from_secs(30), || {
        let have = consumers.iter().map(|c| {
            // The topic is empty: there is nothing to lose in polling.
            drop(c.poll(Duration::from_millis(20)));
            c.assignment().map_or(0, |a| a.count())
        });
        have.collect::<Vec<_>>() == owned
    });
    joined.then_some(()).ok_or_else(|| Trouble::failed("the members did not come together within 30 s"))
}
