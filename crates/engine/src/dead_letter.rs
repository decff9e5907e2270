//! Records that could not be read, as they were, in a topic of their own: with headers that say where each comes from and why
//! it is there.

use std::collections::HashSet;

use crate::ledger::{Entry, Rejected};
use crate::link::{Header, Link, LinkError, Outgoing, Output};

/// How the headers begin that a dead letter has besides those of its record.
pub const HEADER_PREFIX: &str = "millstream.error.";
/// The topic of the record.
pub const TOPIC: &str = "millstream.error.topic";
/// Its partition.
pub const PARTITION: &str = "millstream.error.partition";
/// Bytes that Kafka may count for a record beside keys, values and headers.
const RECORD_OVERHEAD: usize = 256;

/// Hands the records of these entries to the producer, each once even if it is an input more than once. One that is larger than
/// the topic takes is left out: its entry stays.
pub(crate) fn produce(entries: &[Entry], query_id: &str, output: Output, link: &mut dyn Link) -> Result<(), LinkError> {
    let (limit, partitions) = (link.max_record_bytes(output), link.partitions(output).max(1));
    let mut seen = HashSet::new();
    for entry in entries {
        let Some(rejected) = &entry.rejected else { continue };
        if !seen.insert((rejected.topic.as_str(), entry.partition, entry.offset)) {
            continue;
        }
        let added = added(entry, rejected, query_id);
        let headers: Vec<Header<'_>> = rejected
            .record
            .headers
            .iter()
            .map(|(key, value)| Header { key, value: value.as_deref() })
            .chain(added.iter().map(|(key, value)| Header { key: key.as_bytes(), value: Some(value.as_bytes()) }))
            .collect();
        let bytes = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        let (key, value) = (rejected.record.key.as_deref(), rejected.record.value.as_deref());
        let size = headers.iter().map(|h| h.key.len() + bytes(h.value) + 10).sum::<usize>() + bytes(key) + bytes(value);
        if size.saturating_add(RECORD_OVERHEAD) > limit {
            tracing::warn!(
                query = query_id,
                topic = rejected.topic,
                partition = entry.partition,
                offset = entry.offset,
                "a record is larger than the topic of dead letters takes: it is in the processing log alone"
            );
            continue;
        }
        let record = Outgoing {
            partition: entry.partition % partitions,
            // A record without a time gets that of now.
            timestamp: if rejected.record.timestamp < 0 { entry.time_ms } else { rejected.record.timestamp },
            key,
            value,
            headers: &headers,
        };
        link.produce(output, &mut std::iter::once(record))?;
    }
    Ok(())
}

fn added(entry: &Entry, rejected: &Rejected, query_id: &str) -> [(&'static str, String); 7] {
    [
        (TOPIC, rejected.topic.clone()),
        (PARTITION, entry.partition.to_string()),
        ("millstream.error.offset", entry.offset.to_string()),
        ("millstream.error.timestamp", rejected.record.timestamp.to_string()),
        ("millstream.error.stage", rejected.stage.to_owned()),
        ("millstream.error.reason", rejected.reason.clone()),
        ("millstream.error.query", query_id.to_owned()),
    ]
}
