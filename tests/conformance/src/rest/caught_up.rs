//! Waiting until persistent queries run, and until they have read all that is there.

use std::time::Duration;

use millstream_kafka::Admin;
use millstream_plan::topology::{Input, SubTopology, cut};
use millstream_sqltest::json::Json;
use millstream_sqltest::session::{Session, SessionQuery};

use super::patience::Patience;

/// How long a case waits for its queries at most: what they have not done by then is seen in the responses.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// How SHOW QUERIES calls what feeds a source.
const PERSISTENT: &str = "PERSISTENT";

/// A query that reads a topic.
#[derive(Debug)]
pub(super) struct Reader {
    group: String,
    topic: String,
    /// The topic is written in transactions: a marker, which nobody reads, stands behind its last record.
    marked: bool,
}

/// Which query reads which topic: what the server runs, and what the same statements start in memory, both in order of
/// creation. `queries`: the entity that answers SHOW QUERIES.
///
/// # Errors
/// They do not run the same number of queries.
pub(super) fn readers(session: &Session, queries: &Json) -> Result<Vec<Reader>, String> {
    let listed = queries.get("queries").map(Json::items).unwrap_or_default().iter();
    let persistent = listed.filter(|q| q.text_of("queryType") == Some(PERSISTENT));
    let mut ids: Vec<&str> = persistent.filter_map(|q| q.text_of("id")).collect();
    // The number at the end is the place of the statement among all.
    ids.sort_by_key(|id| id.rsplit('_').next().and_then(|n| n.parse::<u64>().ok()));
    if ids.len() != session.queries.len() {
        return Err(format!("the server runs {} queries, the statements start {}", ids.len(), session.queries.len()));
    }
    let stages = session.queries.iter().flat_map(|q| &q.stages);
    let sinks: Vec<&str> = stages.filter_map(|stage| Some(stage.sink.as_ref()?.topic.as_str())).collect();
    let of_query = |(id, query): (&&str, &SessionQuery)| {
        let parts = cut(&query.stages);
        parts.iter().flat_map(|part| of_part(id, part, &sinks)).collect::<Vec<_>>()
    };
    Ok(ids.iter().zip(&session.queries).flat_map(of_query).collect())
}

/// What a part of a query reads: topics of sources, and those between parts.
fn of_part(id: &str, part: &SubTopology, sinks: &[&str]) -> Vec<Reader> {
    let query = format!("_confluent-ksql-default_query_{id}");
    let group = if part.number == 0 { query.clone() } else { format!("{query}-{}", part.number) };
    let topic = |input: &Input| match input {
        Input::Source(source) => (source.topic.clone(), sinks.contains(&source.topic.as_str())),
        Input::Repartition { from, .. } => (format!("{query}-{from}-repartition"), true),
    };
    let reader = |(topic, marked)| Reader { group: group.clone(), topic, marked };
    part.inputs.iter().map(topic).map(reader).collect()
}

/// Waits until all of them have found out where they start.
///
/// # Errors
/// Kafka does not answer.
pub(super) fn wait_for_start(readers: &[Reader], admin: &Admin, patience: &Patience) -> Result<(), String> {
    let limit = Patience::of(WAIT_MAX.min(patience.left()));
    for reader in readers {
        while !reader.has_started(admin)? && !limit.over() {
            limit.wait();
        }
    }
    Ok(())
}

/// Waits until all of them have read everything, twice in a row: what the last one of a chain wrote is read then, too.
///
/// # Errors
/// Kafka does not answer.
pub(super) fn wait(readers: &[Reader], admin: &Admin, patience: &Patience) -> Result<(), String> {
    let limit = Patience::of(WAIT_MAX.min(patience.left()));
    let mut passes = 0;
    while passes < 2 && !limit.over() {
        let mut all = true;
        for reader in readers {
            all = all && reader.is_done(admin)?;
        }
        passes = if all { passes + 1 } else { 0 };
        if !all {
            limit.wait();
        }
    }
    Ok(())
}

impl Reader {
    fn has_started(&self, admin: &Admin) -> Result<bool, String> {
        let committed = admin.group_offsets(&self.group, &self.topic).map_err(|e| e.to_string())?;
        Ok(committed.iter().all(Option::is_some))
    }

    fn is_done(&self, admin: &Admin) -> Result<bool, String> {
        let ends = admin.latest_offsets(&self.topic).map_err(|e| e.to_string())?;
        let committed = admin.group_offsets(&self.group, &self.topic).map_err(|e| e.to_string())?;
        let marker = i64::from(self.marked);
        Ok(ends.iter().zip(&committed).all(|(end, committed)| match committed {
            Some(offset) => *offset >= end - marker,
            None => *end == 0,
        }))
    }
}
