//! A part of a query over one partition: feeds, operators and sink, the open epoch, and what it can start from.

use std::collections::BTreeMap;

use millstream_engine::driver::TopicRecord;
use millstream_engine::input::InputFeed;
use millstream_engine::link::{InputPartition, Record};
use millstream_engine::operator::Operator;
use millstream_engine::query::Query;
use millstream_plan::topology::{Input, Output, SubTopology};
use millstream_schemas::Registry;

use crate::flaw::Flaw;
use crate::link::Collected;
use crate::partitions::Driving;

/// A part of the query over one partition.
pub(crate) struct Task {
    /// Its topics, with the numbers of the inputs over each.
    pub(crate) topics: Vec<(String, Vec<u16>)>,
    pub(crate) output: String,
    pub(crate) partition: i32,
    query: Query,
    feeds: Vec<InputFeed>,
    operators: Vec<Box<dyn Operator>>,
    link: Collected,
    /// By topic: the next record, and that when the epoch began.
    pub(crate) next: Vec<usize>,
    pub(crate) base: Vec<usize>,
    /// What operators gave out, by operator and key.
    saved: BTreeMap<(usize, Vec<u8>), Vec<u8>>,
    /// The epoch at hand was undone before.
    pub(crate) again: bool,
    flaw: Option<Flaw>,
}

fn between(number: u16) -> String {
    format!("{number}-repartition")
}

impl Task {
    /// The task of that partition, which writes to a topic of so many.
    pub(crate) fn new(
        part: &SubTopology,
        (partition, partitions): (i32, i32),
        driving: Driving,
    ) -> Result<Self, String> {
        let query = Query::of("Q", part).map_err(shown)?.merging(driving.merges);
        let name = |input: &Input| match input {
            Input::Source(source) => source.topic.clone(),
            Input::Repartition { from, .. } => between(*from),
        };
        let topics: Vec<(String, Vec<u16>)> =
            part.topics().into_iter().map(|(input, numbers)| (name(input), numbers)).collect();
        let registry = Registry::default();
        let mut task = Self {
            output: match &part.output {
                Output::Sink(sink) => sink.topic.clone(),
                Output::Repartition(_) => between(part.number),
            },
            partition,
            feeds: part.inputs.iter().map(|i| InputFeed::new(i, &registry)).collect::<Result<_, _>>().map_err(shown)?,
            operators: Vec::new(),
            query,
            link: Collected { partitions, ..Collected::default() },
            next: vec![0; topics.len()],
            base: vec![0; topics.len()],
            topics,
            saved: BTreeMap::new(),
            again: false,
            flaw: driving.flaw,
        };
        task.start()?;
        Ok(task)
    }

    /// Begins with what was saved.
    fn start(&mut self) -> Result<(), String> {
        self.operators = self.query.operators().map_err(shown)?;
        for ((at, key), value) in &self.saved {
            self.operators[*at].load(key, value).map_err(shown)?;
        }
        self.operators.iter_mut().for_each(|operator| operator.track());
        Ok(())
    }

    /// The same, as a process that is another one.
    pub(crate) fn start_anew(&mut self) -> Result<(), String> {
        if self.flaw == Some(Flaw::ForgetsState) {
            self.saved.clear();
        }
        self.start()
    }

    /// Takes records of a topic.
    pub(crate) fn take(&mut self, topic: usize, records: &[(usize, TopicRecord)]) -> Result<(), String> {
        let numbers = self.topics[topic].1.clone();
        // Inputs over one topic see each record in turn.
        let size = if numbers.len() == 1 { records.len().max(1) } else { 1 };
        for chunk in records.chunks(size) {
            let first = self.next[topic];
            let lend = |(at, (_, record)): (usize, &'_ (usize, TopicRecord))| (first + at, record.clone());
            let mut owned: Vec<(usize, TopicRecord)> = chunk.iter().enumerate().map(lend).collect();
            match self.flaw {
                Some(Flaw::LosesRecords) if owned.len() > 1 => drop(owned.pop()),
                Some(Flaw::Swaps) if owned.len() > 1 => owned.swap(0, 1),
                _ => {}
            }
            let lent: Vec<Record<'_>> = owned
                .iter()
                .map(|(offset, record)| Record {
                    offset: i64::try_from(*offset).unwrap_or(i64::MAX),
                    timestamp: record.timestamp,
                    key: record.key.as_deref(),
                    value: record.value.as_deref(),
                    headers: &[],
                })
                .collect();
            for input in &numbers {
                let from = InputPartition { input: *input, partition: self.partition };
                let Some(feed) = self.feeds.get_mut(usize::from(*input)) else { continue };
                feed.push(from, &lent, self.query.ledger());
                if let Some(batch) = feed.finish(from, self.query.ledger()).map_err(shown)? {
                    self.query.process(&mut self.operators, batch, &mut self.link).map_err(shown)?;
                }
            }
            self.next[topic] += chunk.len();
        }
        Ok(())
    }

    /// Whether the open epoch holds anything.
    pub(crate) fn is_open(&self) -> bool {
        self.next != self.base
    }

    /// Ends the epoch; what it has produced.
    pub(crate) fn commit(&mut self) -> Result<Vec<(i32, TopicRecord)>, String> {
        self.query.end_epoch(&mut self.operators, &mut self.link).map_err(shown)?;
        self.query.ledger().clear();
        let (saved, keeps_gone) = (&mut self.saved, self.flaw == Some(Flaw::KeepsGone));
        for (at, operator) in self.operators.iter_mut().enumerate() {
            let mut change = |key: &[u8], value: Option<&[u8]>| {
                match value {
                    Some(value) => drop(saved.insert((at, key.to_vec()), value.to_vec())),
                    None if keeps_gone => {}
                    None => drop(saved.remove(&(at, key.to_vec()))),
                }
                Ok(())
            };
            operator.save(&mut change).map_err(shown)?;
        }
        self.base.clone_from(&self.next);
        self.again = false;
        Ok(std::mem::take(&mut self.link.records))
    }

    /// Goes back to what is committed.
    pub(crate) fn undo(&mut self) -> Result<(), String> {
        self.query.ledger().clear();
        if self.flaw != Some(Flaw::KeepsUndone) {
            self.link.records.clear();
        }
        self.next.clone_from(&self.base);
        self.again = true;
        self.start()
    }
}

fn shown(error: impl std::fmt::Display) -> String {
    error.to_string()
}
