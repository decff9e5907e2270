//! Results that wait for the end of the epoch: of each group in each window only the last one leaves, as from ksqlDB's record
//! cache when it commits. What it replaces is the result that left before the epoch.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::interleave;
use millstream_plan::topology::Aggregate;

use super::entry::Entry;
use super::results::{Results, spread};
use super::states::States;
use crate::batch::{Batch, Before, Change};
use crate::error::EngineError;
use crate::operator::index;

/// Memory of the results of one batch that leaves, about.
const RESULT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What an epoch has changed so far.
#[derive(Default)]
pub(super) struct Merged {
    /// By slot: the place of its update and one; 0: it has none.
    marks: Vec<u32>,
    updates: Vec<Update>,
    /// The batches that updates are of, each if any is.
    held: Vec<Held>,
    /// Results that states had before the epoch, as they were asked for.
    priors: Vec<Vec<ArrayRef>>,
}

struct Update {
    /// The last change of the state; `before`: a result left before the epoch.
    entry: Entry,
    /// Which batch its row is in.
    batch: u32,
    /// Where among the results before the epoch that of the state is.
    prior: (u32, u32),
    /// Its state is no more.
    dropped: bool,
}

/// A batch without its columns, and what its rows are grouped by.
struct Held {
    batch: Batch,
    added: Vec<ArrayRef>,
    taken_back: Option<Vec<ArrayRef>>,
}

impl Merged {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.updates.is_empty()
    }

    /// Notes changes by rows of a batch, before they are made. `prior`: whether what results replace is asked for.
    pub(super) fn note(
        &mut self,
        entries: &[Entry],
        of: &Results<'_>,
        states: &States,
        prior: bool,
    ) -> Result<(), EngineError> {
        let batch = self.hold(of)?;
        let mut first: Vec<u32> = Vec::new();
        let prior_batch = index(self.priors.len())?;
        for entry in entries {
            let slot = entry.slot as usize;
            if slot >= self.marks.len() {
                self.marks.resize((slot + 1).next_power_of_two(), 0);
            }
            let mark = self.marks.get(slot).copied().unwrap_or_default();
            let known = (mark as usize).checked_sub(1).and_then(|at| self.updates.get_mut(at));
            match known {
                Some(update) if entry.live => {
                    // Under other bounds it is another result.
                    let same = (update.entry.start, update.entry.end) == (entry.start, entry.end);
                    let now = if same { update.entry } else { *entry };
                    update.entry = Entry { before: now.before, was: now.was, ..*entry };
                    update.batch = batch;
                }
                known => {
                    let at = match known {
                        Some(update) => update.prior,
                        None => {
                            first.push(entry.slot);
                            (prior_batch, index(first.len() - 1)?)
                        }
                    };
                    self.updates.push(Update { entry: *entry, batch, prior: at, dropped: false });
                    if entry.live
                        && let Some(mark) = self.marks.get_mut(slot)
                    {
                        *mark = index(self.updates.len())?;
                    }
                }
            }
        }
        self.priors.push(if prior { states.results(&first)? } else { Vec::new() });
        Ok(())
    }

    /// The number of a batch, which is kept. A batch whose rows come in several goes is kept once.
    fn hold(&mut self, of: &Results<'_>) -> Result<u32, EngineError> {
        let offsets = &of.batch.origin.offsets;
        let same = |held: &Held| {
            let mut groups = held.added.iter().zip(of.added);
            held.batch.origin.offsets.ptr_eq(offsets) && groups.all(|(a, b)| Arc::ptr_eq(a, b))
        };
        if !self.held.last().is_some_and(same) {
            let rows = RecordBatch::new_empty(of.batch.rows.schema());
            self.held.push(Held {
                batch: Batch { rows, ..of.batch.clone() },
                added: of.added.to_vec(),
                taken_back: of.taken_back.map(<[ArrayRef]>::to_vec),
            });
        }
        index(self.held.len() - 1)
    }

    /// A state is given back: nothing is said of it any more.
    pub(super) fn forget(&mut self, slot: u32) {
        let Some(mark) = self.marks.get_mut(slot as usize) else { return };
        let at = std::mem::take(mark) as usize;
        if let Some(update) = at.checked_sub(1).and_then(|at| self.updates.get_mut(at)) {
            update.dropped = true;
        }
    }

    /// A state is gone: nothing is said of its updates. What left of it before the epoch: `None`, nothing did; else its result
    /// then, where that was asked for, or `Some(None)` where it is as it was.
    pub(super) fn take(&mut self, slot: u32) -> Option<Option<Vec<ArrayRef>>> {
        let mark = self.marks.get(slot as usize).copied().unwrap_or_default();
        let Some(update) = (mark as usize).checked_sub(1).and_then(|at| self.updates.get(at)) else {
            return Some(None);
        };
        let (before, (batch, at)) = (update.entry.before, update.prior);
        self.forget(slot);
        let prior = self.priors.get(batch as usize).map(Vec::as_slice).unwrap_or_default();
        before.then(|| Some(prior.iter().map(|column| column.slice(at as usize, 1)).collect()))
    }

    /// Lets all results go, in the order of the last rows behind them.
    pub(super) fn release(
        &mut self,
        node: &Aggregate,
        states: &States,
        out: &mut Vec<Batch>,
    ) -> Result<(), EngineError> {
        let mut updates = std::mem::take(&mut self.updates);
        for update in &updates {
            if let Some(mark) = self.marks.get_mut(update.entry.slot as usize) {
                *mark = 0;
            }
        }
        let (held, priors) = (std::mem::take(&mut self.held), std::mem::take(&mut self.priors));
        updates.retain(|update| !update.dropped);
        // Stable: what one row does to several states stays in its order. What is gone goes before what takes its place.
        updates.sort_by_key(|update| (update.batch, update.entry.row, update.entry.live));
        for run in updates.chunk_by(|a, b| a.batch == b.batch) {
            let Some(Held { batch, added, taken_back }) =
                run.first().and_then(|update| held.get(update.batch as usize))
            else {
                continue;
            };
            let of = Results { node, batch, added, taken_back: taken_back.as_deref() };
            let mut rest = run;
            while !rest.is_empty() {
                let (now, later) = rest.split_at(room(rest, states));
                out.push(results(now, &of, states, &priors)?);
                rest = later;
            }
        }
        Ok(())
    }
}

/// How many updates, from the first one on, may leave together: one at least.
fn room(updates: &[Update], states: &States) -> usize {
    let mut left = RESULT_BYTES_MAX;
    let fits = updates.iter().take_while(|update| {
        let fits = left > 0;
        left = left.saturating_sub(states.held(update.entry.slot));
        fits
    });
    fits.count().max(1)
}

/// The results of updates by rows of one batch.
fn results(
    updates: &[Update],
    of: &Results<'_>,
    states: &States,
    priors: &[Vec<ArrayRef>],
) -> Result<Batch, EngineError> {
    let entries: Vec<Entry> = updates.iter().map(|update| update.entry).collect();
    let slots: Vec<u32> = entries.iter().filter(|entry| entry.live).map(|entry| entry.slot).collect();
    let results = states.results(&slots)?;
    let groups = of.groups(&entries)?;
    let before = if of.node.before {
        let picks: Vec<(usize, usize)> =
            updates.iter().map(|update| (update.prior.0 as usize, update.prior.1 as usize)).collect();
        let mut columns = Vec::with_capacity(results.len());
        for call in 0..results.len() {
            let parts: Vec<_> = priors.iter().filter_map(|prior| prior.get(call)).map(AsRef::as_ref).collect();
            columns.push(interleave(&parts, &picks)?);
        }
        let rows = of.replaced(groups.clone(), columns, &entries)?;
        Some(Before { rows, there: entries.iter().map(|entry| entry.before).collect::<BooleanBuffer>() })
    } else {
        None
    };
    let gone = slots.len() < entries.len();
    let results = if gone { spread(&entries, &results)? } else { results };
    let deleted = gone.then(|| entries.iter().map(|entry| !entry.live).collect());
    let record = of.record(groups, results, &entries)?;
    of.batch(record, &entries, Change::Upsert { deleted, before })
}
