//! A producer that knows what became of each record.

use std::sync::Mutex;

use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};

use crate::client::{CALL, configured};
use crate::outcome::{Doing as _, Failure, Result};
use crate::target::Target;

/// Where a record went, or why it did not.
type Delivery = std::result::Result<(i32, i64), KafkaError>;

/// Collects delivery reports.
#[derive(Debug, Default)]
pub(crate) struct Deliveries(Mutex<Vec<Delivery>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let delivery = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        if let Ok(mut seen) = self.0.lock() {
            seen.push(delivery);
        }
    }
}

/// A producer.
pub(crate) struct Producer(pub(crate) BaseProducer<Deliveries>);

impl Producer {
    /// An idempotent producer with further settings.
    pub(crate) fn new(target: &Target, settings: &[(&str, &str)]) -> Result<Self> {
        let mut config = configured(target, &[("enable.idempotence", "true"), ("message.timeout.ms", "30000")]);
        for (key, value) in settings {
            config.set(*key, *value);
        }
        Ok(Self(config.create_with_context(Deliveries::default())?))
    }

    /// A producer of transactions, initialized.
    pub(crate) fn transactional(target: &Target, id: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let mut all = vec![("transactional.id", id), ("transaction.timeout.ms", "30000")];
        all.extend(settings);
        let producer = Self::new(target, &all)?;
        producer.0.init_transactions(CALL).doing("initializing transactions")?;
        Ok(producer)
    }

    /// Queues a record.
    pub(crate) fn send(&self, record: BaseRecord<'_, [u8], [u8]>) -> Result {
        self.0.send(record).map_err(|(error, _)| Failure::of(error))
    }

    /// Queues a value without a key.
    pub(crate) fn value(&self, topic: &str, partition: i32, value: &str) -> Result {
        self.send(BaseRecord::to(topic).partition(partition).payload(value.as_bytes()))
    }

    /// Waits until the fate of everything queued is known, and returns it.
    pub(crate) fn settle(&self) -> Result<Vec<Delivery>> {
        self.0.flush(CALL).doing("flushing")?;
        let mut seen = self.0.context().0.lock().map_err(Failure::of)?;
        Ok(std::mem::take(&mut *seen))
    }

    /// Waits until everything queued is acknowledged; returns where it went.
    pub(crate) fn flush(&self) -> Result<Vec<(i32, i64)>> {
        Ok(self.settle()?.into_iter().collect::<std::result::Result<_, _>>()?)
    }

    /// Sends values without keys, round the partitions, and waits for their acknowledgement.
    pub(crate) fn values(&self, topic: &str, partitions: i32, values: impl IntoIterator<Item = String>) -> Result {
        for (i, value) in (0..).zip(values) {
            self.value(topic, i % partitions, &value)?;
        }
        self.flush().map(drop)
    }
}
