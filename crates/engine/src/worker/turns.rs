//! Two topics of a task whose rows meet in one step: what is here of both goes through the operators together, with the order
//! in which their rows take turns, instead of a few rows at a time.

use super::Worker;
use super::in_doubt;
use super::lost;
use crate::batch::Batch;
use crate::error::EngineError;
use crate::operator::{Turn, Turns, take_turns};

/// The input that comes from the left.
const LEFT: u16 = 0;

/// How many rows of two batches come before either of them is empty, and in which order.
struct Order {
    counts: [usize; 2],
    /// Whether rows are of the second batch, and the offset of the last of them.
    turns: Vec<(bool, i64)>,
}

impl Worker {
    /// Whether [`Worker::fetch_turns`] is for a task.
    pub(super) fn takes_turns(&self, number: i32) -> bool {
        let two = matches!(self.routes.as_slice(), [one, other] if one.len() == 1 && other.len() == 1);
        two && self.tasks.get(&number).is_some_and(|task| task.inlets.len() == 2 && take_turns(&task.operators))
    }

    /// Runs the rows that are here of both topics before either has none left. False: one has none, or but one has some.
    pub(super) fn fetch_turns(&mut self, number: i32) -> Result<bool, EngineError> {
        let Some(task) = self.tasks.get_mut(&number) else { return Ok(false) };
        let [first, second] = task.inlets.as_mut_slice() else { return Ok(false) };
        let (Some(a), Some(b)) = (first.waiting.front(), second.waiting.front()) else { return Ok(false) };
        let Order { counts: [of_first, of_second], turns } = order(a, b);
        let reversed = b.origin.partition.input == LEFT;
        let (Some(a), Some(b)) = (first.take_first(of_first), second.take_first(of_second)) else { return Ok(false) };
        let passed = [first.passed(), second.passed()];
        let order = turns.into_iter().map(|(second, until)| Turn { right: second != reversed, until }).collect();
        let turns = if reversed { Turns { left: b, right: a, order } } else { Turns { left: a, right: b, order } };
        passed.into_iter().for_each(|entries| self.query.ledger().extend(entries));
        self.begin().map_err(in_doubt)?;
        let Some(task) = self.tasks.get_mut(&number) else { return Ok(true) };
        let written = self.query.process_turns(&mut task.operators, turns, &mut *self.link).map_err(lost)?;
        self.counts.records_out += written as u64;
        Ok(true)
    }
}

/// The rows of the batch whose first one is the earlier come first, of equals those of the first batch, as long as none is
/// later than the next one of the other batch; then the other's, and so on.
fn order(first: &Batch, second: &Batch) -> Order {
    let batches = [first, second];
    let mut order = Order { counts: [0; 2], turns: Vec::new() };
    let time = |counts: &[usize; 2], which: usize| batches[which].time.get(counts[which]).copied();
    while let (Some(one), Some(other)) = (time(&order.counts, 0), time(&order.counts, 1)) {
        let (which, limit) = if one <= other { (0, other) } else { (1, one) };
        while time(&order.counts, which).is_some_and(|time| time <= limit) {
            order.counts[which] += 1;
        }
        let last = batches[which].origin.offsets.get(order.counts[which] - 1).copied();
        order.turns.push((which == 1, last.unwrap_or(i64::MAX)));
    }
    order
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{RecordBatch, RecordBatchOptions};
    use arrow::datatypes::Schema;

    use super::*;
    use crate::batch::{Change, Origin};
    use crate::link::InputPartition;

    fn batch(input: u16, times: &[i64]) -> Batch {
        let options = RecordBatchOptions::new().with_row_count(Some(times.len()));
        Batch {
            rows: RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap(),
            time: times.to_vec().into(),
            change: Change::Append { absent: None },
            keyless: None,
            windows: None,
            headers: None,
            origin: Origin {
                partition: InputPartition { input, partition: 0 },
                offsets: (0..times.len() as i64).map(|offset| offset * 10).collect(),
            },
        }
    }

    #[test]
    fn the_earlier_row_comes_first() {
        let check = |first: &[i64], second: &[i64], counts: [usize; 2], turns: &[(bool, i64)]| {
            let got = order(&batch(0, first), &batch(1, second));
            assert_eq!((got.counts, got.turns.as_slice()), (counts, turns), "{first:?} {second:?}");
        };
        check(&[1, 2, 5], &[3, 4, 6], [3, 2], &[(false, 10), (true, 10), (false, 20)]);
        check(&[3, 9], &[1, 3, 4], [1, 3], &[(true, 10), (false, 0), (true, 20)]);
        check(&[1, 1], &[1], [2, 0], &[(false, 10)]);
        check(&[5, 1, 7], &[4, 6], [2, 2], &[(true, 0), (false, 10), (true, 10)]);
        check(&[], &[1], [0, 0], &[]);
    }
}
