//! Queries on records in memory: no Kafka, no threads, and no clock but the one that is set by hand.
//!
//! Feeds, operators and sinks are the worker's own; only what surrounds them differs: topics are vectors, partition 0
//! is the only one, and an epoch ends after each batch. It serves the conformance runner and tests of whole queries.

mod link;
mod pipe;
mod restart;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use millstream_plan::topology::Stage;

use crate::error::EngineError;
use crate::feed::Feed;
use crate::ledger::Entry;
use crate::link::{Header, InputPartition, Record};
use crate::operator::Operator;
use crate::query::Query;
use crate::worker::BATCH_ROWS_MAX;
pub(crate) use link::MemoryLink;
use restart::Saved;

/// A record of a topic in memory; its offset is its place there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRecord {
    /// Key bytes.
    pub key: Option<Vec<u8>>,
    /// Value bytes.
    pub value: Option<Vec<u8>>,
    /// Timestamp in ms since the epoch, -1 when the record has none.
    pub timestamp: i64,
    /// Keys and values of its headers, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// How many records a query is given at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feeding {
    /// One.
    Single,
    /// As many as stand next to each other in one topic, up to the batch size of a worker.
    Batches,
    /// One, and between any two of them the query goes on from what its steps have given out to be kept, as after the end
    /// of its process.
    Restarts,
}

/// A query stopped; the others could go on.
#[derive(Debug, thiserror::Error)]
#[error("{query_id}: {error}")]
pub struct Stopped {
    /// Which one.
    pub query_id: String,
    /// Why.
    pub error: EngineError,
}

struct Running {
    id: String,
    input: String,
    output: String,
    feed: Feed,
    query: Query,
    operators: Vec<Box<dyn Operator>>,
    saved: Saved,
}

impl Running {
    fn new(query_id: &str, stage: &Stage) -> Result<Self, EngineError> {
        let query = Query::new(query_id, stage)?;
        Ok(Self {
            id: query_id.to_owned(),
            input: stage.source.topic.clone(),
            output: stage.sink.as_ref().map(|s| s.topic.clone()).unwrap_or_default(),
            feed: Feed::new(&stage.source)?,
            operators: query.operators()?,
            query,
            saved: Saved::default(),
        })
    }
}

/// Topics in memory and the queries between them.
#[derive(Default)]
pub struct Driver {
    queries: Vec<Running>,
    topics: BTreeMap<String, Vec<TopicRecord>>,
    ledger: Vec<Entry>,
    now_ms: i64,
}

impl Driver {
    /// A driver without queries and topics, whose clock stands at 1970.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the clock, ms since the epoch. It never moves on its own.
    pub fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// Adds a query, to run after those added before.
    ///
    /// # Errors
    /// The stage cannot run: it has no sink, or a format lacks something.
    pub fn add(&mut self, query_id: &str, stage: &Stage) -> Result<(), EngineError> {
        self.queries.push(Running::new(query_id, stage)?);
        Ok(())
    }

    /// Appends a record to a topic; no query sees it before [`Driver::run`].
    pub fn append(&mut self, topic: &str, record: TopicRecord) {
        self.topics.entry(topic.to_owned()).or_default().push(record);
    }

    /// All records of a topic, in the order in which they arrived.
    pub fn topic(&self, name: &str) -> &[TopicRecord] {
        self.topics.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the topics that hold something.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.keys().map(String::as_str)
    }

    /// What became of records and rows that could not be used.
    pub fn ledger(&self) -> &[Entry] {
        &self.ledger
    }

    /// Appends `inputs` to their topics and runs query after query, in the order in which they were added: each to the end
    /// of what it reads before the next one starts.
    ///
    /// A query over a topic of `inputs` is given these records and no others of it; one over another topic everything that
    /// it holds by then, so that results cascade.
    ///
    /// # Errors
    /// The first query that stopped, with its cause; those after it did not run.
    pub fn run(&mut self, inputs: Vec<(String, TopicRecord)>, feeding: Feeding) -> Result<(), Stopped> {
        let mut given: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for (topic, record) in inputs {
            let at = self.topic(&topic).len();
            given.entry(topic.clone()).or_insert(at..at).end = at + 1;
            self.append(&topic, record);
        }
        let Self { queries, topics, ledger, now_ms } = self;
        for running in queries {
            // Taken as they are before the query runs: it may write to the topic that it reads.
            let records = topics.get(&running.input).cloned().unwrap_or_default();
            let range = given.get(&running.input).cloned().unwrap_or(0..records.len());
            let mut link = MemoryLink::default();
            let done = feed(running, &records, range, feeding, *now_ms, &mut link, ledger);
            topics.entry(running.output.clone()).or_default().extend(link.records);
            done.map_err(|error| Stopped { query_id: running.id.clone(), error })?;
        }
        Ok(())
    }
}

/// Gives a query the records of its topic that are in that range.
fn feed(
    running: &mut Running,
    records: &[TopicRecord],
    range: Range<usize>,
    feeding: Feeding,
    now_ms: i64,
    link: &mut MemoryLink,
    entries: &mut Vec<Entry>,
) -> Result<(), EngineError> {
    let from = InputPartition { input: 0, partition: 0 };
    let Running { feed, query, operators, saved, .. } = running;
    let size = if feeding == Feeding::Batches { BATCH_ROWS_MAX } else { 1 };
    if feeding == Feeding::Restarts {
        operators.iter_mut().for_each(|operator| operator.track());
    }
    let mut offset = i64::try_from(range.start).unwrap_or(i64::MAX);
    for chunk in records.get(range).unwrap_or_default().chunks(size) {
        let headers: Vec<Vec<Header<'_>>> = chunk.iter().map(|r| r.headers.iter().map(lend).collect()).collect();
        let mut lent = Vec::with_capacity(chunk.len());
        for (record, headers) in chunk.iter().zip(&headers) {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            lent.push(Record { offset, timestamp: record.timestamp, key, value, headers });
            offset += 1;
        }
        query.ledger().set_now(now_ms);
        feed.push(from, &lent, query.ledger());
        if let Some(batch) = feed.finish(from, query.ledger())? {
            query.process(operators, 0, batch, link)?;
        }
        query.end_epoch(operators, link)?;
        entries.extend(query.ledger().entries().iter().cloned());
        query.ledger().clear();
        if feeding == Feeding::Restarts {
            saved.restart(query, operators)?;
        }
    }
    Ok(())
}

fn lend((key, value): &(String, Option<Vec<u8>>)) -> Header<'_> {
    Header { key: key.as_bytes(), value: value.as_deref() }
}
