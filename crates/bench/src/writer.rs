//! The producing half of the limit loops, in the ways that are compared.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millstream_engine::link::Outgoing;
use millstream_kafka::batch::TopicProducer;
use millstream_kafka::{KafkaConfig, Producer};
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _};

use crate::Result;
use crate::run::Options;
use crate::variant::{Produce, Work};

/// A transaction lasts this long, as an epoch of the engine does.
const EPOCH: Duration = Duration::from_millis(100);
/// The broker ends a transaction that is open for longer.
const TRANSACTION_MS: u32 = 10_000;
/// How long everything handed over may take to be acknowledged.
const FLUSH: Duration = Duration::from_secs(60);

/// How long a full queue is waited for before it is tried again.
const ROOM: Duration = Duration::from_millis(1);

/// Hands over one record with its timestamp. Waits only while the producer's queue is full.
pub(crate) fn produce(producer: &Producer, topic: &TopicProducer, record: &Outgoing<'_>) -> Result<()> {
    loop {
        match topic.produce(record) {
            Ok(()) => return Ok(()),
            Err(RDKafkaErrorCode::QueueFull) => producer.breathe(ROOM),
            Err(code) => return Err(format!("producing: {code}").into()),
        }
    }
}

/// Where the results of a loop go.
pub(crate) struct Writer {
    work: Work,
    way: Produce,
    producer: Arc<Producer>,
    topic: TopicProducer,
    /// When the open transaction is to be committed; `None`: no transactions.
    due: Option<Instant>,
}

impl Writer {
    /// Connects, and begins the first transaction where the variant has them.
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let config = KafkaConfig::new(&options.bootstrap);
        let transactional = options.variant.transactional();
        let producer = match transactional {
            false => Producer::idempotent(&config)?,
            true => Producer::transactional(&config, &options.output, TRANSACTION_MS)?,
        };
        if transactional {
            producer.inner().init_transactions(FLUSH)?;
            producer.inner().begin_transaction()?;
        }
        producer.inner().client().fetch_metadata(Some(&options.output), FLUSH)?;
        let producer = Arc::new(producer);
        let topic = TopicProducer::open(&producer, &options.output)?;
        let (work, way) = (options.variant.work(), options.variant.produce());
        Ok(Self { work, way, producer, topic, due: transactional.then(|| Instant::now() + EPOCH) })
    }

    /// Hands over a run of results, all of one partition. Waits only while the producer's queue is full.
    pub(crate) fn write(&self, records: &[Outgoing<'_>]) -> Result<()> {
        match self.way {
            Produce::Send => records.iter().try_for_each(|r| self.send(r)),
            Produce::Stamped => records.iter().try_for_each(|r| produce(&self.producer, &self.topic, r)),
            Produce::Batch => self.produce_batch(records),
        }
    }

    fn send(&self, of: &Outgoing<'_>) -> Result<()> {
        let mut record = BaseRecord::to(self.topic.name()).partition(of.partition);
        record.key = of.key;
        record.payload = of.value;
        loop {
            match self.producer.inner().send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => record = back,
                Err((e, _)) => return Err(e.into()),
            }
            self.producer.breathe(ROOM);
        }
    }

    fn produce_batch(&self, records: &[Outgoing<'_>]) -> Result<()> {
        let mut rest = records;
        while let Some(first) = rest.first() {
            let (taken, refused) = self.topic.produce_batch(first.partition, rest);
            rest = rest.get(taken..).unwrap_or_default();
            match refused {
                None => {}
                Some(RDKafkaErrorCode::QueueFull) => self.producer.breathe(ROOM),
                Some(code) => return Err(format!("producing: {code}").into()),
            }
        }
        Ok(())
    }

    /// Serves the producer without waiting.
    pub(crate) fn serve(&self) {
        self.producer.serve();
    }

    /// Whether the open transaction is to be committed now.
    pub(crate) fn due(&self) -> bool {
        self.due.is_some_and(|due| Instant::now() >= due)
    }

    /// Commits the open transaction with the input's next offsets and begins another one.
    pub(crate) fn commit(&mut self, consumer: &BaseConsumer, offsets: &TopicPartitionList) -> Result<()> {
        self.settle(consumer, offsets)?;
        self.producer.inner().begin_transaction()?;
        self.due = Some(Instant::now() + EPOCH);
        Ok(())
    }

    /// Waits until everything is acknowledged, and committed where there are transactions.
    pub(crate) fn finish(&mut self, consumer: &BaseConsumer, offsets: &TopicPartitionList) -> Result<()> {
        if self.work == Work::Consume {
            return Ok(());
        }
        if self.due.is_some() {
            return self.settle(consumer, offsets);
        }
        Ok(self.producer.flush(FLUSH)?)
    }

    fn settle(&self, consumer: &BaseConsumer, offsets: &TopicPartitionList) -> Result<()> {
        // Drained first: rdkafka's commit polls in steps of 100 ms while anything is under way.
        self.producer.flush(FLUSH)?;
        let group = consumer.group_metadata().ok_or("the consumer has no group")?;
        let producer = self.producer.inner();
        producer.send_offsets_to_transaction(offsets, &group, FLUSH)?;
        Ok(producer.commit_transaction(FLUSH)?)
    }
}
