//! What a worker runs for one query: its sink, its ledger, and the operators of each of its tasks.

use millstream_plan::topology::{Stage, Step};

use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::link::{Link, LinkError, Outgoing, Output};
use crate::operator::{Context, Operator, end_epoch, operators, run};
use crate::sink::Sink;

/// Index of the sink topic among a link's outputs.
pub const SINK: Output = Output(0);
/// Index of the ledger topic among a link's outputs.
pub const LEDGER: Output = Output(1);

/// One query of a worker.
pub struct Query {
    steps: Vec<Step>,
    sink: Sink,
    ledger: Ledger,
}

impl Query {
    /// The query of `stage`, which must have a sink.
    pub fn new(query_id: &str, stage: &Stage) -> Result<Self, EngineError> {
        let Some(sink) = &stage.sink else {
            return Err(EngineError::Query("a persistent query needs a sink".into()));
        };
        Ok(Self {
            steps: stage.steps.clone(),
            sink: Sink::new(sink, SINK)?,
            ledger: Ledger::new(query_id, stage.sources().iter().map(|source| source.topic.clone()).collect()),
        })
    }

    /// Fresh operators for one task. Error: one of them cannot run.
    pub fn operators(&self) -> Result<Vec<Box<dyn Operator>>, EngineError> {
        operators(&self.steps)
    }

    /// The ledger of the open epoch.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Runs a batch through a task's operators and produces what comes out; returns the number of records produced.
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
