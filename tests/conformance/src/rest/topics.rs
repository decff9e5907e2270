//! Topics of a case: made beforehand, filled with its inputs, and read back.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::driver::TopicRecord;
use millstream_kafka::{Admin, KafkaConfig, KafkaError, StartAt, Tail};
use millstream_sqltest::records::{TestRecord, encode};
use millstream_sqltest::session::Session;
use millstream_types::partition_for_key;

use super::patience::Patience;
use super::producer::Producer;

/// How long one look at a topic waits for records.
const FETCH_WAIT: Duration = Duration::from_millis(50);

/// Creates topics with these partitions.
pub(super) fn create(topics: &BTreeMap<String, i32>, admin: &Admin) -> Result<(), String> {
    for (name, partitions) in topics {
        admin.create_topic(name, *partitions, Some(1), &[]).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Writes the inputs, topic by topic in their order, where Kafka's default partitioner puts them; those without a key to
/// the first partition.
pub(super) fn fill(
    inputs: &[TestRecord],
    session: &Session,
    admin: &Admin,
    kafka: &KafkaConfig,
    patience: &Patience,
) -> Result<(), String> {
    let mut producer = Producer::open(kafka.bootstrap_servers(), patience)?;
    let mut topics: Vec<&str> = Vec::new();
    for record in inputs {
        if !topics.contains(&record.topic.as_str()) {
            topics.push(&record.topic);
        }
    }
    for topic in topics {
        let info = admin.topic(topic).map_err(|e| e.to_string())?.ok_or_else(|| format!("no topic {topic}"))?;
        let partitions = i32::try_from(info.partitions.len()).unwrap_or(i32::MAX);
        for record in inputs.iter().filter(|r| r.topic == topic) {
            let record = encode(record, &session.catalog, &session.registry()).map_err(|e| e.to_string())?;
            let partition = record.key.as_deref().map_or(0, |key| partition_for_key(key, partitions));
            producer.write(topic, partition, &record)?;
        }
    }
    Ok(())
}

/// The records of a topic by partition, when there are at least `count` or time is over.
pub(super) fn read(
    topic: &str,
    count: usize,
    kafka: &KafkaConfig,
    patience: &Patience,
) -> Result<BTreeMap<i32, Vec<TopicRecord>>, String> {
    let mut tail = loop {
        match Tail::open(kafka, topic, StartAt::Earliest) {
            // The sink of a query that is about to start.
            Err(KafkaError::TopicMissing(_)) if !patience.over() => patience.wait(),
            tail => break tail.map_err(|e| e.to_string())?,
        }
    };
    let mut found: BTreeMap<i32, Vec<TopicRecord>> = BTreeMap::new();
    let mut records = 0;
    while records < count && !patience.over() {
        let progress = tail.fetch(count, FETCH_WAIT, &mut |partition, lent| {
            found.entry(partition).or_default().extend(lent.iter().map(|r| TopicRecord {
                key: r.key.map(<[u8]>::to_vec),
                value: r.value.map(<[u8]>::to_vec),
                timestamp: r.timestamp,
                headers: Vec::new(),
            }));
        });
        records += progress.map_err(|e| e.to_string())?.records;
    }
    Ok(found)
}
