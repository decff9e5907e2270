//! What a worker runs for one query: its sink, its ledger, and the operators of each of its tasks.

use millstream_plan::OnError;
use millstream_plan::topology::{Input, Stage, Step, SubTopology};

use crate::batch::Batch;
use crate::dead_letter;
use crate::error::EngineError;
use crate::input::OutputSink;
use crate::ledger::Ledger;
use crate::link::{Link, LinkError, Outgoing, Output};
use crate::operator::{Context, Operator, Turns, end_epoch, operators, run, run_turns};
use crate::sink::Sink;

/// Index of the sink topic among a link's outputs.
pub const SINK: Output = Output(0);
/// Index of the ledger topic among a link's outputs.
pub const LEDGER: Output = Output(1);
/// Index of the changelog topic among a link's outputs, if the query keeps state.
pub const CHANGELOG: Output = Output(2);
/// Index of the topic of late rows among a link's outputs, if the query has one: then it keeps state.
pub const LATE: Output = Output(3);

/// Index of the topic of records that could not be read among a link's outputs, if the query has one: the last of them.
pub fn dead_letters(part: &SubTopology) -> Output {
    Output(2 + u16::from(part.keeps_state()) + u16::from(part.late().is_some()))
}

/// Whether a part reads topics of the catalog, whose records may be anything.
pub fn reads_sources(part: &SubTopology) -> bool {
    part.inputs.iter().any(|input| input.source().is_some())
}

/// One query of a worker.
pub struct Query {
    steps: Vec<Step>,
    /// Whether updates of one key within an epoch leave as one.
    merges: bool,
    sink: OutputSink,
    /// Where late rows go.
    late: Option<Sink>,
    ledger: Ledger,
    /// Where records go that cannot be read.
    dead_letters: Option<Output>,
}

impl Query {
    /// The query of `stage`, which must have a sink.
    pub fn new(query_id: &str, stage: &Stage) -> Result<Self, EngineError> {
        match SubTopology::whole(stage) {
            Some(part) => Self::of(query_id, &part),
            None => Err(EngineError::Query("a persistent query needs a sink".into())),
        }
    }

    /// The query of a sub-topology. Error: a format cannot write its results.
    pub fn of(query_id: &str, part: &SubTopology) -> Result<Self, EngineError> {
        let topic = |input: &Input| match input {
            Input::Source(source) => source.topic.clone(),
            Input::Repartition { from, .. } => format!("repartition {from}"),
        };
        Ok(Self {
            steps: part.steps.clone(),
            merges: false,
            sink: OutputSink::new(&part.output, SINK)?,
            late: part.late().map(|node| Sink::new(node, LATE)).transpose()?,
            ledger: Ledger::new(query_id, part.inputs.iter().map(topic).collect()),
            dead_letters: None,
        })
    }

    /// The same query, whose updates of one key within an epoch leave as one if `merges`: as ksqlDB's do while its record
    /// cache has room.
    #[must_use]
    pub fn merging(self, merges: bool) -> Self {
        Self { merges, ..self }
    }

    /// The same query of that part, which does this about records that it cannot read.
    #[must_use]
    pub fn rejecting(self, part: &SubTopology, on_error: &OnError) -> Self {
        let ledger = self.ledger.keeping_records(*on_error != OnError::Skip);
        let dead_letters = matches!(on_error, OnError::DeadLetter { .. }) && reads_sources(part);
        Self { ledger, dead_letters: dead_letters.then(|| self::dead_letters(part)), ..self }
    }

    /// Fresh operators for one task. Error: one of them cannot run.
    pub fn operators(&self) -> Result<Vec<Box<dyn Operator>>, EngineError> {
        let mut operators = operators(&self.steps)?;
        if self.merges {
            operators.iter_mut().for_each(|operator| operator.merge_updates());
        }
        Ok(operators)
    }

    /// A ledger for entries about the same inputs.
    pub fn another_ledger(&self) -> Ledger {
        self.ledger.another()
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.ledger.query_id()
    }

    /// The topic of an input, as the ledger names it.
    pub fn topic(&self, input: u16) -> &str {
        self.ledger.topic_of(input)
    }

    /// The ledger of the open epoch.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Runs a batch of one of the inputs through a task's operators and produces what comes out; returns the number of records produced.
    pub fn process(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        batch: Batch,
        link: &mut dyn Link,
    ) -> Result<usize, EngineError> {
        let (mut out, mut late) = (Vec::new(), Vec::new());
        run(operators, batch, &mut Context { ledger: &mut self.ledger, late: &mut late }, &mut out)?;
        self.write(&out, &late, link)
    }

    /// The same of rows of two inputs that take turns.
    pub fn process_turns(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        turns: Turns,
        link: &mut dyn Link,
    ) -> Result<usize, EngineError> {
        let (mut out, mut late) = (Vec::new(), Vec::new());
        run_turns(operators, turns, &mut Context { ledger: &mut self.ledger, late: &mut late }, &mut out)?;
        self.write(&out, &late, link)
    }

    /// Ends the epoch of a task: produces what its operators merged; returns the number of records produced.
    pub fn end_epoch(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        link: &mut dyn Link,
    ) -> Result<usize, EngineError> {
        let (mut out, mut late) = (Vec::new(), Vec::new());
        end_epoch(operators, &mut Context { ledger: &mut self.ledger, late: &mut late }, &mut out)?;
        self.write(&out, &late, link)
    }

    /// Produces results, and rows that came too late; the number of results.
    fn write(&mut self, batches: &[Batch], late: &[Batch], link: &mut dyn Link) -> Result<usize, EngineError> {
        if let Some(sink) = &mut self.late {
            for batch in late {
                sink.write(batch, link, &mut self.ledger)?;
            }
        }
        let mut written = 0;
        for batch in batches {
            written += self.sink.write(batch, link, &mut self.ledger)?;
        }
        Ok(written)
    }

    /// Produces the entries of the ledger; returns their number. They stay until [`Ledger::clear`].
    pub fn produce_ledger(&mut self, link: &mut dyn Link) -> Result<usize, LinkError> {
        let entries = self.ledger.entries();
        if entries.is_empty() {
            return Ok(0);
        }
        let partitions = link.partitions(LEDGER).max(1);
        let mut records = entries.iter().map(|e| Outgoing {
            partition: e.partition % partitions,
            timestamp: e.time_ms,
            key: None,
            value: Some(&e.json),
            headers: &[],
        });
        link.produce(LEDGER, &mut records)?;
        if let Some(output) = self.dead_letters {
            dead_letter::produce(entries, self.ledger.query_id(), output, link)?;
        }
        Ok(entries.len())
    }
}
