//! The thread of one push query: topic → steps → text → channel.

use std::time::Duration;

use arrow::array::RecordBatch;
use bytes::Bytes;
use millstream_engine::batch::Change;
use millstream_engine::link::{InputPartition, Record};
use millstream_engine::push::PushQuery;
use millstream_types::Column;

use super::inputs::Inputs;
use super::outlet::{Chunk, Gone, Outlet};
use super::{End, RowWriter};

/// Records taken from the topic at once.
const RECORDS_MAX: usize = 500;
/// Longest wait for records; it bounds how fast a vanished client is noticed.
const WAIT: Duration = Duration::from_millis(100);
/// Text collected before it is handed on.
const CHUNK_BYTES: usize = 64 * 1024;
/// Records of all partitions of a topic.
pub(crate) trait TopicReader: Send {
    /// Lends up to `max` records of one or more partitions, in offset order each; waits at most `wait` for the first.
    fn fetch(&mut self, max: usize, wait: Duration, each: &mut dyn FnMut(i32, &[Record<'_>])) -> Result<(), String>;
    /// Whether everything that was there when reading began has been lent.
    fn finished(&self) -> bool;
    /// Whether something that was there when reading began is still to come, so that other topics wait for it.
    fn is_behind(&self) -> bool {
        false
    }
}

/// One stage of a query: its topics, and the steps of their records.
pub(crate) struct Branch {
    /// The steps.
    pub(crate) query: PushQuery,
    /// The topics.
    pub(crate) inputs: Inputs,
}

/// Gives rows batch by batch until it is told that no more are wanted (`false`), or it fails.
pub(crate) type Known = Box<dyn FnOnce(&mut dyn FnMut(&RecordBatch) -> bool) -> Result<(), String> + Send>;

/// A query and where its rows go.
pub(crate) struct Job {
    /// Rows that are known without reading any topic; they come first.
    pub(crate) known: Option<Known>,
    /// The topics and what becomes of their records.
    pub(crate) branches: Vec<Branch>,
    /// The columns announced.
    pub(crate) columns: Vec<Column>,
    /// How rows are written.
    pub(crate) writer: RowWriter,
    /// Rows still to come, if limited.
    pub(crate) limit: Option<u64>,
    /// Ends at the end of the topics.
    pub(crate) bounded: bool,
    /// Passes over records without a key, as ksqlDB's queries do that listen to another query.
    pub(crate) keyed_only: bool,
    /// It looks up rows by their keys, and is done in no time.
    pub(crate) is_lookup: bool,
    /// What makes its rows recurses over the statement: its thread needs more stack than others.
    pub(crate) deep: bool,
    /// To the client.
    pub(crate) outlet: Outlet,
}

impl Job {
    /// Runs until the query ends or its client is gone.
    pub(crate) fn run(self) {
        let Self { known, mut branches, columns, writer, limit, bounded, keyed_only, outlet, .. } = self;
        let mut rows = Rows { writer, buffer: Vec::new(), left: limit, keyed_only, outlet };
        rows.writer.header(rows.outlet.id(), &columns, &mut rows.buffer);
        let ended = rows.flush().and_then(|()| match known.map(|known| rows.known(known)) {
            Some(Ok(Some(end))) => Ok(end),
            Some(Err(Gone)) => Err(Gone),
            Some(Ok(None)) | None => rows.pump(&mut branches, bounded),
        });
        match ended {
            Ok(end) => {
                if let End::Failed(cause) = &end {
                    tracing::warn!(query = rows.outlet.id(), cause, "push query has failed");
                }
                rows.writer.end(&end, &mut rows.buffer);
                if rows.flush().is_ok() {
                    // Nobody waits for the mark when this fails.
                    let _ = rows.outlet.send(Chunk::End);
                }
                let errors: u64 = branches.iter().map(|b| b.query.errors()).sum();
                if errors > 0 {
                    tracing::info!(query = rows.outlet.id(), errors, "records or rows were skipped");
                }
            }
            Err(Gone) => tracing::debug!(query = rows.outlet.id(), "the client of a push query is gone"),
        }
    }
}

/// What a row is to a client.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Nothing.
    Nothing,
    /// The end of a row of a table.
    Deleted,
    /// A row.
    Row,
}

/// Rows on their way out.
struct Rows {
    writer: RowWriter,
    buffer: Vec<u8>,
    left: Option<u64>,
    keyed_only: bool,
    outlet: Outlet,
}

impl Rows {
    /// Writes rows that come from no topic; how the query ends, if it does.
    fn known(&mut self, known: Known) -> Result<Option<End>, Gone> {
        if self.left == Some(0) {
            return Ok(Some(End::Limit));
        }
        let mut outcome: Result<Option<End>, Gone> = Ok(None);
        let given = known(&mut |rows| {
            outcome = match (self.outlet.is_cancelled(), self.outlet.is_gone()) {
                (true, _) => Ok(Some(End::Closed)),
                (_, true) => Err(Gone),
                _ => self.write(rows, |_| Kind::Row),
            };
            if matches!(outcome, Ok(None)) && self.left == Some(0) {
                outcome = Ok(Some(End::Limit));
            }
            matches!(outcome, Ok(None))
        });
        match (outcome?, given) {
            (Some(end), _) => Ok(Some(end)),
            (None, Err(cause)) => Ok(Some(End::Failed(cause))),
            (None, Ok(())) => Ok(None),
        }
    }

    fn pump(&mut self, branches: &mut [Branch], bounded: bool) -> Result<End, Gone> {
        // Several topics are waited for one after the other.
        let topics: usize = branches.iter().map(|branch| branch.inputs.len()).sum();
        let wait = WAIT / u32::try_from(topics).unwrap_or(u32::MAX).max(1);
        loop {
            if self.left == Some(0) {
                return Ok(End::Limit);
            }
            if self.outlet.is_cancelled() {
                return Ok(End::Closed);
            }
            if self.outlet.is_gone() {
                return Err(Gone);
            }
            // Before fetching: what ended here has been lent by an earlier call.
            if bounded && branches.iter().all(|b| b.inputs.finished()) {
                return self.finish(branches);
            }
            for branch in branches.iter_mut() {
                if let Some(end) = self.fetch(branch, wait)? {
                    return Ok(end);
                }
            }
            self.flush()?;
        }
    }

    /// Writes what follows from all records having been seen.
    fn finish(&mut self, branches: &mut [Branch]) -> Result<End, Gone> {
        for branch in branches {
            match branch.query.finish() {
                Ok(batches) => {
                    for batch in &batches {
                        if let Some(end) = self.write(&batch.rows, |_| Kind::Row)? {
                            return Ok(end);
                        }
                    }
                }
                Err(e) => return Ok(End::Failed(e.to_string())),
            }
        }
        Ok(if self.left == Some(0) { End::Limit } else { End::Complete })
    }

    /// Writes the rows of what is here of one stage's topics; how the query ends, if it does.
    fn fetch(&mut self, Branch { query, inputs }: &mut Branch, wait: Duration) -> Result<Option<End>, Gone> {
        let mut outcome: Result<Option<End>, Gone> = Ok(None);
        let fetched = inputs.fetch(RECORDS_MAX, wait, &mut |from, records| {
            if matches!(outcome, Ok(None)) {
                outcome = self.records(query, from, records);
            }
        });
        match (outcome?, fetched) {
            (Some(end), _) => Ok(Some(end)),
            (None, Err(cause)) => Ok(Some(End::Failed(cause))),
            (None, Ok(())) => Ok(None),
        }
    }

    fn records(
        &mut self,
        query: &mut PushQuery,
        from: InputPartition,
        records: &[Record<'_>],
    ) -> Result<Option<End>, Gone> {
        match query.rows(from, records) {
            Ok(batches) => {
                for batch in &batches {
                    // A query that follows another one passes over records without a key.
                    let keyed_only = self.keyed_only;
                    let keyless = |row| batch.keyless.as_ref().is_some_and(|bits| row < bits.len() && bits.value(row));
                    let table = matches!(batch.change, Change::Upsert { .. });
                    let kind = |row| match batch.is_absent(row) {
                        _ if keyed_only && keyless(row) => Kind::Nothing,
                        true if table => Kind::Deleted,
                        // A record without a value is no row to a client.
                        true => Kind::Nothing,
                        false => Kind::Row,
                    };
                    if let Some(end) = self.write(&batch.rows, kind)? {
                        return Ok(Some(end));
                    }
                }
                Ok(None)
            }
            Err(e) => Ok(Some(End::Failed(e.to_string()))),
        }
    }

    /// Writes rows, each as what it is.
    fn write(&mut self, rows: &RecordBatch, kind: impl Fn(usize) -> Kind) -> Result<Option<End>, Gone> {
        if !self.writer.fits(rows) {
            return Ok(Some(End::Failed("The query's rows are not of the announced columns.".into())));
        }
        for row in 0..rows.num_rows() {
            if self.left == Some(0) {
                return Ok(Some(End::Limit));
            }
            let told = match kind(row) {
                Kind::Nothing => false,
                Kind::Deleted => self.writer.tombstone(rows, row, &mut self.buffer),
                Kind::Row => {
                    self.writer.row(rows, row, &mut self.buffer);
                    true
                }
            };
            if !told {
                continue;
            }
            self.left = self.left.map(|n| n.saturating_sub(1));
            if self.buffer.len() >= CHUNK_BYTES {
                self.flush()?;
            }
        }
        Ok(None)
    }

    fn flush(&mut self) -> Result<(), Gone> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let text = Bytes::from(std::mem::take(&mut self.buffer));
        self.outlet.send(Chunk::Text(text))
    }
}

#[cfg(test)]
mod tests;
