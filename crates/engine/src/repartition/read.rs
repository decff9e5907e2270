//! Reading rows that another sub-topology has sent here.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::SchemaRef;
use millstream_codec::{Headers, HeadersBuilder};
use millstream_functions::RowReader;

use super::{ABSENT, BEFORE, KEYLESS, NOW, TABLE, UNKNOWN, VERSION};
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
    /// What the records say of their rows.
    flags: Vec<u8>,
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
        self.pending.flags.push(flags);
        Ok(())
    }

    /// The batch of all rows read since the last call, `None` if there is none.
    ///
    /// # Errors
    /// A record is none that a sub-topology writes.
    pub fn finish(&mut self, from: InputPartition) -> Result<Option<Batch>, EngineError> {
        let Pending { times, offsets, flags, columns } = std::mem::take(&mut self.pending);
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
        let bits = |of: &dyn Fn(u8) -> bool| -> BooleanBuffer { flags.iter().map(|flags| of(*flags)).collect() };
        let some = |bits: BooleanBuffer| (bits.count_set_bits() > 0).then_some(bits);
        let has = |flag: u8| move |flags: u8| flags & flag != 0;
        let gone = some(bits(&|flags| flags & NOW == 0 || flags & ABSENT != 0));
        let change = if flags.iter().any(|flags| flags & TABLE != 0) {
            let known = !flags.iter().any(|flags| flags & UNKNOWN != 0);
            let before = known.then(|| Before { rows: rows_before, there: bits(&has(BEFORE)) });
            Change::Upsert { deleted: gone, before }
        } else {
            Change::Append { absent: gone }
        };
        let keyless = some(bits(&has(KEYLESS)));
        Ok(Some(Batch {
            rows,
            time: ScalarBuffer::from(times),
            change,
            keyless,
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
