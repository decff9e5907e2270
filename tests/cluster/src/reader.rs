//! A reader of committed records, live: what it sees and when is what any consumer downstream would see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::clock;
use crate::error::{Doing, Result, Trouble};

/// A committed record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// Index of its topic in the list that the reader was started with.
    pub(crate) topic: usize,
    /// Partition.
    pub(crate) partition: i32,
    /// Offset.
    pub(crate) offset: i64,
    /// Record time, ms.
    pub(crate) timestamp: i64,
    /// Wall clock at which it was read, ms.
    pub(crate) arrival: i64,
    /// Key.
    pub(crate) key: Option<&'a [u8]>,
    /// Value.
    pub(crate) value: Option<&'a [u8]>,
}

/// A running reader.
#[derive(Debug)]
pub(crate) struct Reader {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Result<()>>,
}

impl Reader {
    /// Reads all partitions of `topics` from the beginning until stopped; `each` is called for every record.
    pub(crate) fn start(
        bootstrap: &str,
        topics: &[String],
        partitions: i32,
        mut each: impl FnMut(Seen<'_>) + Send + 'static,
    ) -> Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("group.id", "millstream-tests-reader")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "20")
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.message.max.bytes", "16000000")
            .create()
            .doing("creating the reader")?;
        let mut all = TopicPartitionList::new();
        for (topic, partition) in topics.iter().flat_map(|t| (0..partitions).map(move |p| (t, p))) {
            all.add_partition_offset(topic, partition, Offset::Beginning).doing("assigning")?;
        }
        consumer.assign(&all).doing("assigning")?;
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, topics) = (Arc::clone(&stop), topics.to_vec());
        let thread = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                match consumer.poll(Duration::from_millis(50)) {
                    Some(Ok(message)) => {
                        let topic = topics.iter().position(|t| t == message.topic());
                        let topic = topic.ok_or_else(|| Trouble::failed("a record of another topic"))?;
                        each(Seen {
                            topic,
                            partition: message.partition(),
                            offset: message.offset(),
                            timestamp: message.timestamp().to_millis().unwrap_or(-1),
                            arrival: clock::wall_ms(),
                            key: message.key(),
                            value: message.payload(),
                        });
                    }
                    // Brokers come and go in these tests; the client reconnects by itself.
                    Some(Err(KafkaError::MessageConsumption(code))) if transient(code) => {}
                    Some(Err(e)) => return Err(e).doing("reading"),
                    None => {}
                }
            }
            Ok(())
        });
        Ok(Self { stop, thread })
    }

    /// Stops; an error of the reader comes out here.
    pub(crate) fn stop(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| Trouble::failed("the reader's thread died"))?
    }
}

fn transient(code: rdkafka::error::RDKafkaErrorCode) -> bool {
    use rdkafka::error::RDKafkaErrorCode as Code;
    matches!(code, Code::BrokerTransportFailure | Code::AllBrokersDown | Code::OperationTimedOut | Code::Resolve)
}
