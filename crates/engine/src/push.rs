//! The same steps for one client: no group, no sink, no commits.

use millstream_plan::topology::Stage;

use crate::batch::Batch;
use crate::error::EngineError;
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::link::{InputPartition, Record};
use crate::operator::{Context, Operator, operators, run};

/// A stage whose results go to whoever calls.
pub struct PushQuery {
    feed: Feed,
    operators: Vec<Box<dyn Operator>>,
    ledger: Ledger,
    errors: u64,
}

impl PushQuery {
    /// The query of a stage; its sink, if any, is not used. `query_id` names it in logs.
    ///
    /// # Errors
    /// A step cannot run, or the stage has several sources: a client's query reads only one yet.
    pub fn new(query_id: &str, stage: &Stage) -> Result<Self, EngineError> {
        if stage.sources().len() > 1 {
            return Err(EngineError::Query("JOIN is not supported yet in a query of a client.".into()));
        }
        Ok(Self {
            feed: Feed::new(&stage.source)?,
            operators: operators(&stage.steps)?,
            ledger: Ledger::new(query_id, vec![stage.source.topic.clone()]),
            errors: 0,
        })
    }

    /// The rows that follow from records of one partition, in order; columns as the stage's last step makes them.
    /// Records and rows that fail are counted, not returned.
    pub fn rows(&mut self, partition: i32, records: &[Record<'_>]) -> Result<Vec<Batch>, EngineError> {
        let from = InputPartition { input: 0, partition };
        self.feed.push(from, records, &mut self.ledger);
        let mut out = Vec::new();
        if let Some(batch) = self.feed.finish(from, &mut self.ledger)? {
            run(&mut self.operators, batch, &mut Context { ledger: &mut self.ledger }, &mut out)?;
        }
        self.errors += self.ledger.entries().len() as u64;
        self.ledger.clear();
        Ok(out)
    }

    /// How many records or rows have failed so far.
    pub fn errors(&self) -> u64 {
        self.errors
    }
}
