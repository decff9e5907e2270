//! The crate against a real broker. `MILLSTREAM_TEST_BOOTSTRAP` says where it is; without it every test says that it is
//! skipped. Each test has its own topics, groups and ids, so that they run side by side.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod admin;
mod batches;
mod exactly_once;
mod group;
mod outage;
mod reading;
mod unknown;

use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_engine::link::{Event, InputPartition, Link as _, LinkError, Outgoing, Output, Record};
use millstream_kafka::{Admin, KafkaConfig, KafkaLink, LinkConfig, StartAt, Tail};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// More than anything here should ever take; a test that waits longer fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster and names that belong to one test.
pub(crate) struct Cluster {
    pub(crate) kafka: KafkaConfig,
    pub(crate) admin: Admin,
    prefix: String,
}

/// The cluster under test, `None` when there is none.
pub(crate) fn cluster(test: &str) -> Option<Cluster> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(bootstrap) = std::env::var("MILLSTREAM_TEST_BOOTSTRAP") else {
        println!("\n*** SKIPPED: no broker for {test}: set MILLSTREAM_TEST_BOOTSTRAP=host:port ***\n");
        return None;
    };
    let kafka = KafkaConfig::new(bootstrap);
    let admin = Admin::connect(&kafka).unwrap();
    let prefix = format!("{test}-{:x}-{}", SystemClock::new().now_ms(), COUNT.fetch_add(1, Ordering::Relaxed));
    Some(Cluster { kafka, admin, prefix })
}

impl Cluster {
    /// A name of this test's own.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix)
    }

    /// Creates a topic of this test's own.
    pub(crate) fn topic(&self, what: &str, partitions: i32) -> String {
        let name = self.name(what);
        assert!(self.admin.create_topic(&name, partitions, None, &[]).unwrap(), "{name} is new");
        name
    }

    /// A link's configuration: exactly once, from the first record.
    pub(crate) fn link(&self, worker: &str, inputs: &[&str], outputs: &[&str]) -> LinkConfig {
        let mut config = LinkConfig::new(self.kafka.clone(), self.name("group"), self.name(worker));
        config.transactional_id = Some(self.name(&format!("tx-{worker}")));
        config.inputs = inputs.iter().map(|t| (*t).to_owned()).collect();
        config.outputs = outputs.iter().map(|t| (*t).to_owned()).collect();
        config.reset = StartAt::Earliest;
        config
    }

    /// All committed records of a topic, partition by partition in order. The last transaction may be missing: its markers
    /// reach the partitions a little after its commit has been answered.
    pub(crate) fn contents(&self, topic: &str) -> Vec<Row> {
        let mut tail = Tail::open(&self.kafka, topic, StartAt::Earliest).unwrap();
        let mut rows = Vec::new();
        wait_for("the end of the topic", || {
            let progress = tail.fetch(1000, Duration::from_millis(20), &mut |partition, records| {
                rows.extend(records.iter().map(|r| Row::of(partition, r)));
            });
            progress.unwrap().at_end.then_some(())
        });
        rows
    }

    /// As [`Cluster::contents`], as soon as there are `count` records.
    pub(crate) fn settled(&self, topic: &str, count: usize) -> Vec<Row> {
        wait_for("the records to become visible", || {
            let rows = self.contents(topic);
            if rows.len() < count {
                println!("{topic}: {} of {count} records are visible", rows.len());
                std::thread::sleep(Duration::from_millis(50));
            }
            (rows.len() >= count).then_some(rows)
        })
    }
}

/// A record that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Row {
    pub(crate) fn of(partition: i32, r: &Record<'_>) -> Row {
        Row {
            partition,
            offset: r.offset,
            timestamp: r.timestamp,
            key: r.key.map(<[u8]>::to_vec),
            value: r.value.map(<[u8]>::to_vec),
            headers: r.headers.iter().map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect(),
        }
    }

    /// The value as the number that tests write.
    pub(crate) fn number(&self) -> u64 {
        std::str::from_utf8(self.value.as_deref().unwrap()).unwrap().parse().unwrap()
    }
}

/// Tries until there is an answer.
pub(crate) fn wait_for<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let clock = SystemClock::new();
    loop {
        if let Some(answer) = attempt() {
            return answer;
        }
        assert!(clock.monotonic() < PATIENCE, "waited {PATIENCE:?} for {what}");
    }
}

/// Repeats a call while it says that it may succeed later.
pub(crate) fn persist<T>(mut call: impl FnMut() -> Result<T, LinkError>) -> Result<T, LinkError> {
    wait_for("a call that may succeed later", || match call() {
        Err(LinkError::Retry(text)) => {
            println!("again: {text}");
            std::thread::sleep(Duration::from_millis(20));
            None
        }
        other => Some(other),
    })
}

/// Polls until the group has decided something.
pub(crate) fn event(link: &mut KafkaLink) -> Event {
    wait_for("a decision of the group", || link.poll(Duration::from_millis(50)).unwrap())
}

/// Waits for the assignment and accepts it.
pub(crate) fn assigned(link: &mut KafkaLink) -> Vec<(InputPartition, i64)> {
    match event(link) {
        Event::Assigned(partitions) => persist(|| link.assign(&partitions)).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Fetches from a partition until `count` records have come.
pub(crate) fn fetch(link: &mut KafkaLink, from: InputPartition, count: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    wait_for("records", || {
        assert!(link.poll(Duration::from_millis(5)).unwrap().is_none(), "no rebalance now");
        let max = count - rows.len();
        link.fetch(from, max, &mut |records| rows.extend(records.iter().map(|r| Row::of(from.partition, r)))).unwrap();
        (rows.len() >= count).then_some(())
    });
    rows
}

/// Produces numbers to a partition of output 0, stamped with themselves.
pub(crate) fn produce(link: &mut KafkaLink, partition: i32, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        let value = number.to_string();
        let record = Outgoing {
            partition,
            timestamp: i64::try_from(number).unwrap() + 1_000,
            key: Some(b"k"),
            value: Some(value.as_bytes()),
            headers: &[],
        };
        link.produce(Output(0), &mut std::iter::once(record)).unwrap();
    }
}

/// Writes numbers to a topic, round robin over its partitions.
pub(crate) fn fill(cluster: &Cluster, topic: &str, numbers: std::ops::Range<u64>) {
    use millstream_kafka::Producer;
    use millstream_kafka::batch::TopicProducer;
    let producer = std::sync::Arc::new(Producer::idempotent(&cluster.kafka).unwrap());
    let partitions = u64::try_from(cluster.admin.topic(topic).unwrap().unwrap().partitions.len()).unwrap();
    let out = TopicProducer::open(&producer, topic).unwrap();
    for number in numbers {
        let value = number.to_string();
        let record = Outgoing {
            partition: i32::try_from(number % partitions).unwrap(),
            timestamp: i64::try_from(number).unwrap() + 1_000,
            key: None,
            value: Some(value.as_bytes()),
            headers: &[],
        };
        while out.produce(&record).is_err() {
            producer.serve();
        }
    }
    producer.flush(PATIENCE).unwrap();
}

/// Input 0's partition.
pub(crate) fn part(partition: i32) -> InputPartition {
    InputPartition { input: 0, partition }
}
