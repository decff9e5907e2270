//! Fresh producer ids, from blocks that are journaled ahead: an id is never given out twice, not even over a crash.

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{BrokerError, Code};
use crate::journal::{Entry, Journal, State};

/// Ids that one journal entry covers; a crash wastes those that are left.
const BLOCK: i64 = 1_000;

/// Gives out producer ids.
#[derive(Debug)]
pub(super) struct ProducerIds {
    journal: Arc<Journal>,
    free: Mutex<Range<i64>>,
}

impl ProducerIds {
    /// Continues after the ids of earlier runs.
    pub(super) fn open(state: &State, journal: Arc<Journal>) -> Self {
        let next = state.next_producer_id;
        Self { journal, free: Mutex::new(next..next) }
    }

    /// An id that nobody had. Errors: `CoordinatorNotAvailable` when the journal cannot be written, or ids are used up.
    pub(super) fn fresh(&self) -> Result<i64, Code> {
        let mut free = self.free.lock();
        if free.is_empty() {
            let next = free.end.checked_add(BLOCK).ok_or(Code::CoordinatorNotAvailable)?;
            self.journal.append(&[Entry::ProducerIds { next }]).map_err(|e| unavailable(&e))?;
            *free = free.end..next;
        }
        free.next().ok_or(Code::CoordinatorNotAvailable)
    }
}

/// What clients are told when the journal cannot be written: nothing happened, and trying again is right.
pub(super) fn unavailable(error: &BrokerError) -> Code {
    tracing::error!("the journal cannot be written: {error}");
    Code::CoordinatorNotAvailable
}
