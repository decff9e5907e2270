//! How much consumers may fetch ahead. What waits in a client counts for the whole process: a server with many queries, all of
//! which have a backlog after a restart, must not hold many times what one of them may hold. librdkafka takes the limit when a
//! client is made and never again, so each gets its share by how many there are at that time: the first few get all that helps
//! a drain, the fiftieth a fiftieth of the room.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What all consumers of the process may hold, in KiB, while there are few of them. With n of them it is up to
/// `1 + ln(n / 4)` times that, as those that came early keep what they got.
const PROCESS_KBYTES: usize = 64 * 1024;
/// The most for one consumer, in KiB.
const CONSUMER_KBYTES: usize = 16 * 1024;
/// The most for one of its partitions, in KiB.
const PARTITION_KBYTES: usize = 8 * 1024;
/// The least that makes progress: one fetch's worth, in KiB.
const FETCH_KBYTES: usize = 1024;
/// Bytes of a record, below which the number of records is the limit: librdkafka counts the bytes of values alone, and keeps
/// some 300 more for each.
const RECORD_BYTES: usize = 200;

/// Consumers that are open.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A consumer's part of the room, which others get when it is dropped.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// KiB for all of its partitions.
    kbytes: usize,
}

impl Ahead {
    /// The part of a consumer that is made now.
    pub(crate) fn new() -> Ahead {
        let others = OPEN.fetch_add(1, Ordering::Relaxed);
        Ahead { kbytes: part(others + 1) }
    }

    /// The limits for each of `partitions`.
    pub(crate) fn limits(&self, partitions: usize) -> Limits {
        Limits::new(self.kbytes, partitions)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

fn part(consumers: usize) -> usize {
    (PROCESS_KBYTES / consumers.max(1)).min(CONSUMER_KBYTES)
}

/// What may wait of one partition: librdkafka fetches more while it has less than both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// `queued.max.messages.kbytes`
    pub(crate) kbytes: usize,
    /// `queued.min.messages`
    pub(crate) records: usize,
}

impl Limits {
    /// Of a client that reads little or nothing.
    pub(crate) const LEAST: Limits = Limits { kbytes: FETCH_KBYTES, records: FETCH_KBYTES * 1024 / RECORD_BYTES };

    fn new(kbytes: usize, partitions: usize) -> Limits {
        let kbytes = (kbytes / partitions.max(1)).clamp(FETCH_KBYTES, PARTITION_KBYTES);
        Limits { kbytes, records: kbytes * 1024 / RECORD_BYTES }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_consumers_get_what_helps_and_many_share() {
        assert_eq!(part(1), CONSUMER_KBYTES);
        assert_eq!(part(4), CONSUMER_KBYTES);
        let all = |n| (1..=n).map(part).sum::<usize>();
        assert!(all(50) < 4 * PROCESS_KBYTES, "{}", all(50));
        assert!(all(200) < 5 * PROCESS_KBYTES, "{}", all(200));
    }

    #[test]
    fn partitions_divide_it_and_none_gets_less_than_a_fetch() {
        assert_eq!(Limits::new(part(1), 1).kbytes, PARTITION_KBYTES);
        assert_eq!(Limits::new(part(1), 4), Limits { kbytes: 4096, records: 20971 });
        assert_eq!(Limits::new(part(200), 12), Limits::LEAST);
        assert_eq!(Limits::new(part(1), 0).kbytes, PARTITION_KBYTES);
    }

    #[test]
    fn what_one_gives_back_others_get() {
        // Other tests of the process open consumers, too: only what is sure is said.
        let before = OPEN.load(Ordering::Relaxed);
        let held: Vec<Ahead> = (0..1000).map(|_| Ahead::new()).collect();
        assert!(held.last().is_some_and(|last| last.kbytes < CONSUMER_KBYTES));
        drop(held);
        assert!(OPEN.load(Ordering::Relaxed) < before + 1000);
    }
}
