//! A partition's share of the query: where it stands in each of its inputs, its operators, and what they keep.

use std::collections::VecDeque;

use crate::batch::Batch;
use crate::ledger::Entry;
use crate::link::InputPartition;
use crate::operator::Operator;
use crate::watermark::{InputTime, TaskTimes};

use super::between::{Between, Now};
use super::state::TaskState;

/// The partition of that number of all inputs.
pub(super) struct Task {
    pub(super) inlets: Vec<Inlet>,
    pub(super) operators: Vec<Box<dyn Operator>>,
    /// What the operators keep, if they keep anything.
    pub(super) state: Option<TaskState>,
}

/// The partition of one topic of a task.
pub(super) struct Inlet {
    /// Its topic, as the link numbers them, and the partition.
    pub(super) at: InputPartition,
    /// First offset of the open epoch.
    pub(super) base: i64,
    /// First offset that has not been through the operators.
    pub(super) next: i64,
    /// First offset not yet fetched: before it are rows that wait for those of another input.
    pub(super) taken: i64,
    /// Those rows; where several inputs are over the topic, a record's rows for each of them after another.
    pub(super) waiting: VecDeque<Batch>,
    /// What became of records among them that could not be read.
    pub(super) rejected: Vec<Entry>,
    /// There was nothing more at the last look.
    pub(super) at_end: bool,
    /// Its records come from a reading that is shared.
    pub(super) follows: bool,
    /// The latest event time of a row that has gone through the operators.
    pub(super) latest: Option<i64>,
    /// What is known of its topic, where another part of the query writes that.
    pub(super) between: Option<Between>,
}

impl Inlet {
    /// An input that is read from that offset on.
    pub(super) fn new(at: InputPartition, offset: i64, between: Option<Between>) -> Self {
        Self {
            at,
            base: offset,
            next: offset,
            taken: offset,
            waiting: VecDeque::new(),
            rejected: Vec::new(),
            at_end: false,
            follows: false,
            latest: None,
            between,
        }
    }

    /// Goes back to an offset and forgets what was fetched.
    pub(super) fn rewind(&mut self, offset: i64) {
        *self = Self::new(self.at, offset, self.between);
    }

    /// Event time of the first row that waits.
    pub(super) fn head(&self) -> Option<i64> {
        self.waiting.front().and_then(|batch| batch.time.first().copied())
    }

    /// The first rows that wait, as long as none is later than that; those behind them go on waiting.
    pub(super) fn take_until(&mut self, time: Option<i64>) -> Option<Batch> {
        let batch = self.waiting.front()?;
        let count = time.map_or(batch.len(), |limit| batch.time.iter().take_while(|t| **t <= limit).count().max(1));
        self.take_first(count)
    }

    /// So many of the first rows that wait, all of one batch.
    pub(super) fn take_first(&mut self, count: usize) -> Option<Batch> {
        let batch = self.waiting.pop_front()?;
        if count < batch.len() {
            self.waiting.push_front(batch.slice(count, batch.len() - count));
        }
        self.next = self.waiting.front().and_then(|b| b.origin.offsets.first().copied()).unwrap_or(self.taken);
        let taken = batch.slice(0, count.min(batch.len()));
        self.saw(&taken);
        Some(taken)
    }

    /// These rows go through the operators.
    pub(super) fn saw(&mut self, batch: &Batch) {
        self.latest = self.latest.max(batch.time.iter().max().copied());
    }

    /// The row of that record for a further input, if it comes next: a record goes through all of them or none.
    pub(super) fn take_rest_of(&mut self, offset: i64) -> Option<Batch> {
        let same = self.waiting.front().is_some_and(|batch| batch.origin.offsets.first() == Some(&offset));
        if same { self.take_until(None) } else { None }
    }

    /// What became of records that have been passed by now.
    pub(super) fn passed(&mut self) -> Vec<Entry> {
        let (next, all) = (self.next, std::mem::take(&mut self.rejected));
        let (passed, rest) = all.into_iter().partition(|entry| entry.offset < next);
        self.rejected = rest;
        passed
    }
}

impl Task {
    /// Whether records may flow.
    pub(super) fn is_ready(&self) -> bool {
        self.state.as_ref().is_none_or(TaskState::is_ready)
    }

    /// How far event time has come in it; `topic` names that of an input.
    pub(super) fn times(&self, partition: i32, topic: impl Fn(InputPartition) -> String) -> TaskTimes {
        let mut steps = Vec::new();
        self.operators.iter().for_each(|operator| operator.stream_times(&mut steps));
        let input = |inlet: &Inlet| InputTime {
            topic: topic(inlet.at),
            next: inlet.next,
            time: inlet.latest,
            head: inlet.head(),
            at_end: inlet.at_end,
        };
        TaskTimes { partition, steps, inputs: self.inlets.iter().map(input).collect() }
    }

    /// Where its inputs stand: the offsets that its next epoch begins with.
    pub(super) fn bases(&self) -> Vec<(InputPartition, i64)> {
        self.inlets.iter().map(|inlet| (inlet.at, inlet.base)).collect()
    }

    /// The input whose rows come next: that of the earliest first row, when all inputs have one that are not at their end, or
    /// not for good.
    pub(super) fn turn(&self, now: Now) -> Option<usize> {
        let heads = self.inlets.iter().enumerate().filter_map(|(i, inlet)| Some((inlet.head()?, i)));
        let (time, first) = heads.min()?;
        let holds = |inlet: &Inlet| inlet.waiting.is_empty() && (!inlet.at_end || now.holds(inlet.between, time));
        if self.inlets.iter().any(holds) { None } else { Some(first) }
    }

    /// Event time of the earliest first row of the other inputs.
    pub(super) fn others(&self, input: usize) -> Option<i64> {
        let others = self.inlets.iter().enumerate().filter(|(i, _)| *i != input);
        others.filter_map(|(_, inlet)| inlet.head()).min()
    }
}
