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

use millstream_plan::topology::{Input, Output, Stage, SubTopology, cut};
use millstream_schemas::Registry;

use crate::error::EngineError;
use crate::input::InputFeed;
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
    /// The topic of each input, by number.
    inputs: Vec<String>,
    output: String,
    /// The topic of late rows, if it has one.
    late: Option<String>,
    /// The feed of each input.
    feeds: Vec<InputFeed>,
    query: Query,
    operators: Vec<Box<dyn Operator>>,
    saved: Saved,
}

impl Running {
    fn new(query_id: &str, stage: &Stage, registry: &Registry) -> Result<Self, EngineError> {
        let part = SubTopology::whole(stage);
        Self::of(query_id, &part.ok_or_else(|| EngineError::Query("a persistent query needs a sink".into()))?, registry)
    }

    fn of(query_id: &str, part: &SubTopology, registry: &Registry) -> Result<Self, EngineError> {
        let query = Query::of(query_id, part)?;
        let between = |number: u16| format!("{query_id}-{number}-repartition");
        let topic = |input: &Input| match input {
            Input::Source(source) => source.topic.clone(),
            Input::Repartition { from, .. } => between(*from),
        };
        Ok(Self {
            id: query_id.to_owned(),
            inputs: part.inputs.iter().map(topic).collect(),
            output: match &part.output {
                Output::Sink(sink) => sink.topic.clone(),
                Output::Repartition(_) => between(part.number),
            },
            late: part.late().map(|sink| sink.topic.clone()),
            feeds: part.inputs.iter().map(|input| InputFeed::new(input, registry)).collect::<Result<_, _>>()?,
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
    registry: Registry,
}

impl Driver {
    /// A driver without queries and topics, whose clock stands at 1970.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a registry of schemas.
    #[must_use]
    pub fn with_registry(self, registry: Registry) -> Self {
        Self { registry, ..self }
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
        self.queries.push(Running::new(query_id, stage, &self.registry)?);
        Ok(())
    }

    /// Adds a query as it runs over topics of several partitions: in parts, with topics between them.
    ///
    /// # Errors
    /// A part cannot run: a format lacks something.
    pub fn add_cut(&mut self, query_id: &str, stages: &[Stage]) -> Result<(), EngineError> {
        for part in cut(stages) {
            self.queries.push(Running::of(query_id, &part, &self.registry)?);
        }
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
    /// A query is given the records of `inputs` that are of its topics, in their order; then of each of its other topics
    /// everything that it holds by then, so that results cascade.
    ///
    /// # Errors
    /// The first query that stopped, with its cause; those after it did not run.
    pub fn run(&mut self, inputs: Vec<(String, TopicRecord)>, feeding: Feeding) -> Result<(), Stopped> {
        let mut given: Vec<(String, Range<usize>)> = Vec::new();
        for (topic, record) in inputs {
            let at = self.topic(&topic).len();
            match given.last_mut().filter(|(last, _)| *last == topic) {
                Some((_, range)) => range.end = at + 1,
                None => given.push((topic.clone(), at..at + 1)),
            }
            self.append(&topic, record);
        }
        let Self { queries, topics, ledger, now_ms, .. } = self;
        for running in queries {
            let mut link = MemoryLink::default();
            let mut done = Ok(());
            for (topic, range) in runs(running, &given, topics) {
                let records = topics.get(&topic).and_then(|records| records.get(range.clone())).unwrap_or_default();
                done = feed(running, &topic, range.start, records, feeding, *now_ms, &mut link, ledger);
                if done.is_err() {
                    break;
                }
            }
            topics.entry(running.output.clone()).or_default().extend(link.records);
            if let Some(late) = running.late.as_ref().filter(|_| !link.late.is_empty()) {
                topics.entry(late.clone()).or_default().extend(link.late);
            }
            done.map_err(|error| Stopped { query_id: running.id.clone(), error })?;
        }
        Ok(())
    }
}

/// The runs of records that a query is given, by topic and place there.
fn runs(
    running: &Running,
    given: &[(String, Range<usize>)],
    topics: &BTreeMap<String, Vec<TopicRecord>>,
) -> Vec<(String, Range<usize>)> {
    let reads = |topic: &String| running.inputs.contains(topic);
    let mut runs: Vec<(String, Range<usize>)> = Vec::new();
    for (topic, range) in given.iter().filter(|(topic, _)| reads(topic)) {
        match runs.last_mut().filter(|(last, _)| last == topic) {
            // What stands between is not for this query.
            Some((_, last)) => last.end = range.end,
            None => runs.push((topic.clone(), range.clone())),
        }
    }
    for topic in &running.inputs {
        if !runs.iter().any(|(known, _)| known == topic) {
            // Taken as they are before the query runs: it may write to the topic that it reads.
            runs.push((topic.clone(), 0..topics.get(topic).map_or(0, Vec::len)));
        }
    }
    runs
}

/// Gives a query records of one of its topics, the first of which stands at that offset: to each input over it.
#[expect(clippy::too_many_arguments, reason = "what surrounds a query, borrowed apart")]
fn feed(
    running: &mut Running,
    topic: &str,
    offset: usize,
    records: &[TopicRecord],
    feeding: Feeding,
    now_ms: i64,
    link: &mut MemoryLink,
    entries: &mut Vec<Entry>,
) -> Result<(), EngineError> {
    let Running { inputs, feeds, query, operators, saved, .. } = running;
    let over: Vec<usize> = (0..inputs.len()).filter(|input| inputs.get(*input).is_some_and(|t| t == topic)).collect();
    // Inputs over one topic see each record in turn.
    let size = if feeding == Feeding::Batches && over.len() == 1 { BATCH_ROWS_MAX } else { 1 };
    if feeding == Feeding::Restarts {
        operators.iter_mut().for_each(|operator| operator.track());
    }
    let mut offset = i64::try_from(offset).unwrap_or(i64::MAX);
    for chunk in records.chunks(size) {
        let headers: Vec<Vec<Header<'_>>> = chunk.iter().map(|r| r.headers.iter().map(lend).collect()).collect();
        let mut lent = Vec::with_capacity(chunk.len());
        for (record, headers) in chunk.iter().zip(&headers) {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            lent.push(Record { offset, timestamp: record.timestamp, key, value, headers });
            offset += 1;
        }
        query.ledger().set_now(now_ms);
        for input in &over {
            let from = InputPartition { input: u16::try_from(*input).unwrap_or(u16::MAX), partition: 0 };
            let Some(feed) = feeds.get_mut(*input) else { continue };
            feed.push(from, &lent, query.ledger());
            if let Some(batch) = feed.finish(from, query.ledger())? {
                query.process(operators, batch, link)?;
            }
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
