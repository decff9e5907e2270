//! Taking records: what is here of each partition, decoded and run through in the order that the task needs.
//!
//! A task of one input takes them as they come. One of several (a join) takes next the row with the earliest event time, as
//! Kafka Streams does, and waits for an input that has rows which are not here yet.

use super::task::Task;
use super::{BATCH_ROWS_MAX, Worker, in_doubt, lost};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::guarantee::Guarantee;
use crate::link::InputPartition;

impl Worker {
    /// Takes what is here of each task and runs it through; says whether there was anything.
    pub(super) fn fetch(&mut self) -> Result<bool, EngineError> {
        let mut numbers: Vec<i32> = self.tasks.keys().copied().collect();
        // Each round begins one further, so that an epoch that ends early leaves nobody behind for good.
        self.turn = (self.turn + 1) % numbers.len().max(1);
        numbers.rotate_left(self.turn);
        let (mut any, behind) = (false, std::mem::take(&mut self.full));
        for number in numbers {
            self.behind = behind || self.full;
            if self.is_due() {
                break;
            }
            any |= match self.tasks.get(&number) {
                Some(task) if !task.is_ready() => self.restore(number)?,
                Some(task) if task.inlets.len() == 1 => self.fetch_only(number)?,
                Some(_) => self.fetch_merged(number)?,
                None => false,
            };
        }
        Ok(any)
    }

    /// Reads more of what a task had kept.
    fn restore(&mut self, number: i32) -> Result<bool, EngineError> {
        let Self { link, tasks, counters, .. } = self;
        let Some(Task { operators, state: Some(state), .. }) = tasks.get_mut(&number) else { return Ok(false) };
        let read = state.restore(link.as_mut(), operators)?;
        counters.restored(read);
        if state.is_ready() {
            self.count_state();
        }
        Ok(read > 0 || self.tasks.get(&number).is_some_and(Task::is_ready))
    }

    /// Takes what is here of an input; `Some` when there was something, with the rows of it.
    fn take(&mut self, number: i32, input: usize) -> Result<Option<Option<Batch>>, EngineError> {
        let Self { link, feeds, query, rejects, tasks, clock, .. } = self;
        let Some(inlet) = tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(input)) else { return Ok(None) };
        let Some(feed) = feeds.get_mut(usize::from(inlet.at.input)) else { return Ok(None) };
        let from: InputPartition = inlet.at;
        rejects.set_now(clock.now_ms());
        query.ledger().set_now(clock.now_ms());
        let mut taken = 0;
        let fetched = link.fetch(from, BATCH_ROWS_MAX, &mut |records| {
            // What was fetched before a rewind must never come twice, whatever the link does.
            let fresh = &records[records.partition_point(|r| r.offset < inlet.taken)..];
            if let Some(last) = fresh.last() {
                inlet.taken = last.offset + 1;
                taken += fresh.len();
                feed.push(from, fresh, rejects);
            }
        });
        if taken == 0 {
            inlet.at_end |= fetched?.end;
            return Ok(None);
        }
        // From here on records are taken: whatever cannot be done with them now undoes the epoch.
        inlet.at_end = fetched.map_err(in_doubt)?.end;
        self.counts.records_in += taken as u64;
        self.full |= taken >= BATCH_ROWS_MAX;
        self.due.get_or_insert_with(|| clock.monotonic() + self.epoch);
        let batch = feed.finish(from, rejects)?;
        inlet.rejected.extend(rejects.take());
        if batch.is_none() && inlet.waiting.is_none() {
            inlet.next = inlet.taken;
            query.ledger().extend(inlet.passed());
        }
        Ok(Some(batch))
    }

    /// The only input of a task.
    fn fetch_only(&mut self, number: i32) -> Result<bool, EngineError> {
        let Some(batch) = self.take(number, 0)? else { return Ok(false) };
        if let Some(inlet) = self.tasks.get_mut(&number).and_then(|task| task.inlets.first_mut()) {
            inlet.next = inlet.taken;
            self.query.ledger().extend(inlet.passed());
        }
        match batch {
            Some(batch) if self.guarantee == Guarantee::AtMostOnce => self.held.push(batch),
            Some(batch) => self.process(number, batch)?,
            None => {}
        }
        Ok(true)
    }

    /// The inputs of a task, merged by event time.
    fn fetch_merged(&mut self, number: i32) -> Result<bool, EngineError> {
        let inputs = self.tasks.get(&number).map_or(0, |task| task.inlets.len());
        let mut any = false;
        loop {
            for input in 0..inputs {
                let waits = |task: &Task| task.inlets.get(input).is_some_and(|inlet| inlet.waiting.is_some());
                if self.tasks.get(&number).is_some_and(waits) {
                    continue;
                }
                let Some(batch) = self.take(number, input)? else { continue };
                any = true;
                if let Some(inlet) = self.tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(input)) {
                    inlet.waiting = batch;
                }
            }
            let Some(task) = self.tasks.get_mut(&number) else { return Ok(any) };
            let Some(input) = task.turn() else { return Ok(any) };
            let limit = task.others(input);
            let Some(inlet) = task.inlets.get_mut(input) else { return Ok(any) };
            let Some(batch) = inlet.take_until(limit) else { return Ok(any) };
            self.query.ledger().extend(inlet.passed());
            any = true;
            self.due.get_or_insert_with(|| self.clock.monotonic() + self.epoch);
            self.process(number, batch)?;
            if self.is_due() {
                return Ok(any);
            }
        }
    }

    /// Runs rows through the operators of a task and hands the results to the producer.
    pub(super) fn process(&mut self, number: i32, batch: Batch) -> Result<(), EngineError> {
        self.begin().map_err(in_doubt)?;
        let Some(task) = self.tasks.get_mut(&number) else { return Ok(()) };
        let written = self.query.process(&mut task.operators, batch, &mut *self.link).map_err(lost)?;
        self.counts.records_out += written as u64;
        Ok(())
    }
}
