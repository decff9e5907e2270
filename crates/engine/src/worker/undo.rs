//! Undoing an epoch: nothing of it remains, and every input goes back to what the group has committed.

use std::time::Duration;

use super::task::Inlet;
use super::{Phase, Progress, Worker};
use crate::error::EngineError;
use crate::input::InputFeed;
use crate::link::{Event, InputPartition};

impl Worker {
    /// One attempt; the phase stays until all of it has succeeded. The order matters: first the transaction, so that
    /// its pending offsets are settled, then what the group took away, then the positions of what is kept.
    pub(super) fn undo(&mut self) -> Result<Progress, EngineError> {
        let Phase::Undo { aborted, recover } = &mut self.phase else { return Ok(Progress::Busy) };
        if !*aborted {
            if *recover {
                self.link.recover()?;
            } else {
                self.link.abort()?;
            }
            *aborted = true;
        }
        self.drop_epoch();
        if self.event.is_none() {
            self.event = self.link.poll(Duration::ZERO)?;
        }
        if let Some(Event::Revoked { partitions, lost }) = self.event.take_if(|e| matches!(e, Event::Revoked { .. })) {
            // Whether the epoch was committed is not known: what their tasks keep is of no use.
            self.release(partitions, lost, false)?;
        }
        let mut happened = None;
        let kept: Vec<InputPartition> = self.tasks.values().flat_map(|t| t.inlets.iter().map(|i| i.at)).collect();
        if !kept.is_empty() {
            let committed = self.link.committed(&kept)?;
            let found = |at: InputPartition| committed.iter().find(|(p, _)| *p == at).map(|(_, offset)| *offset);
            // A group without an offset for a partition (deleted under us) goes back to where this epoch began.
            let inlets = self.tasks.values().flat_map(|task| &task.inlets);
            let targets: Vec<(InputPartition, i64)> =
                inlets.map(|inlet| (inlet.at, found(inlet.at).unwrap_or(inlet.base))).collect();
            // From now on its own consumer is where the group stands, until it follows again.
            self.leave_shared(&self.tasks.keys().copied().collect::<Vec<_>>());
            self.link.seek(&targets)?;
            self.go_back(&targets)?;
            happened = self.doubt.settle(&targets);
        }
        self.tried.clear();
        match happened {
            Some(counts) => self.counters.committed(counts, Duration::ZERO),
            None => self.counters.undone(),
        }
        self.count_state();
        self.phase = Phase::Run;
        Ok(Progress::Busy)
    }

    /// Every task stands where its group does, and keeps what it kept there.
    fn go_back(&mut self, targets: &[(InputPartition, i64)]) -> Result<(), EngineError> {
        let Self { tasks, tried, link, query, .. } = self;
        let offset_of = |list: &[(InputPartition, i64)], at| list.iter().find(|(p, _)| *p == at).map(|(_, o)| *o);
        for task in tasks.values_mut() {
            let target = |inlet: &Inlet| offset_of(targets, inlet.at).unwrap_or(inlet.base);
            // A commit whose answer was lost may have happened.
            let done = !tried.is_empty()
                && task.inlets.iter().all(|i| target(i) == offset_of(tried, i.at).unwrap_or(i.base))
                && task.inlets.iter().any(|i| target(i) != i.base);
            let undone = task.inlets.iter().all(|inlet| target(inlet) == inlet.base);
            for inlet in &mut task.inlets {
                let offset = offset_of(targets, inlet.at).unwrap_or(inlet.base);
                inlet.rewind(offset);
            }
            task.operators = query.operators()?;
            let Some(state) = &mut task.state else { continue };
            match (done, undone) {
                (true, _) => state.commit()?,
                (false, true) => state.abort(),
                // Somebody else has gone on with it meanwhile.
                (false, false) => state.begin_anew(link.as_mut()),
            }
            if state.is_ready() {
                state.load(&mut task.operators)?;
            }
        }
        Ok(())
    }

    /// Forgets everything that the open epoch made in memory, but what tasks keep.
    pub(super) fn drop_epoch(&mut self) {
        self.begun = false;
        self.failing = None;
        self.due = None;
        (self.behind, self.full) = (false, false);
        let counts = std::mem::take(&mut self.counts);
        if !self.tried.is_empty() {
            let inlets = || self.tasks.values().flat_map(|task| &task.inlets);
            let moves = |(at, offset): &(InputPartition, i64)| inlets().any(|i| i.at == *at && i.base < *offset);
            self.doubt.begin(self.tried.iter().copied().filter(moves), counts);
        }
        self.held.clear();
        self.feeds.iter_mut().for_each(InputFeed::clear);
        self.rejects.clear();
        self.query.ledger().clear();
    }
}
