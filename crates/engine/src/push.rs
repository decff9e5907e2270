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
    /// Of each input, by number.
    feeds: Vec<Feed>,
    operators: Vec<Box<dyn Operator>>,
    ledger: Ledger,
    errors: u64,
    kept_max: usize,
}

impl PushQuery {
    /// The query of a stage; its sink, if any, is not used. `query_id` names it in logs.
    ///
    /// # Errors
    /// A step cannot run.
    pub fn new(query_id: &str, stage: &Stage, registry: &Registry) -> Result<Self, EngineError> {
        let sources = stage.sources();
        Ok(Self {
            ledger: Ledger::new(query_id, sources.iter().map(|source| source.topic.clone()).collect()),
            feeds: sources.into_iter().map(|source| Feed::new(source, registry)).collect::<Result<_, _>>()?,
            operators: operators(&stage.steps)?,
            errors: 0,
            kept_max: KEPT_MAX,
        })
    }

    /// The same with another bound than [`KEPT_MAX`].
    #[must_use]
    pub fn keeping(self, kept_max: usize) -> Self {
        Self { kept_max, ..self }
    }

    /// The rows that follow from records of one partition of one of the stage's inputs, in order; columns as the stage's last
    /// step makes them. Records and rows that fail are counted, not returned.
    ///
    /// Errors: what stops a query; it keeps more than it may; there is no such input.
    pub fn rows(&mut self, from: InputPartition, records: &[Record<'_>]) -> Result<Vec<Batch>, EngineError> {
        let feed = self.feeds.get_mut(usize::from(from.input));
        let feed = feed.ok_or_else(|| EngineError::Query("a query has no such input".into()))?;
        feed.push(from, records, &mut self.ledger);
        let mut out = Vec::new();
        if let Some(batch) = feed.finish(from, &mut self.ledger)? {
            let mut cx = Context { ledger: &mut self.ledger, late: &mut Vec::new() };
            run(&mut self.operators, batch, &mut cx, &mut out)?;
            self.check_kept()?;
        }
        self.count_errors();
        Ok(out)
    }

    /// The rows that follow from all records having been seen: once, where a query ends.
    pub fn finish(&mut self) -> Result<Vec<Batch>, EngineError> {
        let mut out = Vec::new();
        end_epoch(&mut self.operators, &mut Context { ledger: &mut self.ledger, late: &mut Vec::new() }, &mut out)?;
        self.count_errors();
        Ok(out.into_iter().filter(|batch| !batch.is_empty()).collect())
    }

    fn count_errors(&mut self) {
        self.errors += self.ledger.entries().len() as u64;
        self.ledger.clear();
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
