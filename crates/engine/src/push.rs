//! The same steps for one client: no group, no sink, no commits.

use millstream_plan::topology::Stage;

use millstream_schemas::Registry;

use crate::batch::Batch;
use crate::error::EngineError;
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::link::{InputPartition, Record};
use crate::operator::{Context, Operator, end_epoch, operators, run};

/// Rows of tables and groups that the query of one client may keep in memory.
pub const KEPT_MAX: usize = 1_000_000;

/// A stage whose results go to whoever calls.
pub struct PushQuery {
    feed: Feed,
    operators: Vec<Box<dyn Operator>>,
    ledger: Ledger,
    errors: u64,
    kept_max: usize,
}

impl PushQuery {
    /// The query of a stage; its sink, if any, is not used. `query_id` names it in logs.
    ///
    /// # Errors
    /// A step cannot run, or the stage has several sources: a client's query reads only one yet.
    pub fn new(query_id: &str, stage: &Stage, registry: &Registry) -> Result<Self, EngineError> {
        if stage.sources().len() > 1 {
            return Err(EngineError::Query("JOIN is not supported yet in a query of a client.".into()));
        }
        Ok(Self {
            feed: Feed::new(&stage.source, registry)?,
            operators: operators(&stage.steps)?,
            ledger: Ledger::new(query_id, vec![stage.source.topic.clone()]),
            errors: 0,
            kept_max: KEPT_MAX,
        })
    }

    /// The same with another bound than [`KEPT_MAX`].
    #[must_use]
    pub fn keeping(self, kept_max: usize) -> Self {
        Self { kept_max, ..self }
    }

    /// The rows that follow from records of one partition, in order; columns as the stage's last step makes them.
    /// Records and rows that fail are counted, not returned.
    ///
    /// Errors: what stops a query; it keeps more than it may.
    pub fn rows(&mut self, partition: i32, records: &[Record<'_>]) -> Result<Vec<Batch>, EngineError> {
        let from = InputPartition { input: 0, partition };
        self.feed.push(from, records, &mut self.ledger);
        let mut out = Vec::new();
        if let Some(batch) = self.feed.finish(from, &mut self.ledger)? {
            let mut cx = Context { ledger: &mut self.ledger };
            run(&mut self.operators, batch, &mut cx, &mut out)?;
            end_epoch(&mut self.operators, &mut cx, &mut out)?;
            self.check_kept()?;
        }
        self.errors += self.ledger.entries().len() as u64;
        self.ledger.clear();
        Ok(out)
    }

    /// What it keeps is lost with its client, so that it is not written anywhere; hence the bound.
    fn check_kept(&self) -> Result<(), EngineError> {
        let kept: usize = self.operators.iter().map(|operator| operator.held()).sum();
        if kept <= self.kept_max {
            return Ok(());
        }
        Err(EngineError::Query(format!(
            "The query keeps {kept} rows and groups in memory, more than the {} that a query for a client may. Narrow it \
             with WHERE, use windows, or let CREATE TABLE … AS SELECT keep them and select from that table.",
            self.kept_max
        )))
    }

    /// How many records or rows have failed so far.
    pub fn errors(&self) -> u64 {
        self.errors
    }
}
