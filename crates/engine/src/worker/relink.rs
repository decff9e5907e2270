//! Going on with a new link when the old one is dead because the group has another member of its name: what the tasks keep stays
//! here, for those of them that come back to where they stood.

use super::{Phase, Task, Worker, shared};
use crate::error::EngineError;
use crate::link::Link;

impl Worker {
    /// Undoes the open epoch and takes this link in place of the dead one. The group then assigns the tasks anew, and the
    /// offsets it has for them tell whether that epoch was committed after all, or somebody else has gone on with them: what such
    /// a task keeps is read again.
    ///
    /// # Errors
    /// The operators cannot be made, or what they have kept is damaged: the query stops.
    pub fn relink(&mut self, link: Box<dyn Link>) -> Result<(), EngineError> {
        if self.is_open() {
            self.counters.undone();
        }
        self.leave_shared(&self.tasks.keys().copied().collect::<Vec<_>>());
        self.shared = shared::subscriptions(&self.config.sharing, &self.config.part, &self.config.registry, &*link);
        self.link = link;
        self.drop_epoch();
        self.tried.clear();
        (self.event, self.phase, self.left) = (None, Phase::Run, false);
        for (number, task) in std::mem::take(&mut self.tasks) {
            if let Some(task) = self.as_committed(task)? {
                self.parked.insert(number, task);
            }
        }
        self.counters.set_partitions(0);
        self.count_state();
        self.tell_times();
        Ok(())
    }

    /// The task as of its last committed epoch; `None`: nothing of it is worth keeping.
    fn as_committed(&self, task: Task) -> Result<Option<Task>, EngineError> {
        let Task { inlets, state: Some(mut state), .. } = task else { return Ok(None) };
        if !state.is_ready() {
            return Ok(None);
        }
        state.abort();
        let mut operators = self.query.operators()?;
        state.load(&mut operators)?;
        Ok(Some(Task { inlets, operators, state: Some(state) }))
    }
}
