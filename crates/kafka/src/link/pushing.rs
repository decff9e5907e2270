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
//!   last ones and not while those are under way: small batches while little comes, larger ones the slower the broker is.

use std::time::Duration;

use millstream_engine::clock::{Clock as _, SystemClock};

use crate::client::Producer;
use crate::deadline::Deadline;

/// `linger.ms` of a producer whose records leave as said above.
pub(super) const LINGER_MS: u32 = 1_000;
/// Records that are visible at once leave at most this often, and half as often each time that nothing was acknowledged since.
const EVERY: Duration = Duration::from_millis(5);
/// How many times it is halved.
const HALVED_MAX: u32 = 3;
/// How long is waited for librdkafka's threads to take them, at most; most are acknowledged by then. One that does not get a
/// processor in that time leaves them where they are, which nobody is told.
const TAKEN: Duration = Duration::from_millis(1);

/// What has been handed over and not been made to leave.
#[derive(Debug)]
pub(super) struct Pushing {
    clock: SystemClock,
    fresh: usize,
    /// When records were last made to leave.
    last: Option<Duration>,
    /// How often since then, or since anything was acknowledged.
    tries: u32,
}

impl Pushing {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { clock: SystemClock::new(), fresh: 0, last: None, tries: 0 }
    }

    /// So many records were handed over.
    pub(super) fn handed(&mut self, records: usize) {
        self.fresh = self.fresh.saturating_add(records);
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
    pub(super) fn push(&mut self, producer: &Producer) -> Option<Duration> {
        if self.fresh == 0 && self.tries == 0 {
            return None;
        }
        let under_way = producer.under_way();
        if under_way == 0 {
            (self.fresh, self.tries) = (0, 0);
            return None;
        }
        let now = self.clock.monotonic();
        // Those before them are acknowledged.
        if under_way <= self.fresh {
            self.tries = 0;
        }
        let pause = EVERY * 2_u32.pow(self.tries.min(HALVED_MAX));
        let early = self.last.map_or(Duration::ZERO, |last| pause.saturating_sub(now.saturating_sub(last)));
        if !early.is_zero() {
            return Some(early.min(EVERY));
        }
        (self.fresh, self.last) = (0, Some(now));
        self.tries = if producer.push(TAKEN) { 0 } else { self.tries.saturating_add(1) };
        (self.tries > 0).then_some(EVERY)
    }
}
