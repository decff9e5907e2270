//! The limit loops: what a program written for one job, with the same client and the same batch calls as the engine,
//! costs. One thread takes runs of records off each partition's queue in turn, does the job and produces.

use std::sync::Arc;
use std::time::Duration;

use millstream_engine::link::{Outgoing, Record};
use millstream_kafka::batch::{PartitionQueue, Scratch, TAKE_MAX, Taken};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::Result;
use crate::filter_project::Results;
use crate::measure::Measurement;
use crate::run::{Meter, Options};
use crate::topics::partitions;
use crate::variant::Work;
use crate::writer::Writer;

/// How long an answer of the broker may take.
const ANSWER: Duration = Duration::from_secs(30);

/// Drains the input topic.
pub(crate) fn run(options: &Options) -> Result<Measurement> {
    let consumer: Arc<BaseConsumer> = Arc::new(consumer(options)?);
    // Metadata first: `assign` without it waits half a second for nothing.
    consumer.fetch_metadata(Some(options.input()), ANSWER)?;
    let mut inputs = Vec::new();
    for partition in 0..partitions() {
        let queue = PartitionQueue::unwatched(&consumer, options.input(), partition)?;
        inputs.push(Input { partition, queue, next: 0, ended: false });
    }
    let mut writer = Writer::open(options)?;
    let mut job = Job { work: options.variant.work(), results: Results::default() };
    let meter = Meter::start()?;
    let mut all = TopicPartitionList::new();
    for partition in 0..partitions() {
        all.add_partition_offset(options.input(), partition, Offset::Beginning)?;
    }
    consumer.assign(&all)?;
    let records = drain(&consumer, options, &mut inputs, &mut job, &mut writer)?;
    meter.stop(records)
}

/// With the settings of the engine's own consumer, but told its partitions.
fn consumer(options: &Options) -> Result<BaseConsumer> {
    let consumer = ClientConfig::new()
        .set("bootstrap.servers", &options.bootstrap)
        .set("group.id", format!("{}-group", options.output))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.wait.max.ms", "50")
        .set("socket.nagle.disable", "true")
        .create()?;
    Ok(consumer)
}

/// One partition of the input.
struct Input {
    partition: i32,
    queue: PartitionQueue,
    /// The offset that comes next.
    next: i64,
    ended: bool,
}

/// Takes runs of records in turn until every partition has ended (or, live, until all records have come) and everything is
/// written; returns how many there were.
fn drain(
    consumer: &BaseConsumer,
    options: &Options,
    inputs: &mut [Input],
    job: &mut Job,
    writer: &mut Writer,
) -> Result<u64> {
    let mut scratch = Scratch::default();
    let mut records = 0;
    let topic = options.input();
    while if options.live { records < options.records } else { inputs.iter().any(|input| !input.ended) } {
        let mut taken = 0;
        for input in &mut *inputs {
            taken += take(input, &mut scratch, job, writer)?;
        }
        records += taken as u64;
        writer.serve();
        if writer.due() {
            writer.commit(consumer, &offsets(topic, inputs)?)?;
        }
        // Nothing of ours comes here, but it must be served; its wait is the pause when there is nothing to do.
        let wait = if taken == 0 { Duration::from_millis(1) } else { Duration::ZERO };
        if let Some(Err(e)) = consumer.poll(wait) {
            return Err(e.into());
        }
    }
    writer.finish(consumer, &offsets(topic, inputs)?)?;
    Ok(records)
}

/// Takes one run off a partition and does the job; returns its length.
fn take(input: &mut Input, scratch: &mut Scratch, job: &mut Job, writer: &mut Writer) -> Result<usize> {
    let mut outcome = Ok(());
    let (partition, next) = (input.partition, &mut input.next);
    let taken: Taken = input.queue.take(TAKE_MAX, scratch, &mut |records| {
        if let Some(last) = records.last() {
            *next = last.offset + 1;
        }
        outcome = job.run(partition, records, writer);
    });
    outcome?;
    if let Some(code) = taken.error {
        return Err(format!("partition {partition}: {code}").into());
    }
    input.ended |= taken.end.is_some();
    Ok(taken.records)
}

fn offsets(topic: &str, inputs: &[Input]) -> Result<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for input in inputs {
        list.add_partition_offset(topic, input.partition, Offset::Offset(input.next))?;
    }
    Ok(list)
}

/// What is done to the records.
struct Job {
    work: Work,
    results: Results,
}

impl Job {
    fn run(&mut self, partition: i32, records: &[Record<'_>], writer: &mut Writer) -> Result<()> {
        match self.work {
            Work::Consume | Work::Engine | Work::Peer(_) => Ok(()),
            Work::Copy => {
                let out = records.iter().map(|r| outgoing(partition, r, r.value));
                writer.write(&out.collect::<Vec<_>>())
            }
            Work::ByHand => {
                self.results.clear();
                for (i, record) in records.iter().enumerate() {
                    self.results.push(i, record.value.unwrap_or_default())?;
                }
                let out = self.results.iter().map(|(i, value)| outgoing(partition, &records[i], Some(value)));
                writer.write(&out.collect::<Vec<_>>())
            }
        }
    }
}

/// The key does not change, so neither does the partition.
fn outgoing<'a>(partition: i32, of: &Record<'a>, value: Option<&'a [u8]>) -> Outgoing<'a> {
    Outgoing { partition, timestamp: of.timestamp, key: of.key, value, headers: of.headers }
}
