//! What a sub-topology reads and writes: topics of the catalog in their formats, or rows on their way between two of its query.

use millstream_plan::topology::{Input, Output as Node};
use millstream_schemas::Registry;

use crate::batch::Batch;
use crate::error::EngineError;
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::link::{InputPartition, Link, Output, Record};
use crate::repartition::{RowFeed, RowSink};
use crate::sink::Sink;

/// Reads one of the inputs.
pub enum InputFeed {
    /// A topic of the catalog.
    Source(Box<Feed>),
    /// A repartition topic.
    Repartition(Box<RowFeed>),
}

impl InputFeed {
    /// A feed for this input. `registry`: where the schemas of its writers stand. Error: a format cannot do what the source
    /// declares.
    pub fn new(input: &Input, registry: &Registry) -> Result<Self, EngineError> {
        Ok(match input {
            Input::Source(source) => Self::Source(Box::new(Feed::new(source, registry)?)),
            Input::Repartition { rows, .. } => Self::Repartition(Box::new(RowFeed::new(rows))),
        })
    }

    /// Appends records of one partition, in offset order. Those that cannot be read go to the ledger.
    pub fn push(&mut self, from: InputPartition, records: &[Record<'_>], ledger: &mut Ledger) {
        match self {
            Self::Source(feed) => feed.push(from, records, ledger),
            Self::Repartition(feed) => feed.push(records),
        }
    }

    /// The batch of all rows pushed since the last call, `None` if there is none.
    pub fn finish(&mut self, from: InputPartition, ledger: &mut Ledger) -> Result<Option<Batch>, EngineError> {
        match self {
            Self::Source(feed) => feed.finish(from, ledger),
            Self::Repartition(feed) => feed.finish(from),
        }
    }

    /// Forgets what was pushed since the last `finish`.
    pub fn clear(&mut self) {
        match self {
            Self::Source(feed) => feed.clear(),
            Self::Repartition(feed) => feed.clear(),
        }
    }
}

/// Writes the output.
pub enum OutputSink {
    /// The topic of the query's result.
    Sink(Box<Sink>),
    /// A repartition topic.
    Repartition(Box<RowSink>),
}

impl OutputSink {
    /// A sink that writes to `output` what `node` says. Error: a format cannot write these columns.
    pub fn new(node: &Node, output: Output) -> Result<Self, EngineError> {
        Ok(match node {
            Node::Sink(sink) => Self::Sink(Box::new(Sink::new(sink, output)?)),
            Node::Repartition(repartition) => Self::Repartition(Box::new(RowSink::new(repartition, output)?)),
        })
    }

    /// Encodes a batch and hands it to the producer; returns the number of records. Rows that cannot be written go to the
    /// ledger.
    pub fn write(&mut self, batch: &Batch, link: &mut dyn Link, ledger: &mut Ledger) -> Result<usize, EngineError> {
        match self {
            Self::Sink(sink) => sink.write(batch, link, ledger),
            Self::Repartition(sink) => sink.write(batch, link, ledger),
        }
    }
}
