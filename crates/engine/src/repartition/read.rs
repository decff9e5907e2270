//! Reading rows that another sub-topology has sent here.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::SchemaRef;
use millstream_codec::{Headers, HeadersBuilder};
use millstream_functions::RowReader;

use super::{BEFORE, NOW, TABLE, VERSION};
use crate::batch::{Batch, Before, Change, Origin};
use crate::error::EngineError;
use crate::link::{InputPartition, Record};

/// Reads the records of a repartition topic.
pub struct RowFeed {
    rows: SchemaRef,
    pending: Pending,
    headers: HeadersBuilder,
    /// Why a record could not be read; the topic is damaged, or a newer program's.
    fault: Option<String>,
}

/// Of the records read so far in this call.
#[derive(Default)]
struct Pending {
    times: Vec<i64>,
    offsets: Vec<i64>,
    /// There is a row as it is now.
    now: Vec<bool>,
    /// There is a row as it was.
    before: Vec<bool>,
    /// Rows are those of a table.
    table: bool,
    columns: Option<(RowReader, RowReader)>,
}

impl RowFeed {
    /// A feed of rows of these columns.
    pub fn new(rows: &SchemaRef) -> Self {
        let rows = SchemaRef::clone(rows);
        Self { rows, pending: Pending::default(), headers: HeadersBuilder::default(), fault: None }
    }

    /// Appends records of one partition, in offset order.
    pub fn push(&mut self, records: &[Record<'_>]) {
        for record in records {
            if self.fault.is_some() {
                return;
            }
            let read = self.push_row(record.value.unwrap_or_default());
            let read = read.and_then(|()| self.headers.push(record.headers).map_err(|e| e.0));
            match read {
                Ok(()) => {
                    self.pending.times.push(record.timestamp);
                    self.pending.offsets.push(record.offset);
                }
                Err(reason) => self.fault = Some(format!("offset {}: {reason}", record.offset)),
            }
        }
    }

    fn push_row(&mut self, value: &[u8]) -> Result<(), String> {
        let &[version, flags, ref rest @ ..] = value else { return Err("the record is too short".into()) };
        if version != VERSION {
            return Err(format!("version {version} is not known here"));
        }
        let types = || self.rows.fields().iter().map(|f| f.data_type());
        let text = |e: millstream_functions::Error| e.to_string();
        if self.pending.columns.is_none() {
            self.pending.columns = Some((RowReader::of(types()).map_err(text)?, RowReader::of(types()).map_err(text)?));
        }
        let Some((now, before)) = &mut self.pending.columns else { return Ok(()) };
        let mut rest = rest;
        if flags & NOW == 0 {
            now.push_nulls().map_err(text)?;
        } else {
            let (length, tail) = rest.split_first_chunk::<4>().ok_or("the record is too short")?;
            let row = tail.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or("the record is too short")?;
            now.push(row.0).map_err(text)?;
            rest = row.1;
        }
        if flags & BEFORE == 0 {
            before.push_nulls().map_err(text)?;
        } else {
            before.push(rest).map_err(text)?;
        }
        self.pending.now.push(flags & NOW != 0);
        self.pending.before.push(flags & BEFORE != 0);
        self.pending.table |= flags & TABLE != 0;
        Ok(())
    }

    /// The batch of all rows read since the last call, `None` if there is none.
    ///
    /// # Errors
    /// A record is none that a sub-topology writes.
    pub fn finish(&mut self, from: InputPartition) -> Result<Option<Batch>, EngineError> {
        let Pending { times, offsets, now, before, table, columns } = std::mem::take(&mut self.pending);
        let headers: Option<Headers> = self.headers.finish();
        if let Some(fault) = self.fault.take() {
            let partition = from.partition;
            return Err(EngineError::Query(format!(
                "partition {partition} of a repartition topic is damaged: {fault}"
            )));
        }
        let Some((current, earlier)) = columns.filter(|_| !times.is_empty()) else { return Ok(None) };
        let record = |reader: RowReader| -> Result<RecordBatch, EngineError> {
            let columns = reader.finish().map_err(|e| EngineError::Query(e.to_string()))?;
            let options = RecordBatchOptions::new().with_row_count(Some(times.len()));
            Ok(RecordBatch::try_new_with_options(SchemaRef::clone(&self.rows), columns, &options)?)
        };
        let (rows, rows_before) = (record(current)?, record(earlier)?);
        let change = if table {
            let deleted = now.contains(&false).then(|| now.iter().map(|now| !now).collect());
            Change::Upsert { deleted, before: Some(Before { rows: rows_before, there: BooleanBuffer::from(before) }) }
        } else {
            Change::Append { absent: None }
        };
        Ok(Some(Batch {
            rows,
            time: ScalarBuffer::from(times),
            change,
            keyless: None,
            windows: None,
            headers,
            origin: Origin { partition: from, offsets: ScalarBuffer::from(offsets) },
        }))
    }

    /// Forgets what was read since the last `finish`.
    pub fn clear(&mut self) {
        self.pending = Pending::default();
        self.headers.truncate(0);
        self.fault = None;
    }
}
