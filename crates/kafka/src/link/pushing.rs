//! When records leave that have been handed to librdkafka, where the user has not said how long they may linger.
//!
//! An idempotent producer of librdkafka sends no second request to a partition while more than five *records* are under way to
//! it, and while any that has lingered long enough waits for that, its thread spins (2.12.1,
//! `rd_kafka_toppar_producer_serve`). A broker that is slow for want of a processor loses it to those threads, and is slower
//! still. So records linger for much longer than they ever do, and leave
//!
//! * in batches that are full, by themselves,
//! * when the epoch ends,
//! * before that, where they are visible at once (without transactions), when the worker has nothing to do, some ms after the
//!   last ones, and less often while those are under way: small batches while little comes, larger ones the slower the broker is;
//!   and less often, too, while the worker is far behind its inputs, when nobody waits for results of a moment ago.

use std::time::Duration;

use crate::client::Producer;
use crate::deadline::Deadline;

/// `linger.ms` of a producer whose records leave as said above.
pub(super) const LINGER_MS: u32 = 1_000;
/// Records that are visible at once leave at most this often, and half as often each time that nothing was acknowledged since.
const EVERY: Duration = Duration::from_millis(5);
/// They do so while the worker is behind.
const EVERY_BEHIND: Duration = Duration::from_millis(60);
/// How many times it is halved.
const HALVED_MAX: u32 = 3;
/// How long is waited for librdkafka's threads to take them, at most; most are acknowledged by then. One that does not get a
/// processor in that time leaves them where they are, which nobody is told.
const TAKEN: Duration = Duration::from_millis(1);

/// Where records leave.
pub(super) trait Exit {
    /// Records that are neither acknowledged nor known to have failed.
    fn under_way(&self) -> usize;
    /// Makes all leave; waits for their end at most `limit` (ms), and says whether it has come.
    fn push(&self, limit: Duration) -> bool;
}

impl Exit for Producer {
    fn under_way(&self) -> usize {
        Producer::under_way(self)
    }

    fn push(&self, limit: Duration) -> bool {
        Producer::push(self, limit)
    }
}

/// What has been handed over and not been made to leave.
#[derive(Debug, Default)]
pub(super) struct Pushing {
    fresh: usize,
    /// When records were last made to leave.
    last: Option<Duration>,
    /// How often since then, or since anything was acknowledged.
    tries: u32,
    /// The worker is far behind its inputs.
    behind: bool,
}

impl Pushing {
    /// So many records were handed over.
    pub(super) fn handed(&mut self, records: usize) {
        self.fresh = self.fresh.saturating_add(records);
    }

    /// Whether there is much to read.
    pub(super) fn set_behind(&mut self, behind: bool) {
        self.behind = behind;
    }

    /// All that was handed over is to leave: lets what left earlier get through, so that nothing queues up behind it; some ms
    /// at most, as it may not have left.
    pub(super) fn settle(&mut self, producer: &Producer, deadline: &Deadline) {
        let under_way = producer.under_way();
        if under_way > self.fresh {
            producer.await_fewer(self.fresh + 1, deadline);
        }
        (self.fresh, self.tries) = (0, 0);
    }

    /// Makes what was handed over leave, if it is time; how long to wait before it is looked at again, if there is something.
    /// `now`: since any fixed moment.
    pub(super) fn push(&mut self, producer: &impl Exit, now: Duration) -> Option<Duration> {
        if self.fresh == 0 && self.tries == 0 {
            return None;
        }
        let under_way = producer.under_way();
        if under_way == 0 {
            (self.fresh, self.tries) = (0, 0);
            return None;
        }
        // Those before them are acknowledged.
        if under_way <= self.fresh {
            self.tries = 0;
        }
        let every = if self.behind { EVERY_BEHIND } else { EVERY * 2_u32.pow(self.tries.min(HALVED_MAX)) };
        let early = self.last.map_or(Duration::ZERO, |last| every.saturating_sub(now.saturating_sub(last)));
        if !early.is_zero() {
            return Some(if self.behind { early } else { early.min(EVERY) });
        }
        (self.fresh, self.last) = (0, Some(now));
        self.tries = if producer.push(TAKEN) { 0 } else { self.tries.saturating_add(1) };
        (self.tries > 0).then_some(EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Acknowledges nothing by itself.
    #[derive(Default)]
    struct Slow {
        under_way: Cell<usize>,
        pushed: Cell<usize>,
    }

    impl Exit for Slow {
        fn under_way(&self) -> usize {
            self.under_way.get()
        }

        fn push(&self, _: Duration) -> bool {
            self.pushed.set(self.pushed.get() + 1);
            self.under_way.get() == 0
        }
    }

    const MS: Duration = Duration::from_millis(1);

    fn hand(pushing: &mut Pushing, exit: &Slow, records: usize) {
        pushing.handed(records);
        exit.under_way.set(exit.under_way.get() + records);
    }

    #[test]
    fn records_leave_at_once_and_then_when_those_before_them_are_acknowledged() {
        let (mut pushing, exit) = (Pushing::default(), Slow::default());
        assert_eq!(pushing.push(&exit, 100 * MS), None, "nothing is there");
        hand(&mut pushing, &exit, 3);
        assert_eq!((pushing.push(&exit, 100 * MS), exit.pushed.get()), (Some(EVERY), 1));
        hand(&mut pushing, &exit, 2);
        assert_eq!((pushing.push(&exit, 105 * MS), exit.pushed.get()), (Some(EVERY), 1), "three are under way");
        exit.under_way.set(2);
        assert_eq!((pushing.push(&exit, 106 * MS), exit.pushed.get()), (Some(EVERY), 2));
        exit.under_way.set(0);
        assert_eq!((pushing.push(&exit, 107 * MS), exit.pushed.get()), (None, 2));
    }

    #[test]
    fn records_wait_for_company_while_there_is_much_to_read() {
        let (mut pushing, exit) = (Pushing::default(), Slow::default());
        pushing.set_behind(true);
        hand(&mut pushing, &exit, 3);
        assert_eq!((pushing.push(&exit, 100 * MS), exit.pushed.get()), (Some(EVERY), 1), "nothing has left before");
        exit.under_way.set(0);
        hand(&mut pushing, &exit, 2);
        assert_eq!((pushing.push(&exit, 130 * MS), exit.pushed.get()), (Some(30 * MS), 1));
        pushing.set_behind(false);
        assert_eq!((pushing.push(&exit, 131 * MS), exit.pushed.get()), (Some(EVERY), 2), "at the end of what there is");
    }

    #[test]
    fn what_has_not_left_is_pushed_again_less_and_less_often() {
        let (mut pushing, exit) = (Pushing::default(), Slow::default());
        hand(&mut pushing, &exit, 1);
        let mut at = Vec::new();
        for ms in 0..200 {
            let before = exit.pushed.get();
            let wait = pushing.push(&exit, ms * MS);
            assert!(wait.is_some_and(|wait| wait <= EVERY), "it is looked at again soon");
            if exit.pushed.get() > before {
                at.push(ms);
            }
        }
        assert_eq!(at, [0, 10, 30, 70, 110, 150, 190]);
    }
}
