//! From a table's records to its rows: decoded once to see that they can be, keyed by the table's own encoding.

use millstream_codec::{Encoder, Payloads, encoder};
use millstream_engine::batch::Batch;
use millstream_engine::error::EngineError;
use millstream_engine::feed::Feed;
use millstream_engine::ledger::Ledger;
use millstream_engine::link::{InputPartition, Record};
use millstream_plan::Source;
use millstream_plan::topology::SourceNode;
use millstream_schemas::Registry;
use millstream_state::StateError;

use super::expiry::Expiry;
use super::store::{Change, Layout, Rows, RowsReader};

/// The rows of a table and what is needed to take its records.
pub(super) struct Writer {
    feed: Feed,
    ledger: Ledger,
    key: Box<dyn Encoder>,
    key_columns: usize,
    keys: Payloads,
    rows: Rows,
    /// Which rows are due, where nobody deletes them in the topic.
    expiry: Option<Expiry>,
    skipped: u64,
}

impl Writer {
    /// A table without rows. `retention_ms`: how long its windows are kept.
    pub(super) fn new(source: &Source, retention_ms: Option<i64>, registry: &Registry) -> Result<Self, EngineError> {
        let headers = !source.schema.headers().is_empty();
        let layout = Layout { window: source.key_window, retention_ms, headers };
        let rows = Rows::new(layout).map_err(|e| EngineError::Query(e.to_string()))?;
        Ok(Self {
            feed: Feed::new(&SourceNode::whole(source), registry)?,
            ledger: Ledger::new("view", vec![source.topic.clone()]),
            key: encoder(source.key_format, source.schema.keys())?,
            key_columns: source.schema.key_count(),
            keys: Payloads::default(),
            rows,
            expiry: source.ttl.filter(|_| source.reads.is_empty()).map(Expiry::new),
            skipped: 0,
        })
    }

    /// For other threads.
    pub(super) fn reader(&self) -> RowsReader {
        self.rows.reader()
    }

    /// Records that could not be read or kept, and that are passed over.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// Takes records of one partition, in offset order.
    pub(super) fn push(&mut self, partition: i32, records: &[Record<'_>]) -> Result<(), EngineError> {
        let from = InputPartition { input: 0, partition };
        self.feed.push(from, records, &mut self.ledger);
        let batch = self.feed.finish(from, &mut self.ledger);
        self.skipped += self.ledger.entries().len() as u64;
        self.ledger.clear();
        match batch? {
            Some(batch) => self.apply(partition, records, &batch),
            None => Ok(()),
        }
    }

    /// Puts the rows of a batch. The rows of those of `records` that could be read are in it, in order.
    fn apply(&mut self, partition: i32, records: &[Record<'_>], batch: &Batch) -> Result<(), EngineError> {
        self.keys.clear();
        let columns = batch.rows.columns().get(..self.key_columns).unwrap_or_default();
        self.key.encode(columns, batch.keyless.as_ref(), &mut self.keys)?;
        let mut records = records.iter();
        for (row, offset) in batch.origin.offsets.iter().enumerate() {
            let Some(record) = records.find(|record| record.offset == *offset) else { break };
            let Some(key) = self.keys.get(row) else {
                // A table has no row without a key.
                self.skipped += 1;
                continue;
            };
            let window = batch.windows.as_ref().and_then(|w| Some((*w.start.get(row)?, *w.end.get(row)?)));
            let value = record.value.filter(|_| !batch.is_absent(row));
            if let (Some(expiry), Some(time)) = (&mut self.expiry, batch.time.get(row)) {
                for key in expiry.come_to(partition, *time) {
                    let gone = Record { value: None, ..*record };
                    let gone = Change { partition, key: &key, window: None, record: &gone };
                    self.skipped += u64::from(self.rows.apply(&gone).is_err());
                }
                expiry.put(partition, key, *time, value.is_some());
            }
            let record = Record { value, ..*record };
            match self.rows.apply(&Change { partition, key, window, record: &record }) {
                Ok(()) => {}
                Err(StateError::Full { bytes }) => {
                    return Err(EngineError::Query(format!("the store is full: {bytes} bytes")));
                }
                Err(_) => self.skipped += 1,
            }
        }
        Ok(())
    }

    /// Shows others everything so far.
    pub(super) fn commit(&mut self) {
        self.rows.commit();
    }
}
