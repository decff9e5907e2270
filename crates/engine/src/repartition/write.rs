//! Writing rows to the partitions of their groups.

use millstream_codec::{Encoder, encoder};
use millstream_functions::RowWriter;
use millstream_plan::topology::Repartition;
use millstream_types::partition_for_key;

use super::{BEFORE, NOW, TABLE, VERSION};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::link::{Link, Outgoing, Output};
use crate::operator::GroupedRows;
use crate::sink::headers;

/// Writes batches to a repartition topic.
pub struct RowSink {
    output: Output,
    node: Repartition,
    key: Box<dyn Encoder>,
    /// Of the batch at hand: the bytes of all values, and each record with where its value ends.
    bytes: Vec<u8>,
    records: Vec<(Source, usize)>,
}

/// Where a record's key stands.
#[derive(Debug, Clone, Copy)]
struct Source {
    row: usize,
    /// The key is that of the row as it was.
    was: bool,
}

impl RowSink {
    /// A sink that writes to `output` what `node` says. Error: the key cannot be encoded.
    pub fn new(node: &Repartition, output: Output) -> Result<Self, EngineError> {
        let key = encoder(node.key.format, &node.key.columns)?;
        Ok(Self { output, node: node.clone(), key, bytes: Vec::new(), records: Vec::new() })
    }

    /// Hands the rows of a batch to the producer; returns the number of records. Rows without a group go to the ledger.
    pub fn write(&mut self, batch: &Batch, link: &mut dyn Link, ledger: &mut Ledger) -> Result<usize, EngineError> {
        let now = GroupedRows::added(&self.node.group, batch, self.key.as_mut(), ledger)?;
        let was = match &batch.change {
            Change::Upsert { before: Some(before), .. } => {
                Some(GroupedRows::taken_back(&self.node.group, before, self.key.as_mut())?)
            }
            Change::Upsert { before: None, .. } => {
                return Err(EngineError::Query("rows of a table are grouped without what they were".into()));
            }
            Change::Append { .. } => None,
        };
        self.encode(batch, &now, was.as_ref())?;
        let limit = link.max_record_bytes(self.output);
        let (all_headers, ranges) = headers(batch);
        let partitions = link.partitions(self.output).max(1);
        let mut start = 0;
        let mut outgoing = Vec::with_capacity(self.records.len());
        for &(Source { row, was: old }, end) in &self.records {
            let value = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            let key = if old { was.as_ref().and_then(|was| was.key(row)) } else { now.key(row) }.unwrap_or_default();
            if key.len().saturating_add(value.len()) > limit {
                return Err(EngineError::Query(format!(
                    "a row of {} bytes is larger than the repartition topic takes ({limit})",
                    value.len()
                )));
            }
            outgoing.push(Outgoing {
                partition: partition_for_key(key, partitions),
                timestamp: batch.time.get(row).copied().unwrap_or_default(),
                key: Some(key),
                value: Some(value),
                headers: ranges.get(row).and_then(|range| all_headers.get(range.clone())).unwrap_or_default(),
            });
        }
        let written = outgoing.len();
        link.produce(self.output, &mut outgoing.into_iter())?;
        Ok(written)
    }

    /// Makes the records of a batch. A change within a group is one record; one from a group to another is two, the loss
    /// first.
    fn encode(&mut self, batch: &Batch, now: &GroupedRows, was: Option<&GroupedRows>) -> Result<(), EngineError> {
        self.bytes.clear();
        self.records.clear();
        let columns = [batch.rows.columns(), now.groups.as_slice()].concat();
        let rows = RowWriter::of(&columns).map_err(fault)?;
        let before = match (&batch.change, was) {
            (Change::Upsert { before: Some(before), .. }, Some(was)) => {
                Some([before.rows.columns(), was.groups.as_slice()].concat())
            }
            _ => None,
        };
        let rows_before = before.as_deref().map(RowWriter::of).transpose().map_err(fault)?;
        let table = if was.is_some() { TABLE } else { 0 };
        for row in 0..batch.len() {
            let (old, new) = (was.and_then(|was| was.key(row)), now.key(row));
            if let (Some(old), Some(rows_before)) = (old, &rows_before)
                && new != Some(old)
            {
                self.bytes.extend_from_slice(&[VERSION, table | BEFORE]);
                rows_before.put(row, &mut self.bytes);
                self.records.push((Source { row, was: true }, self.bytes.len()));
            }
            let Some(new) = new else { continue };
            let within = old.is_some_and(|old| old == new);
            self.bytes.extend_from_slice(&[VERSION, table | NOW | if within { BEFORE } else { 0 }]);
            let length = self.bytes.len();
            self.bytes.extend_from_slice(&[0; 4]);
            rows.put(row, &mut self.bytes);
            let bytes = u32::try_from(self.bytes.len() - length - 4)
                .map_err(|_| EngineError::Query("a row is too large to move".into()))?;
            if let Some(place) = self.bytes.get_mut(length..length + 4) {
                place.copy_from_slice(&bytes.to_be_bytes());
            }
            if let Some(rows_before) = rows_before.as_ref().filter(|_| within) {
                rows_before.put(row, &mut self.bytes);
            }
            self.records.push((Source { row, was: false }, self.bytes.len()));
        }
        Ok(())
    }
}

fn fault(error: millstream_functions::Error) -> EngineError {
    EngineError::Query(error.to_string())
}
