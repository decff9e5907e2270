//! What topics hold in the end.

use millstream_engine::driver::TopicRecord;
use millstream_kafka::KafkaConfig;
use millstream_sqltest::records::{Rules, TestRecord, difference, shown, source_of};
use millstream_sqltest::session::Session;

use super::case::RestCase;
use super::patience::Patience;
use super::topics::read;

/// Compares every topic that the case expects something of. Records come in order from each partition, but partitions
/// in any order from one another.
///
/// # Errors
/// A record that is expected next is not the next one of any partition.
pub(super) fn check(
    case: &RestCase,
    session: &Session,
    kafka: &KafkaConfig,
    patience: &Patience,
) -> Result<(), String> {
    let mut topics: Vec<&str> = Vec::new();
    for record in &case.outputs {
        if !topics.contains(&record.topic.as_str()) {
            topics.push(&record.topic);
        }
    }
    let registry = session.registry();
    for topic in topics {
        let expected: Vec<&TestRecord> = case.outputs.iter().filter(|r| r.topic == topic).collect();
        let source = source_of(&session.catalog, topic).ok_or_else(|| format!("Unknown topic: {topic}"))?;
        let partitions = read(topic, expected.len(), kafka, patience)?;
        let mut unread: Vec<&[TopicRecord]> = partitions.values().map(Vec::as_slice).collect();
        let rules = Rules { strict_keys: true, headers: false, ..Rules::default() };
        for (i, record) in expected.iter().enumerate() {
            let fits = |actual: &TopicRecord| difference(record, actual, source, &registry, rules).is_ok();
            match unread.iter_mut().find(|left| left.first().is_some_and(fits)) {
                Some(left) => *left = left.get(1..).unwrap_or_default(),
                None => {
                    let next: Vec<String> = unread.iter().filter_map(|left| left.first()).map(shown).collect();
                    let (key, value) = (&record.key, &record.value);
                    return Err(format!(
                        "record {i} of {topic}: expected {key} -> {value}, next is {}",
                        next.join(" or ")
                    ));
                }
            }
        }
    }
    Ok(())
}
