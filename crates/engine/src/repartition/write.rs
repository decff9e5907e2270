//! Writing rows to the partitions where they belong.

use millstream_codec::{Encoder, Payloads, encoder};
use millstream_functions::RowWriter;
use millstream_plan::topology::{Identity, Projection, Repartition, RowKey};
use millstream_types::partition_for_key;

use super::{ABSENT, BEFORE, KEYLESS, NOW, TABLE, UNKNOWN, VERSION};
use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::link::{Link, Outgoing, Output};
use crate::operator::{GroupedRows, identities};
use crate::sink::headers;

/// Writes batches to a repartition topic.
pub struct RowSink {
    output: Output,
    way: Way,
    /// Of the batch at hand: the bytes of all values, and each record with where its value ends.
    bytes: Vec<u8>,
    records: Vec<(Source, usize)>,
}

/// Where rows go.
enum Way {
    Grouped { group: Vec<Projection>, key: Box<dyn Encoder> },
    Joined { by: Vec<Projection>, key: Box<dyn Encoder> },
    Identified { identity: Identity, key: Box<dyn Encoder> },
    Gathered,
}

/// Where a record's key stands.
#[derive(Debug, Clone, Copy)]
struct Source {
    row: usize,
    /// The key is that of the row as it was.
    was: bool,
}

/// The keys of the rows of a batch.
#[derive(Default)]
struct RowKeys {
    now: Option<GroupedRows>,
    was: Option<GroupedRows>,
    /// What identifies them, where they go by that.
    identities: Payloads,
}

impl RowKeys {
    fn of(&self, source: Source) -> Option<&[u8]> {
        let grouped = if source.was { &self.was } else { &self.now };
        match grouped {
            Some(rows) => rows.key(source.row),
            None => self.identities.get(source.row),
        }
    }
}

impl RowSink {
    /// A sink that writes to `output` what `node` says. Error: the key cannot be encoded.
    pub fn new(node: &Repartition, output: Output) -> Result<Self, EngineError> {
        let encoded = |key: &RowKey| encoder(key.format, &key.columns);
        let way = match node {
            Repartition::Grouped { group, key } => Way::Grouped { group: group.clone(), key: encoded(key)? },
            Repartition::Joined { by, key } => Way::Joined { by: by.clone(), key: encoded(key)? },
            Repartition::Identified(identity) => {
                Way::Identified { identity: identity.clone(), key: encoded(&identity.key)? }
            }
            Repartition::Gathered => Way::Gathered,
        };
        Ok(Self { output, way, bytes: Vec::new(), records: Vec::new() })
    }

    /// Hands the rows of a batch to the producer; returns the number of records. Rows that are grouped and have no group go
    /// to the ledger.
    pub fn write(&mut self, batch: &Batch, link: &mut dyn Link, ledger: &mut Ledger) -> Result<usize, EngineError> {
        self.bytes.clear();
        self.records.clear();
        let mut keys = RowKeys::default();
        match &mut self.way {
            Way::Grouped { group, key } => {
                keys.now = Some(GroupedRows::added(group, batch, key.as_mut(), ledger)?);
                keys.was = match &batch.change {
                    Change::Upsert { before: Some(before), .. } => {
                        Some(GroupedRows::taken_back(group, before, key.as_mut())?)
                    }
                    Change::Upsert { before: None, .. } => {
                        return Err(EngineError::Query("rows of a table are grouped without what they were".into()));
                    }
                    Change::Append { .. } => None,
                };
                self.encode_grouped(batch, &keys)?;
            }
            Way::Joined { by, key } => {
                keys.now = Some(GroupedRows::silently(by, batch, key.as_mut())?);
                self.encode_whole(batch)?;
            }
            Way::Identified { identity, key } => {
                keys.identities = identities(identity, key.as_mut(), batch)?;
                self.encode_whole(batch)?;
            }
            Way::Gathered => self.encode_whole(batch)?,
        }
        self.produce(batch, &keys, link)
    }

    fn produce(&mut self, batch: &Batch, keys: &RowKeys, link: &mut dyn Link) -> Result<usize, EngineError> {
        let limit = link.max_record_bytes(self.output);
        let (all_headers, ranges) = headers(batch);
        let partitions = link.partitions(self.output).max(1);
        let gathered = matches!(self.way, Way::Gathered);
        let mut start = 0;
        let mut outgoing = Vec::with_capacity(self.records.len());
        for &(source, end) in &self.records {
            let value = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            let key = keys.of(source);
            if key.map_or(0, <[u8]>::len).saturating_add(value.len()) > limit {
                return Err(EngineError::Query(format!(
                    "a row of {} bytes is larger than the repartition topic takes ({limit})",
                    value.len()
                )));
            }
            let row = source.row;
            outgoing.push(Outgoing {
                partition: match key {
                    _ if gathered => 0,
                    Some(key) => partition_for_key(key, partitions),
                    None => batch.origin.partition.partition % partitions,
                },
                timestamp: batch.time.get(row).copied().unwrap_or_default(),
                key,
                value: Some(value),
                headers: ranges.get(row).and_then(|range| all_headers.get(range.clone())).unwrap_or_default(),
            });
        }
        let written = outgoing.len();
        link.produce(self.output, &mut outgoing.into_iter())?;
        Ok(written)
    }

    /// Makes the records of rows that are grouped. A change within a group is one record; one from a group to another is
    /// two, the loss first.
    fn encode_grouped(&mut self, batch: &Batch, keys: &RowKeys) -> Result<(), EngineError> {
        let Some(now) = &keys.now else { return Ok(()) };
        let columns = [batch.rows.columns(), now.groups.as_slice()].concat();
        let rows = RowWriter::of(&columns).map_err(fault)?;
        let before = match (&batch.change, &keys.was) {
            (Change::Upsert { before: Some(before), .. }, Some(was)) => {
                Some([before.rows.columns(), was.groups.as_slice()].concat())
            }
            _ => None,
        };
        let rows_before = before.as_deref().map(RowWriter::of).transpose().map_err(fault)?;
        let table = if keys.was.is_some() { TABLE } else { 0 };
        for row in 0..batch.len() {
            let (old, new) = (keys.was.as_ref().and_then(|was| was.key(row)), now.key(row));
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
            put_sized(&rows, row, &mut self.bytes)?;
            if let Some(rows_before) = rows_before.as_ref().filter(|_| within) {
                rows_before.put(row, &mut self.bytes);
            }
            self.records.push((Source { row, was: false }, self.bytes.len()));
        }
        Ok(())
    }

    /// Makes a record of each row, with everything that it is.
    fn encode_whole(&mut self, batch: &Batch) -> Result<(), EngineError> {
        let rows = RowWriter::of(batch.rows.columns()).map_err(fault)?;
        let (table, before) = match &batch.change {
            Change::Append { .. } => (0, None),
            Change::Upsert { before: None, .. } => (TABLE | UNKNOWN, None),
            Change::Upsert { before: Some(before), .. } => {
                (TABLE, Some((RowWriter::of(before.rows.columns()).map_err(fault)?, &before.there)))
            }
        };
        for row in 0..batch.len() {
            let before = before.as_ref().filter(|(_, there)| there.value(row)).map(|(rows, _)| rows);
            let keyless = batch.keyless.as_ref().is_some_and(|bits| bits.value(row));
            let flags =
                [(true, NOW | table), (before.is_some(), BEFORE), (batch.is_absent(row), ABSENT), (keyless, KEYLESS)];
            let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag);
            self.bytes.extend_from_slice(&[VERSION, flags]);
            put_sized(&rows, row, &mut self.bytes)?;
            if let Some(before) = before {
                before.put(row, &mut self.bytes);
            }
            self.records.push((Source { row, was: false }, self.bytes.len()));
        }
        Ok(())
    }
}

/// Appends the length of a row, and the row.
fn put_sized(rows: &RowWriter<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), EngineError> {
    let length = out.len();
    out.extend_from_slice(&[0; 4]);
    rows.put(row, out);
    let bytes = u32::try_from(out.len() - length - 4);
    let bytes = bytes.map_err(|_| EngineError::Query("a row is too large to move".into()))?;
    if let Some(place) = out.get_mut(length..length + 4) {
        place.copy_from_slice(&bytes.to_be_bytes());
    }
    Ok(())
}

fn fault(error: millstream_functions::Error) -> EngineError {
    EngineError::Query(error.to_string())
}
