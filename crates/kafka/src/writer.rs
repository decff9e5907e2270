//! Single records with an acknowledgement each: what `INSERT INTO ... VALUES` needs, and the command topic.

use crate::client::{close_later, error_line, log_line};
use crate::config::{KafkaConfig, REQUEST};
use crate::deadline::Deadline;
use crate::errors::{KafkaError, from_code, from_rdkafka};
use crate::oauth;
use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::Message as _;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as RdError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any record waits for its delivery (`message.timeout.ms` is at most 30 s).
const ACK_MAX: Duration = Duration::from_secs(35);

/// Where the outcome of one record is put: its partition and offset, or why not.
#[derive(Debug, Default)]
pub(crate) struct Ack(Mutex<Option<Result<(i32, i64), Code>>>);

/// The context of a producer that reports every record.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged;

impl ClientContext for Acknowledged {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log_line(level, facility, text);
    }
    fn error(&self, error: RdError, reason: &str) {
        error_line(&error, reason);
    }
    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        oauth::answer(config)
    }
}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = Arc<Ack>;
    fn delivery(&self, result: &DeliveryResult<'_>, ack: Arc<Ack>) {
        let outcome = match result {
            Ok(record) => Ok((record.partition(), record.offset())),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(Code::Fail)),
        };
        *ack.0.lock() = Some(outcome);
    }
}

/// A producer of such records from a client's properties.
pub(crate) fn acknowledged(mut config: ClientConfig) -> Result<BaseProducer<Acknowledged>, KafkaError> {
    config
        // One record at a time: nothing would come to join it.
        .set("linger.ms", "0")
        // Null keys anywhere, others where Kafka's Java clients put them.
        .set("partitioner", "murmur2_random");
    let producer: BaseProducer<Acknowledged> =
        config.create_with_context(Acknowledged).map_err(|e| from_rdkafka(&e, "producer"))?;
    oauth::provide(&config, producer.client())?;
    Ok(producer)
}

/// Sends one record and waits for its acknowledgement: partition and offset.
pub(crate) fn send(
    producer: &BaseProducer<Acknowledged>,
    topic: &str,
    partition: Option<i32>,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    timestamp_ms: Option<i64>,
) -> Result<(i32, i64), KafkaError> {
    let ack = Arc::new(Ack::default());
    let mut record: BaseRecord<'_, [u8], [u8], Arc<Ack>> = BaseRecord::with_opaque_to(topic, Arc::clone(&ack));
    record.key = key;
    record.payload = value;
    record.partition = partition;
    // The client takes 0 for "now", as in `TopicProducer::produce`.
    record.timestamp = timestamp_ms.map(|t| if t == 0 { 1 } else { t });
    let deadline = Deadline::after(ACK_MAX);
    while let Err((error, refused)) = producer.send(record) {
        let full = error.rdkafka_error_code() == Some(Code::QueueFull) && !deadline.passed();
        if !full {
            return Err(from_rdkafka(&error, topic));
        }
        producer.poll(Duration::from_millis(1));
        record = refused;
    }
    loop {
        producer.poll(Duration::from_millis(1));
        if let Some(outcome) = *ack.0.lock() {
            return outcome.map_err(|code| from_code(code, topic));
        }
        if deadline.passed() {
            return Err(KafkaError::Retry(format!("{topic}: no acknowledgement")));
        }
    }
}

/// Writes single records, idempotently and acknowledged by all replicas. Usable from any thread; calls block.
pub struct Writer {
    properties: ClientConfig,
    producer: Mutex<Arc<BaseProducer<Acknowledged>>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    /// A writer; connects when it is first used.
    pub fn open(config: &KafkaConfig) -> Result<Writer, KafkaError> {
        let mut properties = config.producer(None);
        properties.set("message.timeout.ms", REQUEST.as_millis().to_string());
        properties.set_log_level(RDKafkaLogLevel::Critical);
        Ok(Writer { producer: Mutex::new(Arc::new(acknowledged(properties.clone())?)), properties })
    }

    /// Renews the token that it logs in with, where it does, as [`crate::Admin::keep_login`].
    pub fn keep_login(&self) -> Result<(), KafkaError> {
        let producer = Arc::clone(&self.producer.lock());
        oauth::provide(&self.properties, producer.client())
    }

    /// Writes one record and waits until it is acknowledged, at most some 10 s. Without a partition, the key's
    /// (`murmur2`, as in Kafka's Java clients), or any when there is no key. `timestamp_ms`: ms since the epoch, `None`
    /// for now. Returns partition and offset. Errors: no such topic, record refused, not allowed, no broker.
    pub fn write(
        &self,
        topic: &str,
        partition: Option<i32>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        timestamp_ms: Option<i64>,
    ) -> Result<(i32, i64), KafkaError> {
        let producer = Arc::clone(&self.producer.lock());
        let written = send(&producer, topic, partition, key, value, timestamp_ms);
        if matches!(written, Err(KafkaError::Retry(_) | KafkaError::Fatal(_))) {
            self.replace(&producer);
        }
        written
    }

    /// The next record gets a new client. One of librdkafka's that a broker has not answered for a while may not find its way back
    /// to it (2.12: brokers that were missing from an answer are gone; an idempotent producer waits for answers that were lost).
    fn replace(&self, broken: &Arc<BaseProducer<Acknowledged>>) {
        let mut producer = self.producer.lock();
        // Another write has done so already.
        if !Arc::ptr_eq(&producer, broken) {
            return;
        }
        match acknowledged(self.properties.clone()) {
            Ok(new) => close_later(std::mem::replace(&mut *producer, Arc::new(new))),
            Err(error) => tracing::warn!(%error, "the client that writes single records could not be replaced"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_does_not_get_through_is_replaced_once() {
        let writer = Writer::open(&KafkaConfig::new("127.0.0.1:1")).unwrap();
        let first = Arc::clone(&writer.producer.lock());
        writer.replace(&first);
        let second = Arc::clone(&writer.producer.lock());
        assert!(!Arc::ptr_eq(&first, &second));
        writer.replace(&first);
        assert!(Arc::ptr_eq(&second, &writer.producer.lock()));
    }
}
