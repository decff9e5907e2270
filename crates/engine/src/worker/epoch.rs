//! The end of an epoch: results, state, ledger and offsets are committed together.

use std::time::Duration;

use super::{COMMIT_DOUBT_MAX, Phase, Progress, Task, Worker, in_doubt, lost};
use crate::error::EngineError;
use crate::guarantee::Guarantee;
use crate::link::{InputPartition, LinkError};

impl Worker {
    /// Produces what the operators merged and changed, and the ledger, then turns to committing.
    pub(super) fn end_epoch(&mut self) -> Result<Progress, EngineError> {
        self.end_epoch_with(false)
    }

    /// The same, and the offsets of all inputs are committed, also of those that stand where they stood: the group's
    /// coordinator accepts that from a worker that has them, and refuses any other.
    pub(super) fn end_epoch_of_all(&mut self) -> Result<Progress, EngineError> {
        self.end_epoch_with(true)
    }

    fn end_epoch_with(&mut self, all: bool) -> Result<Progress, EngineError> {
        self.prepare_copies();
        if self.guarantee != Guarantee::AtMostOnce {
            self.begin()?;
            for task in self.tasks.values_mut() {
                let written = self.query.end_epoch(&mut task.operators, &mut *self.link).map_err(lost)?;
                self.counts.records_out += written as u64;
                if let Some(state) = task.state.as_mut().filter(|state| state.is_ready()) {
                    state.persist(&mut task.operators, &mut *self.link).map_err(lost)?;
                }
            }
            let errors = self.query.produce_ledger(&mut *self.link).map_err(in_doubt)?;
            self.counts.errors += errors as u64;
            self.counts.late += self.query.ledger().late();
        }
        let inlets = self.tasks.values().flat_map(|task| &task.inlets);
        let offsets: Vec<(InputPartition, i64)> =
            inlets.filter(|inlet| all || inlet.next > inlet.base).map(|inlet| (inlet.at, inlet.next)).collect();
        self.tried.clone_from(&offsets);
        self.phase = Phase::Commit { offsets, flushed: false, since: self.clock.monotonic() };
        Ok(Progress::Busy)
    }

    pub(super) fn commit(&mut self) -> Result<Progress, EngineError> {
        let Phase::Commit { offsets, flushed, since } = &mut self.phase else { return Ok(Progress::Busy) };
        if !*flushed && self.guarantee != Guarantee::AtMostOnce {
            self.link.flush()?;
            *flushed = true;
        }
        match self.link.commit(offsets) {
            Ok(()) => {}
            Err(LinkError::Retry(text)) if self.clock.monotonic().saturating_sub(*since) > COMMIT_DOUBT_MAX => {
                return Err(LinkError::Fenced(format!("commit is not answered: {text}")).into());
            }
            Err(e) => return Err(e.into()),
        }
        for task in self.tasks.values_mut() {
            for inlet in &mut task.inlets {
                inlet.base = inlet.next;
            }
            if let Some(state) = &mut task.state {
                state.commit()?;
            }
        }
        self.make_copies()?;
        self.make_room()?;
        self.tried.clear();
        self.begun = false;
        let began = self.due.take().map(|due| due.saturating_sub(self.epoch));
        let lasted = began.map_or(Duration::ZERO, |began| self.clock.monotonic().saturating_sub(began));
        self.phase = Phase::Run;
        if self.guarantee == Guarantee::AtMostOnce {
            self.process_held()?;
        }
        self.query.ledger().clear();
        self.count_state();
        self.tell_times();
        self.counters.committed(std::mem::take(&mut self.counts), lasted);
        Ok(Progress::Busy)
    }

    /// Tells how far event time has come.
    pub(super) fn tell_times(&mut self) {
        let Self { tasks, routes, query, counters, .. } = self;
        let topic = |at: InputPartition| {
            let input = routes.get(usize::from(at.input)).and_then(|inputs| inputs.first()).copied();
            query.topic(input.unwrap_or(at.input)).to_owned()
        };
        let ready = tasks.iter().filter(|(_, task)| task.is_ready());
        counters.set_times(ready.map(|(number, task)| task.times(*number, topic)).collect());
    }

    /// Counts what the tasks keep.
    pub(super) fn count_state(&self) {
        let states = || self.tasks.values().filter_map(|task| task.state.as_ref());
        let (keys, bytes) = states().map(|s| s.size()).fold((0, 0), |(k, b), (keys, bytes)| (k + keys, b + bytes));
        self.counters.set_state(keys, bytes, states().filter(|state| !state.is_ready()).count());
        let position =
            |task: &Task| task.state.as_ref().filter(|state| !state.is_ready()).map(|state| state.position());
        self.counters.set_positions(self.tasks.iter().filter_map(|(number, task)| Some((*number, position(task)?))));
    }

    /// At most once: the offsets are committed, now the rows are processed. What Kafka refuses from here on is lost.
    fn process_held(&mut self) -> Result<(), EngineError> {
        for batch in std::mem::take(&mut self.held) {
            let (rows, number) = (batch.len(), batch.origin.partition.partition);
            let Some(task) = self.tasks.get_mut(&number) else { continue };
            match self.query.process(&mut task.operators, batch, &mut *self.link).map_err(lost) {
                Err(EngineError::Link(e)) if !ends(&e) => {
                    tracing::warn!(cause = %e, rows, "at-most-once rows are lost");
                }
                other => self.counts.records_out += other? as u64,
            }
        }
        match self.query.produce_ledger(&mut *self.link) {
            Ok(errors) => self.counts.errors += errors as u64,
            Err(e) if ends(&e) => return Err(e.into()),
            Err(e) => tracing::warn!(cause = %e, "at-most-once ledger entries are lost"),
        }
        Ok(())
    }
}

/// Whether there is nothing more to come from a link that said so.
fn ends(error: &LinkError) -> bool {
    matches!(error, LinkError::Crash | LinkError::Fatal(_) | LinkError::Replaced(_) | LinkError::Expired(_))
}
