//! When local copies of what tasks keep are made: see [`crate::copies`].

use std::time::Duration;

use super::state::TaskState;
use super::task::Task;
use super::{Progress, Worker};
use crate::copies::{Copies, End};
use crate::error::EngineError;

/// How long a worker that stops waits to hear where its changelogs end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How far the next copy of a task is.
#[derive(Debug, Default)]
pub(super) struct Copying {
    /// Bytes of changes that the last copy does not have.
    pub(super) changed: usize,
    /// When the last one was made, or the task began.
    since: Option<Duration>,
    /// The question that is open.
    asked: Option<End>,
    /// The epoch that ends now makes the copy, with this stamp.
    stamp: Option<i64>,
}

impl Copying {
    fn is_due(&mut self, now: Duration, copies: &dyn Copies) -> bool {
        let since = *self.since.get_or_insert(now);
        let waited = copies.interval().is_some_and(|interval| now.saturating_sub(since) >= interval);
        waited && self.changed >= copies.changed_bytes_min() && self.asked.is_none()
    }

    fn ask(&mut self, task: i32, copies: &dyn Copies) {
        let end = End::default();
        copies.ask_end(task, end.clone());
        self.asked = Some(end);
    }

    /// A question that was not answered is asked again after the next interval.
    fn give_up(&mut self, now: Duration) {
        if self.asked.as_ref().is_some_and(|end| !end.is_open() && end.told().is_none()) {
            (self.asked, self.since) = (None, Some(now));
        }
    }

    fn answer(&self) -> Option<i64> {
        self.asked.as_ref().and_then(End::told)
    }
}

impl TaskState {
    /// The epoch is committed: the copy that waited for it is made.
    fn copy(&mut self, task: i32, copies: &dyn Copies, now: Duration) -> Result<(), EngineError> {
        let Some(stamp) = self.copying.stamp.take() else { return Ok(()) };
        if let Some(snapshot) = self.snapshot() {
            copies.keep(task, snapshot, stamp);
        }
        if let (Some(disk), Some(header)) = (self.on_disk(), copies.header(task, stamp)) {
            disk.image().stamp(&header).map_err(|error| EngineError::Query(error.to_string()))?;
        }
        self.copying = Copying { since: Some(now), ..Copying::default() };
        Ok(())
    }
}

impl Worker {
    /// An epoch begins to end: what was answered so far counts for it, and more is asked where it is time to.
    pub(super) fn prepare_copies(&mut self) {
        let Some(copies) = &self.copies.0 else { return };
        let now = self.clock.monotonic();
        for (number, task) in &mut self.tasks {
            let Some(state) = task.state.as_mut().filter(|state| state.is_ready()) else { continue };
            state.copying.stamp = state.copying.answer();
            state.copying.give_up(now);
            if state.copying.is_due(now, copies.as_ref()) {
                state.copying.ask(*number, copies.as_ref());
            }
        }
    }

    /// The epoch is committed, and its changes are in the committed image.
    pub(super) fn make_copies(&mut self) -> Result<(), EngineError> {
        let Some(copies) = &self.copies.0 else { return Ok(()) };
        let now = self.clock.monotonic();
        for (number, task) in &mut self.tasks {
            if let Some(state) = &mut task.state {
                state.copy(*number, copies.as_ref(), now)?;
            }
        }
        Ok(())
    }

    /// Between two epochs: where the states of the process take more memory than there is, the largest one here goes on on
    /// disk; operators of one on disk that have become large start over.
    pub(super) fn make_room(&mut self) -> Result<(), EngineError> {
        let Self { copies, tasks, query, .. } = self;
        let Some(copies) = &copies.0 else { return Ok(()) };
        let in_memory = |task: &Task| match &task.state {
            Some(state) if state.is_ready() && state.on_disk().is_none() => Some(state.memory()),
            _ => None,
        };
        if tasks.values().any(|task| task.state.as_ref().is_some_and(TaskState::is_memory_exceeded)) {
            let could = tasks.values_mut().filter(|task| TaskState::may_spill(&task.operators));
            let largest = could.filter_map(|task| Some((in_memory(task)?, task))).max_by_key(|(bytes, _)| *bytes);
            if let Some((_, Task { state: Some(state), operators, .. })) = largest {
                state.spill(Some(copies.as_ref()), operators)?;
                *operators = query.operators()?;
                state.load(operators)?;
            }
        }
        for Task { state, operators, .. } in tasks.values_mut() {
            if let Some(state) = state
                && state.is_crowded(operators)
            {
                *operators = query.operators()?;
                state.load(operators)?;
            }
        }
        Ok(())
    }

    /// Before the worker leaves for good: a copy of every task that has changed, by one more epoch. `None`: that is done, or
    /// there is nothing to copy.
    pub(super) fn copy_at_the_end(&mut self) -> Result<Option<Progress>, EngineError> {
        let Some(copies) = self.copies.0.clone().filter(|copies| copies.interval().is_some()) else { return Ok(None) };
        let now = self.clock.monotonic();
        if self.last_copies == LastCopies::No {
            for (number, task) in &mut self.tasks {
                let Some(state) = task.state.as_mut().filter(|s| s.is_ready() && s.copying.changed > 0) else {
                    continue;
                };
                if state.copying.asked.is_none() {
                    state.copying.ask(*number, copies.as_ref());
                }
            }
            self.last_copies = LastCopies::AskedUntil(now + LAST_WAIT);
        }
        let LastCopies::AskedUntil(until) = self.last_copies else { return Ok(None) };
        let asked = || self.tasks.values().filter_map(|task| task.state.as_ref()).filter(|s| s.copying.asked.is_some());
        if asked().any(|state| state.copying.asked.as_ref().is_some_and(End::is_open)) && now < until {
            self.event = self.link.poll(Duration::from_millis(1))?;
            return Ok(Some(Progress::Busy));
        }
        self.last_copies = LastCopies::Made;
        // Nothing has come in since, but its commit says that the tasks are still this worker's.
        if asked().any(|state| state.copying.answer().is_some()) { self.end_epoch_of_all().map(Some) } else { Ok(None) }
    }
}

/// How far the copies are that a worker makes before it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastCopies {
    /// They are not asked for yet.
    No,
    /// It waits until then to hear where its changelogs end.
    AskedUntil(Duration),
    /// Nothing more is to be done.
    Made,
}
