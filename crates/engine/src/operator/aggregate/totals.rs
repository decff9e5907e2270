//! Groups of rows that end: every row is counted, and each group leaves once, when all rows have been seen.
//!
//! For queries over what is there now. A row is what it is: none takes the place of another, and nothing is kept over the
//! end of the query. Without GROUP BY all rows are one group, which is there without any row, too.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, UInt32Array, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{concat, take};
use millstream_codec::{Encoder, encoder};
use millstream_functions::{Arg, Rows, Side};
use millstream_plan::topology::{Aggregate, PseudoColumn};
use millstream_types::arrow_type;

use super::input::Input;
use super::states::States;
use crate::batch::{Batch, Change, Origin};
use crate::error::EngineError;
use crate::link::InputPartition;
use crate::operator::{Context, Operator, index};

/// Groups that leave in one batch.
const RESULTS: usize = 4096;

/// Aggregates rows up to their end.
pub struct Totals {
    node: Aggregate,
    key: Box<dyn Encoder>,
    slots: HashMap<Box<[u8]>, u32>,
    /// The latest time of the rows of each slot, ms.
    times: Vec<i64>,
    /// What the groups are grouped by, in runs of slots: one array a column.
    groups: Vec<Vec<ArrayRef>>,
    states: States,
    /// The groups have left.
    left: bool,
}

impl Totals {
    /// No groups yet. Error: their keys cannot be encoded, or a call has no state.
    pub fn new(node: &Aggregate) -> Result<Self, EngineError> {
        let mut totals = Self {
            key: encoder(node.key.format, &node.key.columns)?,
            slots: HashMap::new(),
            times: Vec::new(),
            groups: Vec::new(),
            states: States::new(&node.calls)?,
            node: node.clone(),
            left: false,
        };
        if node.group.is_empty() {
            totals.slot(&[], -1)?;
        }
        Ok(totals)
    }

    /// The slot of a group, and whether it is new.
    fn slot(&mut self, key: &[u8], time: i64) -> Result<(u32, bool), EngineError> {
        if let Some(slot) = self.slots.get(key) {
            if let Some(latest) = self.times.get_mut(*slot as usize) {
                *latest = time.max(*latest);
            }
            return Ok((*slot, false));
        }
        let slot = self.states.take_slot()?;
        self.slots.insert(key.into(), slot);
        self.times.push(time);
        Ok((slot, true))
    }

    /// The results of some slots.
    fn results(&self, slots: &[u32], groups: &[ArrayRef]) -> Result<Batch, EngineError> {
        let first = slots.first().map_or(0, |slot| *slot as usize);
        let times = self.times.get(first..first + slots.len()).unwrap_or_default().to_vec();
        let mut columns: Vec<ArrayRef> = groups.iter().map(|column| column.slice(first, slots.len())).collect();
        columns.extend(self.states.results(slots)?);
        for pseudo in &self.node.pseudo {
            columns.push(match pseudo {
                PseudoColumn::RowTime => Arc::new(Int64Array::from(times.clone())),
                // Groups have no place in a topic, and no windows.
                other => new_null_array(&arrow_type(&other.ty()), slots.len()),
            });
        }
        let offsets = vec![0; slots.len()].into();
        Ok(Batch {
            rows: RecordBatch::try_new(Arc::clone(&self.node.rows), columns)?,
            time: times.into(),
            change: Change::Append { absent: None },
            keyless: None,
            windows: None,
            headers: None,
            origin: Origin { partition: InputPartition { input: 0, partition: 0 }, offsets },
        })
    }
}

impl Operator for Totals {
    fn push(&mut self, batch: Batch, cx: &mut Context<'_>, _out: &mut Vec<Batch>) -> Result<(), EngineError> {
        let input = Input::added(&self.node, &batch, self.key.as_mut(), cx.ledger)?;
        let (mut rows, mut slots, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..batch.len() {
            let Some(key) = input.key(row) else { continue };
            let (slot, is_new) = self.slot(key, batch.time.get(row).copied().unwrap_or_default())?;
            if is_new {
                new.push(index(row)?);
            }
            rows.push(index(row)?);
            slots.push(slot);
        }
        if !new.is_empty() {
            let new = UInt32Array::from(new);
            let columns = input.groups().iter().map(|column| take(column, &new, None));
            self.groups.push(columns.collect::<Result<_, _>>()?);
        }
        let all = rows.len() == batch.len();
        let rows = UInt32Array::from(rows);
        for (call, (args, seen)) in input.args.iter().zip(&input.seen).enumerate() {
            let arg = |column: &ArrayRef| -> Result<Arg, EngineError> {
                Ok(Arg::column(if all { Arc::clone(column) } else { take(column, &rows, None)? }))
            };
            let args = args.iter().map(arg).collect::<Result<Vec<Arg>, EngineError>>()?;
            let seen: Option<BooleanBuffer> =
                seen.as_ref().map(|seen| rows.values().iter().map(|row| seen.value(*row as usize)).collect());
            let add = Some(Side { args: &args, rows: seen.as_ref() });
            self.states.apply(call, &Rows { slots: &slots, undo: None, add }, false)?;
        }
        Ok(())
    }

    fn epoch(&mut self, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        if std::mem::replace(&mut self.left, true) {
            return Ok(());
        }
        let runs = std::mem::take(&mut self.groups);
        let mut groups = Vec::with_capacity(self.node.group.len());
        if !runs.is_empty() {
            for column in 0..self.node.group.len() {
                let parts: Vec<&dyn Array> = runs.iter().filter_map(|run| Some(run.get(column)?.as_ref())).collect();
                groups.push(concat(&parts)?);
            }
        }
        let slots: Vec<u32> = (0..u32::try_from(self.times.len()).unwrap_or(u32::MAX)).collect();
        for slots in slots.chunks(RESULTS) {
            out.push(self.results(slots, &groups)?);
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.times.len()
    }
}
