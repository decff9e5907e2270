//! Bytes of records that answers may hold between being read and being sent.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Room for fetched records, over all connections. Nobody waits for it: who gets none answers with less.
#[derive(Debug)]
pub(crate) struct FetchRoom {
    total: usize,
    used: AtomicUsize,
}

impl FetchRoom {
    /// Room for `total` bytes.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, used: AtomicUsize::new(0) }
    }

    /// Takes `bytes`; `false`: there is not as much.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let taken = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.total);
        self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken).is_ok()
    }

    /// Gives back what was taken.
    pub(super) fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_and_comes_back() {
        let room = FetchRoom::new(10);
        assert!(room.take(6) && !room.take(5) && room.take(4) && !room.take(usize::MAX));
        room.give(6);
        assert!(room.take(5) && room.take(0));
    }
}
