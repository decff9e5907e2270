//! What a worker runs for one query: its sink, its ledger, and the operators of each of its tasks.

use millstream_plan::topology::{Input, Stage, Step, SubTopology};

use crate::batch::Batch;
use crate::error::EngineError;
use crate::input::OutputSink;
use crate::ledger::Ledger;
use crate::link::{Link, LinkError, Outgoing, Output};
use crate::operator::{Context, Operator, Turns, end_epoch, operators, run, run_turns};

/// Index of the sink topic among a link's outputs.
pub const SINK: Output = Output(0);
/// Index of the ledger topic among a link's outputs.
pub const LEDGER: Output = Output(1);
/// Index of the changelog topic among a link's outputs, if the query keeps state.
pub const CHANGELOG: Output = Output(2);

/// One query of a worker.
pub struct Query {
    steps: Vec<Step>,
    /// Whether updates of one key within an epoch leave as one.
    merges: bool,
    sink: OutputSink,
    ledger: Ledger,
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
            ledger: Ledger::new(query_id, part.inputs.iter().map(topic).collect()),
        })
    }

    /// The same query, whose updates of one key within an epoch leave as one if `merges`: as ksqlDB's do while its record
    /// cache has room.
    #[must_use]
    pub fn merging(self, merges: bool) -> Self {
        Self { merges, ..self }
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
        let mut out = Vec::new();
        run(operators, batch, &mut Context { ledger: &mut self.ledger }, &mut out)?;
        self.write(&out, link)
    }

    /// The same of rows of two inputs that take turns.
    pub fn process_turns(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        turns: Turns,
        link: &mut dyn Link,
    ) -> Result<usize, EngineError> {
        let mut out = Vec::new();
        run_turns(operators, turns, &mut Context { ledger: &mut self.ledger }, &mut out)?;
        self.write(&out, link)
    }

    /// Ends the epoch of a task: produces what its operators merged; returns the number of records produced.
    pub fn end_epoch(
        &mut self,
        operators: &mut [Box<dyn Operator>],
        link: &mut dyn Link,
    ) -> Result<usize, EngineError> {
        let mut out = Vec::new();
        end_epoch(operators, &mut Context { ledger: &mut self.ledger }, &mut out)?;
        self.write(&out, link)
    }

    fn write(&mut self, batches: &[Batch], link: &mut dyn Link) -> Result<usize, EngineError> {
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
        Ok(entries.len())
    }
}
