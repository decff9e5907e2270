//! Taking records: what is here of each partition, decoded and run through in the order that the task needs.
//!
//! A task of one input takes them as they come. One of several (a join) takes next the row with the earliest event time, as
//! Kafka Streams does, and waits for an input that has rows which are not here yet.

use std::collections::VecDeque;
use std::time::Duration;

use super::between::Now;
use super::task::Task;
use super::{BATCH_ROWS_MAX, Worker, in_doubt, lost};
use crate::batch::Batch;
use crate::error::EngineError;
use crate::guarantee::Guarantee;
use crate::ledger::Entry;
use crate::link::InputPartition;

/// What was read of a partition.
#[derive(Default)]
pub(super) struct Read {
    /// The rows, for each input over the topic a batch.
    pub(super) batches: Vec<Batch>,
    /// How many records; what became of those that are no rows is in the worker's `rejects`.
    pub(super) records: usize,
    /// The latest of their timestamps, ms.
    pub(super) latest: i64,
    /// There was nothing behind them.
    pub(super) end: bool,
}

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
            if self.failing.is_some() || self.is_due() {
                break;
            }
            any |= match self.tasks.get(&number) {
                Some(task) if !task.is_ready() => self.restore(number)?,
                Some(task) if task.inlets.len() == 1 => self.fetch_only(number)?,
                Some(_) => self.fetch_merged(number)?,
                None => false,
            };
        }
        if self.full {
            self.last_full = Some(self.clock.monotonic());
        }
        Ok(any)
    }

    /// Reads more of what a task had kept.
    fn restore(&mut self, number: i32) -> Result<bool, EngineError> {
        let Self { link, tasks, counters, copies, clock, .. } = self;
        let Some(Task { operators, state: Some(state), .. }) = tasks.get_mut(&number) else { return Ok(false) };
        let read = state.restore(link.as_mut(), operators, copies, clock.monotonic())?;
        counters.restored(read);
        let ready = state.is_ready();
        if read > 0 || ready {
            self.count_state();
        }
        if ready && self.tasks.values().all(Task::is_ready) {
            self.tell_restored();
        }
        Ok(read > 0 || ready)
    }

    /// Logs how long it took until all tasks had what they keep.
    fn tell_restored(&self) {
        let courses = || self.tasks.values().filter_map(|task| Some(task.state.as_ref()?.course()));
        let keys = self.tasks.values().filter_map(|task| Some(task.state.as_ref()?.size().0)).sum::<usize>();
        let began = courses().map(|course| course.began).min().unwrap_or_default();
        let since = |at: Option<Duration>| at.map_or(0, |at| at.saturating_sub(began).as_millis());
        tracing::info!(
            query = self.query.id(),
            tasks = self.tasks.len(),
            keys,
            copies = courses().filter(|course| course.copied.is_some()).count(),
            records = courses().map(|course| course.records).sum::<usize>(),
            copied_ms = since(courses().filter_map(|course| course.copied).max()),
            read_ms = since(courses().map(|course| course.read).max()),
            loaded_ms = since(courses().map(|course| course.loaded).max()),
            "all tasks have what they keep"
        );
    }

    /// Takes what is here of a topic; `Some` when there was something, with the rows of it.
    fn take(&mut self, number: i32, topic: usize) -> Result<Option<VecDeque<Batch>>, EngineError> {
        if self.failing.is_some() {
            return Ok(None);
        }
        let now = self.clock.now_ms();
        self.rejects.set_now(now);
        self.query.ledger().set_now(now);
        let read = match self.read_shared(number, topic)? {
            Some(read) => read,
            None => self.read_own(number, topic)?,
        };
        let Self { query, rejects, tasks, clock, .. } = self;
        let Some(inlet) = tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(topic)) else { return Ok(None) };
        let Read { mut batches, records, latest, end } = read;
        if records == 0 {
            inlet.at_end |= end;
            return Ok(None);
        }
        // From here on records are taken: whatever cannot be done with them now undoes the epoch.
        inlet.at_end = end;
        inlet.between.iter_mut().for_each(|between| between.hear(clock.monotonic()));
        self.counts.records_in += records as u64;
        self.counts.time_ms = self.counts.time_ms.max(latest);
        self.full |= records >= BATCH_ROWS_MAX;
        self.due.get_or_insert_with(|| clock.monotonic() + self.epoch);
        if self.stops
            && let Some(entry) = rejects.first()
        {
            // What is before it goes on; it and what is behind it does not.
            (self.failing, inlet.taken) = (Some(stopped_by(entry)), entry.offset);
            batches = batches.into_iter().filter_map(|batch| before(&batch, entry.offset)).collect();
            inlet.at_end = false;
            rejects.clear();
        }
        inlet.rejected.extend(rejects.take());
        if batches.is_empty() && inlet.waiting.is_empty() {
            inlet.next = inlet.taken;
            query.ledger().extend(inlet.passed());
        }
        Ok(Some(in_turn(batches)))
    }

    /// Reads what the worker's own consumer has of a topic.
    fn read_own(&mut self, number: i32, topic: usize) -> Result<Read, EngineError> {
        let Self { link, feeds, routes, rejects, tasks, .. } = self;
        let Some(inlet) = tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(topic)) else {
            return Ok(Read::default());
        };
        let inputs = routes.get(usize::from(inlet.at.input)).map(Vec::as_slice).unwrap_or_default();
        let from = |input: u16| InputPartition { input, partition: number };
        let (mut records, mut latest) = (0, i64::MIN);
        let fetched = link.fetch(inlet.at, BATCH_ROWS_MAX, &mut |lent| {
            // What was fetched before a rewind must never come twice, whatever the link does.
            let fresh = &lent[lent.partition_point(|r| r.offset < inlet.taken)..];
            if let Some(last) = fresh.last() {
                inlet.taken = last.offset + 1;
                latest = latest.max(last.timestamp);
                records += fresh.len();
                for input in inputs {
                    if let Some(feed) = feeds.get_mut(usize::from(*input)) {
                        feed.push(from(*input), fresh, rejects);
                    }
                }
            }
        });
        if records == 0 {
            return Ok(Read { end: fetched?.end, ..Read::default() });
        }
        let end = fetched.map_err(in_doubt)?.end;
        let mut batches = Vec::with_capacity(inputs.len());
        for input in inputs {
            if let Some(feed) = feeds.get_mut(usize::from(*input)) {
                batches.extend(feed.finish(from(*input), rejects)?);
            }
        }
        Ok(Read { batches, records, latest, end })
    }

    /// The only topic of a task.
    fn fetch_only(&mut self, number: i32) -> Result<bool, EngineError> {
        let Some(batches) = self.take(number, 0)? else { return Ok(false) };
        if let Some(inlet) = self.tasks.get_mut(&number).and_then(|task| task.inlets.first_mut()) {
            inlet.next = inlet.taken;
            batches.iter().for_each(|batch| inlet.saw(batch));
            self.query.ledger().extend(inlet.passed());
        }
        for batch in batches {
            if self.guarantee == Guarantee::AtMostOnce {
                self.held.push(batch);
            } else {
                self.process(number, batch)?;
            }
        }
        Ok(true)
    }

    /// The topics of a task, merged by event time.
    fn fetch_merged(&mut self, number: i32) -> Result<bool, EngineError> {
        let topics = self.tasks.get(&number).map_or(0, |task| task.inlets.len());
        let (mut any, turns) = (false, self.takes_turns(number));
        let now = Now { since: self.clock.monotonic(), ms: self.clock.now_ms() };
        loop {
            for topic in 0..topics {
                let waits = |task: &Task| task.inlets.get(topic).is_some_and(|inlet| !inlet.waiting.is_empty());
                if self.tasks.get(&number).is_some_and(waits) {
                    continue;
                }
                let Some(batches) = self.take(number, topic)? else { continue };
                any = true;
                if let Some(inlet) = self.tasks.get_mut(&number).and_then(|task| task.inlets.get_mut(topic)) {
                    inlet.waiting = batches;
                }
            }
            if turns && self.fetch_turns(number)? {
                any = true;
                self.due.get_or_insert_with(|| self.clock.monotonic() + self.epoch);
                if self.is_due() {
                    return Ok(any);
                }
                continue;
            }
            let Some(task) = self.tasks.get_mut(&number) else { return Ok(any) };
            let Some(topic) = task.turn(now) else { return Ok(any) };
            let limit = task.others(topic);
            let Some(inlet) = task.inlets.get_mut(topic) else { return Ok(any) };
            let Some(batch) = inlet.take_until(limit) else { return Ok(any) };
            let last = batch.origin.offsets.last().copied();
            let mut batches = vec![batch];
            while let Some(rest) = last.and_then(|offset| inlet.take_rest_of(offset)) {
                batches.push(rest);
            }
            self.query.ledger().extend(inlet.passed());
            any = true;
            self.due.get_or_insert_with(|| self.clock.monotonic() + self.epoch);
            for batch in batches {
                self.process(number, batch)?;
            }
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

/// The rows of a batch that come before an offset.
fn before(batch: &Batch, offset: i64) -> Option<Batch> {
    let count = batch.origin.offsets.partition_point(|at| *at < offset);
    (count > 0).then(|| batch.slice(0, count))
}

/// Why a query stops that stops before records that it cannot read.
fn stopped_by(entry: &Entry) -> String {
    let (topic, stage, reason) = match &entry.rejected {
        Some(rejected) => (rejected.topic.as_str(), rejected.stage, rejected.reason.as_str()),
        None => ("", "", ""),
    };
    format!(
        "the record at offset {} of partition {} of topic {topic} cannot be read ({stage}): {reason}. The query stops before it, as \
         ON_ERROR or ksql.fail.on.deserialization.error says",
        entry.offset, entry.partition
    )
}

/// Rows of one topic for several inputs, record by record: each input sees a record before any of them sees the next one.
fn in_turn(batches: Vec<Batch>) -> VecDeque<Batch> {
    if batches.len() < 2 {
        return batches.into();
    }
    let mut rows: Vec<(i64, usize, Batch)> = Vec::new();
    for (input, batch) in batches.iter().enumerate() {
        let each = batch.origin.offsets.iter().enumerate();
        rows.extend(each.map(|(row, offset)| (*offset, input, batch.slice(row, 1))));
    }
    rows.sort_by_key(|(offset, input, _)| (*offset, *input));
    rows.into_iter().map(|(_, _, row)| row).collect()
}
