//! An epoch whose commit was asked for and not answered: it may have happened. Where the group then says that its partitions
//! stand tells, and what the epoch had counted is counted after all.

use crate::counters::EpochCounts;
use crate::link::InputPartition;

/// What is not known to be committed.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Where the epoch would have moved partitions to; only those that it moved.
    offsets: Vec<(InputPartition, i64)>,
    counts: EpochCounts,
}

impl Doubt {
    /// An epoch is given up that had asked for these offsets. The first call counts, as an epoch is given up in several attempts.
    pub(super) fn begin(&mut self, moved: impl Iterator<Item = (InputPartition, i64)>, counts: EpochCounts) {
        if self.offsets.is_empty() {
            self.offsets = moved.collect();
            self.counts = counts;
        }
    }

    /// The group says where these partitions stand. What the epoch counted, if it was committed: offsets are committed all
    /// together, so one that stands where only the epoch put it is enough. The doubt ends, either way.
    pub(super) fn settle(&mut self, stand: &[(InputPartition, i64)]) -> Option<EpochCounts> {
        let Self { offsets, counts } = std::mem::take(self);
        offsets.iter().any(|moved| stand.contains(moved)).then_some(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: InputPartition = InputPartition { input: 0, partition: 0 };
    const B: InputPartition = InputPartition { input: 0, partition: 1 };

    fn doubt() -> Doubt {
        let mut doubt = Doubt::default();
        doubt.begin([(A, 7), (B, 9)].into_iter(), EpochCounts { records_in: 5, ..EpochCounts::default() });
        doubt
    }

    #[test]
    fn an_epoch_that_happened_is_counted_once() {
        let mut doubt = doubt();
        assert_eq!(doubt.settle(&[(B, 9)]).map(|counts| counts.records_in), Some(5));
        assert!(doubt.settle(&[(B, 9)]).is_none());
    }

    #[test]
    fn one_that_did_not_is_not() {
        assert!(doubt().settle(&[(A, 3), (B, 2)]).is_none());
        assert!(Doubt::default().settle(&[(A, 3)]).is_none());
    }

    #[test]
    fn a_second_attempt_to_give_it_up_changes_nothing() {
        let mut doubt = doubt();
        doubt.begin([(A, 7)].into_iter(), EpochCounts::default());
        assert_eq!(doubt.settle(&[(A, 7)]).map(|counts| counts.records_in), Some(5));
    }
}
