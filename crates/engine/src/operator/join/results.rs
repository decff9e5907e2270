//! Pairs of rows become batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::kernels::zip::zip;
use arrow::compute::take;
use arrow::datatypes::DataType;
use millstream_functions::RowReader;
use millstream_plan::topology::{Join, JoinForm, PseudoColumn};
use millstream_types::arrow_type;

use super::Side;
use super::input::Input;
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;
use crate::operator::index;
use crate::windows::{Windows, split};

/// Pairs that wait no longer than that: a row may have any number of partners.
const PAIRS_MAX: usize = 8192;

/// The row of one side in a pair.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// The row at hand.
    Own,
    /// A row that was kept.
    Kept(Arc<[u8]>),
    /// A row that was kept, as [`Results::copy`] has copied it.
    Copied(Copied),
    /// There is none.
    Nothing,
}

impl Part {
    /// A row that was kept, if there is one.
    pub(super) fn kept(bytes: Option<&Arc<[u8]>>) -> Self {
        bytes.map_or(Self::Nothing, |bytes| Self::Kept(Arc::clone(bytes)))
    }
}

/// Where a copied row lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copied {
    start: usize,
    end: usize,
}

/// What two sides have: a row each, or none.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) left: Part,
    pub(super) right: Part,
}

impl Pair {
    /// The pair of a row of that side and one of the other.
    pub(super) fn of(side: Side, own: Part, other: Part) -> Self {
        match side {
            Side::Left => Self { left: own, right: other },
            Side::Right => Self { left: other, right: own },
        }
    }
}

/// A row of the result.
#[derive(Debug)]
pub(super) struct Joined {
    /// The row at hand, from which it follows.
    pub(super) row: usize,
    /// Its time.
    pub(super) time: i64,
    /// What it is made of.
    pub(super) pair: Pair,
    /// Its row in a table is gone.
    pub(super) deleted: bool,
    /// What its row in a table was, with its time.
    pub(super) before: Option<(Pair, i64)>,
    /// The key by which the rows are found, where it is not that of the row at hand.
    pub(super) key: Option<Arc<[u8]>>,
}

impl Joined {
    /// A row that the row at hand and these make.
    pub(super) fn new(row: usize, time: i64, pair: Pair) -> Self {
        Self { row, time, pair, deleted: false, before: None, key: None }
    }
}

/// The rows that leave a join.
pub(super) struct Results<'a> {
    node: &'a Join,
    /// The rows at hand, and their side.
    at: (Side, &'a Input<'a>),
    /// Those from which the waiting ones follow.
    of: (Side, &'a Input<'a>),
    waiting: Vec<Joined>,
    /// Rows at hand that are late, if there is a topic for those.
    late: Vec<Joined>,
    /// What is copied of kept rows, as long as rows wait.
    copies: Vec<u8>,
    out: &'a mut Vec<Batch>,
    /// Where late rows go.
    late_out: &'a mut Vec<Batch>,
}

impl<'a> Results<'a> {
    /// What follows from rows of that side; late rows go to the last one.
    pub(super) fn new(
        node: &'a Join,
        side: Side,
        input: &'a Input<'a>,
        out: &'a mut Vec<Batch>,
        late_out: &'a mut Vec<Batch>,
    ) -> Self {
        let (waiting, late, copies) = (Vec::new(), Vec::new(), Vec::new());
        Self { node, at: (side, input), of: (side, input), waiting, late, copies, out, late_out }
    }

    /// From here on rows follow from those.
    pub(super) fn turn_to(&mut self, side: Side, input: &'a Input<'a>) {
        self.at = (side, input);
    }

    /// Rows that follow from others than the waiting ones do leave after these.
    fn ready(&mut self) -> Result<(), EngineError> {
        if !std::ptr::eq(self.at.1, self.of.1) {
            self.flush()?;
            self.of = self.at;
        }
        Ok(())
    }

    /// Copies a row that was kept, for the row that is appended next.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> Result<Part, EngineError> {
        self.ready()?;
        let start = self.copies.len();
        self.copies.extend_from_slice(bytes);
        Ok(Part::Copied(Copied { start, end: self.copies.len() }))
    }

    /// Whether it is asked what rows of a table were.
    pub(super) fn tells_before(&self) -> bool {
        self.node.before
    }

    /// Appends a row.
    pub(super) fn push(&mut self, joined: Joined) -> Result<(), EngineError> {
        self.ready()?;
        self.waiting.push(joined);
        if self.waiting.len() >= PAIRS_MAX { self.flush() } else { Ok(()) }
    }

    /// A row at hand is late.
    pub(super) fn late(&mut self, row: usize, time: i64) -> Result<(), EngineError> {
        if self.node.late.is_none() {
            return Ok(());
        }
        self.ready()?;
        self.late.push(Joined::new(row, time, Pair::of(self.of.0, Part::Own, Part::Nothing)));
        Ok(())
    }

    /// Lets the rows go.
    pub(super) fn flush(&mut self) -> Result<(), EngineError> {
        if let Some(late) = self.node.late.as_ref().filter(|_| !self.late.is_empty()) {
            let rows = std::mem::take(&mut self.late);
            let mut batch = self.batch(&rows)?;
            batch.rows = batch.rows.project(&late.columns)?;
            self.late_out.push(batch);
        }
        if !self.waiting.is_empty() {
            let rows = std::mem::take(&mut self.waiting);
            let batch = self.batch(&rows)?;
            self.out.push(batch);
            self.copies.clear();
        }
        Ok(())
    }

    /// A batch of these rows.
    fn batch(&self, rows: &[Joined]) -> Result<Batch, EngineError> {
        let times: Vec<i64> = rows.iter().map(|r| r.time).collect();
        let numbers = rows.iter().map(|r| index(r.row)).collect::<Result<Vec<_>, _>>()?;
        let pairs: Vec<&Pair> = rows.iter().map(|r| &r.pair).collect();
        // What travels beside the columns is that of the rows at hand.
        let beside = Batch { change: Change::Append { absent: None }, keyless: None, ..self.of.1.batch.clone() };
        let windows = self.windows(rows)?;
        let numbers = UInt32Array::from(numbers);
        let mut batch = beside.take(&numbers, beside.rows.slice(0, 0))?;
        batch.windows = windows;
        batch.keyless = self.keyless(rows);
        batch.rows = self.rows(&pairs, &times, &numbers, &batch)?;
        batch.change = self.change(rows, &numbers, &batch)?;
        batch.time = times.into();
        Ok(batch)
    }

    fn change(&self, rows: &[Joined], numbers: &UInt32Array, batch: &Batch) -> Result<Change, EngineError> {
        if matches!(self.node.form, JoinForm::StreamStream | JoinForm::StreamTable) {
            return Ok(Change::Append { absent: None });
        }
        let deleted: BooleanBuffer = rows.iter().map(|r| r.deleted).collect();
        let deleted = (deleted.count_set_bits() > 0).then_some(deleted);
        let before = if self.node.before {
            let nothing = Pair { left: Part::Nothing, right: Part::Nothing };
            let pairs: Vec<&Pair> = rows.iter().map(|r| r.before.as_ref().map_or(&nothing, |(pair, _)| pair)).collect();
            let times: Vec<i64> = rows.iter().map(|r| r.before.as_ref().map_or(r.time, |(_, time)| *time)).collect();
            let there = rows.iter().map(|r| r.before.is_some()).collect();
            Some(Before { rows: self.rows(&pairs, &times, numbers, batch)?, there })
        } else {
            None
        };
        Ok(Change::Upsert { deleted, before })
    }

    /// The rows whose key is null.
    fn keyless(&self, rows: &[Joined]) -> Option<BooleanBuffer> {
        let pointing = matches!(self.node.form, JoinForm::ForeignKey | JoinForm::Pointed);
        let keyless: BooleanBuffer =
            rows.iter().map(|r| !pointing && r.key.is_none() && self.of.1.key(r.row).is_none()).collect();
        (keyless.count_set_bits() > 0).then_some(keyless)
    }

    /// The windows of the keys: those of the rows at hand, or of the keys of others.
    fn windows(&self, rows: &[Joined]) -> Result<Option<Windows>, EngineError> {
        let Some(windows) = &self.of.1.batch.windows else { return Ok(None) };
        let (mut starts, mut ends) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for joined in rows {
            let (start, end) = match (self.node.key_window, &joined.key) {
                (Some(window), Some(key)) => {
                    let (_, start, end) = split(window, key).map_err(EngineError::Query)?;
                    (start, end)
                }
                _ => {
                    let at = |bounds: &[i64]| bounds.get(joined.row).copied().unwrap_or_default();
                    (at(&windows.start), at(&windows.end))
                }
            };
            starts.push(start);
            ends.push(end);
        }
        Ok(Some(Windows { start: starts.into(), end: ends.into() }))
    }

    /// The columns of the result for these pairs; `batch` has what else is known of each.
    fn rows(
        &self,
        pairs: &[&Pair],
        times: &[i64],
        numbers: &UInt32Array,
        batch: &Batch,
    ) -> Result<RecordBatch, EngineError> {
        let left: Vec<&Part> = pairs.iter().map(|p| &p.left).collect();
        let right: Vec<&Part> = pairs.iter().map(|p| &p.right).collect();
        let mut left_columns = self.columns(Side::Left, &left, numbers)?;
        let mut right_columns = self.columns(Side::Right, &right, numbers)?;
        let mut columns = Vec::with_capacity(self.node.rows.fields().len());
        if self.node.shows_key {
            let keys = self.node.left_key.len();
            let there: BooleanArray = left.iter().map(|part| Some(!matches!(part, Part::Nothing))).collect();
            for (a, b) in left_columns.drain(..keys).zip(right_columns.drain(..keys)) {
                columns.push(if there.false_count() == 0 { a } else { zip(&there, &a, &b)? });
            }
        }
        columns.append(&mut left_columns);
        columns.append(&mut right_columns);
        for pseudo in &self.node.pseudo {
            columns.push(self.pseudo(*pseudo, times, batch));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(pairs.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.node.rows), columns, &options)?)
    }

    fn pseudo(&self, pseudo: PseudoColumn, times: &[i64], batch: &Batch) -> ArrayRef {
        let bounds = |start: bool| -> ArrayRef {
            let windows = batch.windows.as_ref();
            let column =
                windows.map(|w| Windows::column(if start { &w.start } else { &w.end }, batch.keyless.as_ref()));
            Arc::new(column.unwrap_or_else(|| Int64Array::new_null(times.len())))
        };
        match pseudo {
            PseudoColumn::RowTime => Arc::new(Int64Array::from(times.to_vec())),
            PseudoColumn::RowPartition => {
                Arc::new(Int32Array::from_value(batch.origin.partition.partition, times.len()))
            }
            PseudoColumn::RowOffset => Arc::new(Int64Array::new(batch.origin.offsets.clone(), None)),
            PseudoColumn::WindowStart => bounds(true),
            PseudoColumn::WindowEnd => bounds(false),
        }
    }

    /// The columns of one side: its key, if that is shown, and its rows. `numbers`: the row at hand of each.
    fn columns(&self, side: Side, parts: &[&Part], numbers: &UInt32Array) -> Result<Vec<ArrayRef>, EngineError> {
        let kept = |part: &&Part| matches!(part, Part::Kept(_) | Part::Copied(_));
        if side == self.of.0 && !parts.iter().any(kept) {
            let there = parts.iter().map(|part| matches!(part, Part::Own)).collect();
            let numbers = UInt32Array::new(numbers.values().clone(), Some(NullBuffer::new(there)));
            return self.of.1.columns().iter().map(|column| Ok(take(column, &numbers, None)?)).collect();
        }
        let schema = if side == Side::Left { &self.node.left_rows } else { &self.node.right_rows };
        let keys = if self.node.shows_key { self.node.key.columns.as_slice() } else { &[] };
        let types: Vec<DataType> = keys.iter().map(|column| arrow_type(&column.ty)).collect();
        let types = types.iter().chain(schema.fields().iter().map(|f| f.data_type()));
        let failed = |e: millstream_functions::Error| EngineError::Query(e.to_string());
        let mut reader = RowReader::of(types).map_err(failed)?;
        let mut bytes = Vec::new();
        for (part, number) in parts.iter().zip(numbers.values()) {
            match part {
                Part::Kept(row) => reader.push(row),
                Part::Copied(Copied { start, end }) => reader.push(self.copies.get(*start..*end).unwrap_or_default()),
                Part::Nothing => reader.push_nulls(),
                Part::Own => {
                    bytes.clear();
                    self.of.1.put(*number as usize, &mut bytes);
                    reader.push(&bytes)
                }
            }
            .map_err(failed)?;
        }
        reader.finish().map_err(failed)
    }
}
