//! Topics of a case: made beforehand, filled with its inputs, and read back.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::driver::TopicRecord;
use millstream_kafka::{Admin, KafkaConfig, KafkaError, Start, Tail, Writer};
use millstream_plan::Catalog;
use millstream_sqltest::failure::Failure;
use millstream_sqltest::records::{TestRecord, encode};

use super::case::RestCase;
use super::patience::Patience;
use crate::case::settings_of;
use crate::topics::before;

/// How long one look at a topic waits for records.
const FETCH_WAIT: Duration = Duration::from_millis(50);

/// Creates the topics that exist before the first statement.
pub(super) fn create(case: &RestCase, admin: &Admin) -> Result<(), String> {
    let records = case.inputs.iter().chain(&case.outputs);
    for (name, partitions) in before(&case.topics, &case.statements, &settings_of(case.properties.members()), records) {
        let partitions = i32::try_from(partitions).map_err(|_| format!("topic {name}: {partitions} partitions"))?;
        admin.create_topic(&name, partitions, Some(1), &[]).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Writes the inputs, topic by topic in their order, where Kafka's default partitioner puts them.
pub(super) fn fill(inputs: &[TestRecord], catalog: &Catalog, kafka: &KafkaConfig) -> Result<(), String> {
    let writer = Writer::open(kafka).map_err(|e| e.to_string())?;
    let mut topics: Vec<&str> = Vec::new();
    for record in inputs {
        if !topics.contains(&record.topic.as_str()) {
            topics.push(&record.topic);
        }
    }
    for topic in topics {
        for record in inputs.iter().filter(|r| r.topic == topic) {
            // No case of this suite has headers, and its rules ignore them.
            let TopicRecord { key, value, timestamp, .. } = encode(record, catalog).map_err(|e: Failure| e.to_string())?;
            let written = writer.write(topic, None, key.as_deref(), value.as_deref(), Some(timestamp));
            written.map_err(|e| e.to_string())?;
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
        match Tail::open(kafka, topic, Start::Earliest) {
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
