//! `SHOW ERRORS [FOR id] [LIMIT n]`: the last entries of the processing log. An extension.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use millstream_engine::clock::Clock;
use millstream_engine::link::Record;
use millstream_sql::Statement;
use millstream_sql::ast::Ident;
use serde_json::Value;

use super::watermarks::timestamp;
use crate::entity::{Entity, ErrorInfo, ErrorList, warnings};
use crate::kafka::KafkaTopicReader;
use crate::push::TopicReader as _;
use crate::rest::{ApiError, SERVER_ERROR};
use crate::server::Server;

/// Entries shown when nobody says how many, and the most.
const SHOWN: u64 = 20;
const SHOWN_MAX: u64 = 1_000;
/// So far back from its end each partition of the log is read.
const SCANNED_MAX: i64 = 10_000;
/// Records taken at once, how long they are waited for, and how long all of it may take.
const RECORDS_MAX: usize = 500;
const WAIT: Duration = Duration::from_millis(50);
const TIME_MAX: Duration = Duration::from_secs(10);

/// Lists entries, the latest last.
pub(super) fn execute(
    statement: &Statement,
    query: Option<&Ident>,
    limit: Option<u64>,
    server: &Server,
) -> Result<Entity, ApiError> {
    let failed = |e: String| ApiError::statement(SERVER_ERROR, &statement.text, e);
    let limit = usize::try_from(limit.unwrap_or(SHOWN).min(SHOWN_MAX)).unwrap_or(usize::MAX);
    let topic = server.names.ledger_topic();
    let mut reader = KafkaTopicReader::last(&server.kafka, &server.topics, &topic, SCANNED_MAX).map_err(failed)?;
    let mut last: BTreeMap<i32, VecDeque<ErrorInfo>> = BTreeMap::new();
    let by = server.clock.monotonic() + TIME_MAX;
    let mut whole = true;
    while !reader.finished() {
        if server.clock.monotonic() > by {
            whole = false;
            break;
        }
        let mut each = |partition: i32, records: &[Record<'_>]| {
            let entries = records.iter().filter_map(|record| record.value.and_then(entry));
            for entry in entries.filter(|entry| query.is_none_or(|id| id.value == entry.query_id)) {
                let kept = last.entry(partition).or_default();
                kept.push_back(entry);
                if kept.len() > limit {
                    kept.pop_front();
                }
            }
        };
        reader.fetch(RECORDS_MAX, WAIT, &mut each).map_err(failed)?;
    }
    if last.is_empty()
        && let Some(id) = query
        && !is_known(id, server)
    {
        return Err(super::explain::unknown(statement, id));
    }
    let mut errors: Vec<ErrorInfo> = last.into_values().flatten().collect();
    errors.sort_by_key(|entry| entry.time);
    let errors = errors.split_off(errors.len().saturating_sub(limit));
    let cut = "The processing log could not be read to its end in time.".to_owned();
    let warnings = if whole { Vec::new() } else { warnings(&[cut]) };
    Ok(Entity::Errors(ErrorList { statement_text: statement.text.clone(), errors, warnings }))
}

/// Whether there is such a query; one that is gone may be in the log.
fn is_known(id: &Ident, server: &Server) -> bool {
    server.pushes.contains(&id.value) || server.runner.published().view().state.queries.contains_key(&id.value)
}

/// An entry of the log; `None`: the record is none.
fn entry(json: &[u8]) -> Option<ErrorInfo> {
    let entry: Value = serde_json::from_slice(json).ok()?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let record = entry.get("record")?;
    let number = |name: &str| record.get(name).and_then(Value::as_i64).unwrap_or(-1);
    let query_id = text(record, "query");
    let logger = text(&entry, "logger");
    let stage = logger.strip_prefix("processing.").and_then(|rest| rest.strip_prefix(&query_id));
    let time = entry.get("time").and_then(Value::as_i64)?;
    let message = entry.get("message")?.as_object()?;
    let reason = message.values().find_map(|part| part.get("errorMessage")?.as_str()).unwrap_or_default();
    Some(ErrorInfo {
        time,
        timestamp: timestamp(time),
        stage: stage.map(|stage| stage.trim_start_matches('.')).unwrap_or_default().to_owned(),
        query_id,
        topic: text(record, "topic"),
        partition: number("partition"),
        offset: number("offset"),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_are_written() {
        let json = r#"{"level":"ERROR","logger":"processing.CTAS_T_1.deserializer","time":5,"message":{"type":0,
            "deserializationError":{"target":"value","errorMessage":"no JSON","topic":"a"}},
            "record":{"query":"CTAS_T_1","topic":"a","partition":3,"offset":42,"timestamp":7}}"#;
        let found = entry(json.as_bytes()).unwrap();
        assert_eq!(
            found,
            ErrorInfo {
                time: 5,
                timestamp: Some("1970-01-01T00:00:00.005Z".into()),
                query_id: "CTAS_T_1".into(),
                stage: "deserializer".into(),
                topic: "a".into(),
                partition: 3,
                offset: 42,
                reason: "no JSON".into(),
            }
        );
        for other in ["", "{}", "[]", r#"{"record":{},"time":1,"message":[]}"#] {
            assert_eq!(entry(other.as_bytes()), None, "{other}");
        }
    }
}
