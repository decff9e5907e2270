//! One batch on its way through an aggregation: which states it changes in which order, and the results that leave.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{concat, interleave, take};
use millstream_functions::{Arg, Rows, Side};
use millstream_plan::topology::Aggregate;

use super::entry::{Closed, Entry, are_all, rows_of};
use super::input::Input;
use super::merged::Merged;
use super::results::{Results, spread};
use super::states::States;
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::operator::index;

/// The rows of a batch as an aggregation sees them.
pub(super) struct Inputs {
    /// The rows.
    pub(super) added: Input,
    /// What they were, where they are those of a table.
    pub(super) taken_back: Option<Input>,
}

/// What a batch does to an aggregation.
pub(super) struct Pass<'a> {
    node: &'a Aggregate,
    /// The rows behind the results: their headers and origins.
    batch: Batch,
    inputs: &'a Inputs,
    pub(super) states: &'a mut States,
    /// Where results wait for the end of the epoch, if they do.
    merged: Option<&'a mut Merged>,
    ledger: &'a mut Ledger,
    out: &'a mut Vec<Batch>,
    pending: Vec<Entry>,
    /// Rows that came after all of their windows had closed.
    late: Vec<u32>,
}

/// Changes that are pending no longer than that: rows may be in many windows.
const PENDING_MAX: usize = 8192;

impl<'a> Pass<'a> {
    /// The pass of a batch whose rows are counted so.
    pub(super) fn new(
        node: &'a Aggregate,
        batch: Batch,
        inputs: &'a Inputs,
        states: &'a mut States,
        merged: Option<&'a mut Merged>,
        ledger: &'a mut Ledger,
        out: &'a mut Vec<Batch>,
    ) -> Self {
        let batch = Batch { change: Change::Append { absent: None }, keyless: None, windows: None, ..batch };
        let pending = Vec::with_capacity(batch.len().min(PENDING_MAX));
        Self { node, batch, inputs, states, merged, ledger, out, pending, late: Vec::new() }
    }

    /// Whether results wait for the end of the epoch.
    pub(super) fn merges(&self) -> bool {
        self.merged.is_some()
    }

    /// What an earlier state has seen is added to another one, and it is given back.
    pub(super) fn merge(&mut self, into: u32, from: u32) -> Result<(), EngineError> {
        self.flush()?;
        if let Some(merged) = &mut self.merged {
            merged.forget(from);
        }
        self.states.merge(into, from)
    }

    /// Event time of a row.
    pub(super) fn time(&self, row: usize) -> i64 {
        self.batch.time.get(row).copied().unwrap_or_default()
    }

    /// The key of the group that a row is in, if it is in one.
    pub(super) fn added_key(&self, row: usize) -> Option<&'a [u8]> {
        self.inputs.added.key(row)
    }

    /// The keys of the groups that the first rows are in, row by row.
    pub(super) fn added_keys(&self, rows: usize) -> impl Iterator<Item = Option<&'a [u8]>> + Clone + use<'a> {
        let inputs = self.inputs;
        (0..rows).map(move |row| inputs.added.key(row))
    }

    /// Whether the rows are those of a table.
    pub(super) fn takes_back(&self) -> bool {
        self.inputs.taken_back.is_some()
    }

    /// The key of the group that a row was in, if it was in one.
    pub(super) fn taken_back_key(&self, row: usize) -> Option<&'a [u8]> {
        self.inputs.taken_back.as_ref()?.key(row)
    }

    /// What a row is grouped by: columns of one row that do not keep those of the batch.
    pub(super) fn group_columns(&self, row: usize) -> Result<Vec<ArrayRef>, EngineError> {
        let row = UInt32Array::from(vec![index(row)?]);
        self.inputs.added.groups().iter().map(|column| Ok(take(column, &row, None)?)).collect()
    }

    /// Records a row that came after all of its windows had closed.
    pub(super) fn late(&mut self, row: usize, closed_at: i64) -> Result<(), EngineError> {
        let reason = format!(
            "Row is late: its time is {}, and windows that ended before {closed_at} are closed",
            self.time(row)
        );
        self.ledger.row_late(&self.batch, row, "aggregate", &reason);
        if self.node.late.is_some() {
            self.late.push(index(row)?);
        }
        Ok(())
    }

    /// The rows that were late, in order.
    pub(super) fn into_late(self) -> Vec<u32> {
        self.late
    }

    /// Changes a state, after those before.
    pub(super) fn push(&mut self, entry: Entry) -> Result<(), EngineError> {
        self.pending.push(entry);
        if self.pending.len() >= PENDING_MAX { self.flush() } else { Ok(()) }
    }

    /// Brings the states up to date and lets the results go, or notes them for the end of the epoch.
    pub(super) fn flush(&mut self) -> Result<(), EngineError> {
        let mut entries = std::mem::take(&mut self.pending);
        if self.merged.is_some() && !entries.is_empty() {
            return self.note(entries);
        }
        while !entries.is_empty() {
            let rest = entries.split_off(self.room(&entries));
            self.change(&entries)?;
            entries = rest;
        }
        Ok(())
    }

    fn note(&mut self, mut entries: Vec<Entry>) -> Result<(), EngineError> {
        if let Some(merged) = &mut self.merged {
            let of = results_of(self.node, &self.batch, self.inputs);
            merged.note(&entries, &of, self.states, self.node.before)?;
        }
        self.apply(&entries, false)?;
        entries.clear();
        self.pending = entries;
        Ok(())
    }

    /// How many of the entries, from the first one on, may go together, so that their results are not too large.
    fn room(&self, entries: &[Entry]) -> usize {
        if self.last_only() {
            return entries.len();
        }
        let slots: Vec<u32> = entries.iter().filter(|e| e.live).map(|e| e.slot).collect();
        let fits = self.inputs.added.args.iter().enumerate().map(|(call, args)| {
            let args: Vec<Arg> = args.iter().cloned().map(Arg::column).collect();
            self.states.room(call, &Rows::added(&slots, &args))
        });
        let live = fits.fold(slots.len(), usize::min).max(1);
        // The entries up to the first live one that does not fit.
        let mut seen = 0;
        let beyond = entries.iter().position(|e| {
            seen += usize::from(e.live);
            seen > live
        });
        beyond.unwrap_or(entries.len())
    }

    /// Whether results leave only when their windows close.
    fn last_only(&self) -> bool {
        self.node.window.is_some_and(|w| w.last_only)
    }

    /// Brings the states of these entries up to date and lets their results go.
    fn change(&mut self, entries: &[Entry]) -> Result<(), EngineError> {
        let last_only = self.last_only();
        let prior = if self.node.before && !last_only { Some(Prior::of(entries, self.states)?) } else { None };
        let results = self.apply(entries, !last_only)?;
        if last_only {
            return Ok(());
        }
        let of = results_of(self.node, &self.batch, self.inputs);
        let groups = of.groups(entries)?;
        let before = match prior {
            Some(prior) => {
                let (columns, there) = prior.before(entries, &results)?;
                let rows = of.replaced(groups.clone(), columns, entries)?;
                Some(Before { rows, there })
            }
            None => None,
        };
        let gone = entries.iter().any(|e| !e.live);
        let results = if gone { spread(entries, &results)? } else { results };
        let record = of.record(groups, results, entries)?;
        let deleted = gone.then(|| entries.iter().map(|e| !e.live).collect());
        self.out.push(of.batch(record, entries, Change::Upsert { deleted, before })?);
        Ok(())
    }

    /// Lets the last results of states go, by that row.
    pub(super) fn release(&mut self, row: usize, closed: Vec<Closed>) -> Result<(), EngineError> {
        if closed.is_empty() {
            return Ok(());
        }
        let slots: Vec<u32> = closed.iter().map(|c| c.slot).collect();
        let results = self.states.results(&slots)?;
        let mut groups = Vec::with_capacity(self.node.group.len());
        for i in 0..self.node.group.len() {
            let parts: Vec<&dyn Array> = closed.iter().filter_map(|c| c.columns.get(i)).map(AsRef::as_ref).collect();
            groups.push(concat(&parts)?);
        }
        let entry = |c: &Closed| Entry { slot: c.slot, time: c.time, start: c.start, end: c.end, ..Entry::of(row) };
        let entries: Vec<Entry> = closed.iter().map(entry).collect();
        let of = results_of(self.node, &self.batch, self.inputs);
        let record = of.record(groups, results, &entries)?;
        // Each is the first result of its window.
        let before =
            self.node.before.then(|| Before { rows: record.clone(), there: BooleanBuffer::new_unset(entries.len()) });
        self.out.push(of.batch(record, &entries, Change::Upsert { deleted: None, before })?);
        Ok(())
    }

    /// Says that groups are gone, by that row, and frees nothing yet. Nothing is pending.
    pub(super) fn delete(&mut self, row: usize, gone: Vec<Closed>) -> Result<(), EngineError> {
        let mut deleted: Vec<Closed> = Vec::with_capacity(gone.len());
        let mut results: Vec<Vec<ArrayRef>> = Vec::with_capacity(gone.len());
        for closed in gone {
            // Of what has not left yet nothing is said at all.
            let prior = match &mut self.merged {
                Some(merged) => merged.take(closed.slot),
                None => Some(None),
            };
            let Some(prior) = prior else { continue };
            let prior = prior.filter(|prior| prior.len() == self.node.calls.len());
            results.push(prior.map_or_else(|| self.states.results(&[closed.slot]), Ok)?);
            deleted.push(closed);
        }
        if deleted.is_empty() {
            return Ok(());
        }
        let column = |parts: Vec<&dyn Array>| Ok::<_, EngineError>(concat(&parts)?);
        let mut groups = Vec::with_capacity(self.node.group.len());
        for i in 0..self.node.group.len() {
            groups.push(column(deleted.iter().filter_map(|c| c.columns.get(i)).map(AsRef::as_ref).collect())?);
        }
        let mut columns = Vec::with_capacity(self.node.calls.len());
        for i in 0..self.node.calls.len() {
            columns.push(column(results.iter().filter_map(|r| r.get(i)).map(AsRef::as_ref).collect())?);
        }
        let entry =
            |c: &Closed| Entry { slot: c.slot, time: c.time, was: c.was, live: false, before: true, ..Entry::of(row) };
        let entries: Vec<Entry> = deleted.iter().map(entry).collect();
        let of = results_of(self.node, &self.batch, self.inputs);
        let all = BooleanBuffer::new_set(entries.len());
        let before = if self.node.before {
            let rows = of.replaced(groups.clone(), columns.clone(), &entries)?;
            Some(Before { rows, there: all.clone() })
        } else {
            None
        };
        let record = of.record(groups, columns, &entries)?;
        let batch = of.batch(record, &entries, Change::Upsert { deleted: Some(all), before })?;
        self.out.push(Batch { headers: None, ..batch });
        Ok(())
    }

    /// Counts the rows of the entries that go on, call by call; their results if they are asked for.
    fn apply(&mut self, entries: &[Entry], results: bool) -> Result<Vec<ArrayRef>, EngineError> {
        let there: Vec<Entry>;
        let live = if entries.iter().all(|e| e.live) {
            entries
        } else {
            there = entries.iter().filter(|e| e.live).copied().collect();
            &there
        };
        let slots: Vec<u32> = live.iter().map(|e| e.slot).collect();
        let whole = are_all(live, self.batch.len());
        let rows = if whole { UInt32Array::from(Vec::<u32>::new()) } else { rows_of(live)? };
        let picked = |input: &Input, call: usize| -> Result<Vec<Arg>, EngineError> {
            let args = input.args.get(call).map(Vec::as_slice).unwrap_or_default();
            let pick = |array: &ArrayRef| -> Result<Arg, EngineError> {
                Ok(Arg::column(if whole { Arc::clone(array) } else { take(array, &rows, None)? }))
            };
            args.iter().map(pick).collect()
        };
        let sides: Option<[BooleanBuffer; 2]> = self
            .inputs
            .taken_back
            .is_some()
            .then(|| [live.iter().map(|e| e.undo).collect(), live.iter().map(|e| e.add).collect()]);
        let mut out = Vec::new();
        for call in 0..self.node.calls.len() {
            let added = picked(&self.inputs.added, call)?;
            let done = match (&self.inputs.taken_back, &sides) {
                (Some(input), Some([undo, add])) => {
                    let taken_back = picked(input, call)?;
                    let (undo, add) =
                        (seen(input, call, live, Some(undo)), seen(&self.inputs.added, call, live, Some(add)));
                    let rows = Rows {
                        slots: &slots,
                        undo: Some(Side { args: &taken_back, rows: undo.as_deref() }),
                        add: Some(Side { args: &added, rows: add.as_deref() }),
                    };
                    self.states.apply(call, &rows, results)?
                }
                _ => {
                    let add = seen(&self.inputs.added, call, live, None);
                    let add = Some(Side { args: &added, rows: add.as_deref() });
                    self.states.apply(call, &Rows { slots: &slots, undo: None, add }, results)?
                }
            };
            out.extend(done);
        }
        Ok(out)
    }
}

/// Which of the entries that have a side a call sees; `None`: all of them.
fn seen<'s>(
    input: &Input,
    call: usize,
    entries: &[Entry],
    side: Option<&'s BooleanBuffer>,
) -> Option<Cow<'s, BooleanBuffer>> {
    let Some(Some(seen)) = input.seen.get(call) else { return side.map(Cow::Borrowed) };
    let seen: BooleanBuffer = entries.iter().map(|e| seen.value(e.row)).collect();
    Some(Cow::Owned(side.map_or(seen.clone(), |side| &seen & side)))
}

fn results_of<'a>(node: &'a Aggregate, batch: &'a Batch, inputs: &'a Inputs) -> Results<'a> {
    Results { node, batch, added: inputs.added.groups(), taken_back: inputs.taken_back.as_ref().map(Input::groups) }
}

/// The results that states had before the entries at hand.
struct Prior {
    /// Where a state's result stands in `results`.
    places: HashMap<u32, usize>,
    results: Vec<ArrayRef>,
}

impl Prior {
    fn of(entries: &[Entry], states: &States) -> Result<Self, EngineError> {
        let (mut places, mut slots) = (HashMap::new(), Vec::new());
        for entry in entries {
            places.entry(entry.slot).or_insert_with(|| {
                slots.push(entry.slot);
                slots.len() - 1
            });
        }
        Ok(Self { places, results: states.results(&slots)? })
    }

    /// The results that the entries replace, and which of them there are; `results` are those of the entries that go on.
    fn before(
        mut self,
        entries: &[Entry],
        results: &[ArrayRef],
    ) -> Result<(Vec<ArrayRef>, BooleanBuffer), EngineError> {
        // Of each state the latest result: in the results before (0) or in those of this run (1).
        let mut latest: HashMap<u32, (usize, usize)> = self.places.drain().map(|(slot, at)| (slot, (0, at))).collect();
        let mut picks = Vec::with_capacity(entries.len());
        let mut next = 0;
        for entry in entries {
            picks.push(latest.get(&entry.slot).copied().unwrap_or_default());
            if entry.live {
                latest.insert(entry.slot, (1, next));
                next += 1;
            }
        }
        let columns = self.results.iter().zip(results);
        let columns = columns.map(|(old, new)| Ok(interleave(&[old.as_ref(), new.as_ref()], &picks)?));
        Ok((columns.collect::<Result<_, EngineError>>()?, entries.iter().map(|e| e.before).collect()))
    }
}
