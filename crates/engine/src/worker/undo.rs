//! Undoing an epoch: nothing of it remains, and every input goes back to what the group has committed.

use super::{Phase, Progress, Worker};
use crate::counters::EpochCounts;
use crate::error::EngineError;
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
        self.drop_epoch()?;
        if self.event.is_none() {
            self.event = self.link.poll(std::time::Duration::ZERO)?;
        }
        if let Some(Event::Revoked { partitions, lost }) = self.event.take_if(|e| matches!(e, Event::Revoked { .. })) {
            self.release(partitions, lost)?;
        }
        let kept: Vec<InputPartition> = self.tasks.keys().copied().collect();
        if !kept.is_empty() {
            let committed = self.link.committed(&kept)?;
            // A group without an offset for a partition (deleted under us) goes back to where this epoch began.
            let targets: Vec<(InputPartition, i64)> = self
                .tasks
                .iter()
                .map(|(&p, task)| (p, committed.iter().find(|(c, _)| *c == p).map_or(task.base, |(_, o)| *o)))
                .collect();
            self.link.seek(&targets)?;
            for (partition, offset) in targets {
                if let Some(task) = self.tasks.get_mut(&partition) {
                    task.base = offset;
                    task.next = offset;
                }
            }
        }
        self.counters.undone();
        self.phase = Phase::Run;
        Ok(Progress::Busy)
    }

    /// Forgets everything that the open epoch made in memory.
    fn drop_epoch(&mut self) -> Result<(), EngineError> {
        self.begun = false;
        self.due = None;
        self.counts = EpochCounts::default();
        self.held.clear();
        self.feed.clear();
        self.query.ledger().clear();
        for task in self.tasks.values_mut() {
            task.operators = self.query.operators()?;
        }
        Ok(())
    }
}
