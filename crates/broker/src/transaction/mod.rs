//! Producer ids and transactions: the transaction coordinator of Kafka (KIP-98, KIP-360; not version 2 of KIP-890).
//!
//! One transaction, from the coordinator's side: InitProducerId gives an id and an epoch that fences earlier producers
//! of the same transactional id → AddPartitionsToTxn and AddOffsetsToTxn open the transaction → Produce, inside
//! [`Transactions::writing`] → EndTxn, which is in [`end`].
//!
//! Every transactional id has a lock of its own, held over each of these steps: no record can land behind its marker.

mod end;
mod open_transaction;
mod producer_ids;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::config::Limits;
use crate::error::Code;
use crate::group::Offsets;
use crate::journal::{Entry, Journal, State, TransactionEntry, TransactionState};
use crate::topics::Topics;
use producer_ids::{ProducerIds, unavailable};

/// The producer id of none.
pub(crate) const NO_PRODUCER_ID: i64 = -1;
/// The epoch of none.
pub(crate) const NO_EPOCH: i16 = -1;

/// All producer ids and transactional ids.
#[derive(Debug)]
pub(crate) struct Transactions {
    journal: Arc<Journal>,
    topics: Arc<Topics>,
    offsets: Arc<Offsets>,
    clock: Clock,
    limits: Limits,
    producer_ids: ProducerIds,
    /// By transactional id; at most [`Limits::transactional_ids`].
    ids: Mutex<BTreeMap<String, Arc<Mutex<Slot>>>>,
}

/// What is known of a transactional id.
#[derive(Debug, Default)]
struct Slot {
    /// `None` until its first InitProducerId is journaled.
    entry: Option<TransactionEntry>,
    /// Producer id and epoch before the last InitProducerId that told them, so that its repetition is recognised
    /// (KIP-360). Memory only: after a restart the repetition is fenced.
    last: Option<(i64, i16)>,
    /// Offsets that the journal has for the open transaction; more than count when partitions repeat.
    journaled_offsets: usize,
    /// Taken out of the map: whoever still holds it looks again.
    forgotten: bool,
}

impl Transactions {
    /// Continues with what the journal knows. Transactions whose end is decided wait for [`Transactions::resume`].
    pub(crate) fn open(
        state: &State,
        journal: Arc<Journal>,
        topics: Arc<Topics>,
        offsets: Arc<Offsets>,
        clock: Clock,
        limits: &Limits,
    ) -> Self {
        let mut ids = BTreeMap::new();
        for (id, entry) in &state.transactions {
            for (group, pending) in &entry.offsets {
                let partitions: Vec<_> = pending.iter().map(|o| (o.topic.clone(), o.partition)).collect();
                offsets.pend(group, entry.producer_id, &partitions);
            }
            let journaled_offsets = entry.offsets.values().map(Vec::len).sum();
            let slot = Slot { entry: Some(entry.clone()), journaled_offsets, ..Slot::default() };
            ids.insert(id.clone(), Arc::new(Mutex::new(slot)));
        }
        let producer_ids = ProducerIds::open(state, Arc::clone(&journal));
        let ids = Mutex::new(ids);
        Self { journal, topics, offsets, clock, limits: limits.clone(), producer_ids, ids }
    }

    /// InitProducerId: a producer id and epoch. Without transactional id both are fresh. With one: an open transaction
    /// is aborted, the epoch grows, so that earlier producers are fenced. A producer that tells its id and epoch
    /// (KIP-360; else -1 and -1) only gets on while these are the latest.
    ///
    /// Errors: `InvalidRequest`, `InvalidTransactionTimeout`, `ProducerFenced` (answers before version 4 call it
    /// `InvalidProducerEpoch`), `ConcurrentTransactions` (the end before could not be finished: try again),
    /// `CoordinatorNotAvailable`, `PolicyViolation` (too many ids).
    pub(crate) fn init(
        &self,
        transactional_id: Option<&str>,
        timeout_ms: i32,
        producer_id: i64,
        epoch: i16,
    ) -> Result<(i64, i16), Code> {
        if (producer_id == NO_PRODUCER_ID) != (epoch == NO_EPOCH) || producer_id < -1 || epoch < -1 {
            return Err(Code::InvalidRequest);
        }
        let Some(id) = transactional_id else {
            return Ok((self.producer_ids.fresh()?, 0));
        };
        if id.is_empty() {
            return Err(Code::InvalidRequest);
        }
        if timeout_ms < 1 || timeout_ms > self.limits.max_transaction_timeout_ms {
            return Err(Code::InvalidTransactionTimeout);
        }
        loop {
            let slot = self.slot_or_new(id)?;
            let mut slot = slot.lock();
            if !slot.forgotten {
                let given = (producer_id != NO_PRODUCER_ID).then_some((producer_id, epoch));
                return self.init_slot(&mut slot, id, timeout_ms, given);
            }
        }
    }

    fn init_slot(
        &self,
        slot: &mut Slot,
        id: &str,
        timeout_ms: i32,
        given: Option<(i64, i16)>,
    ) -> Result<(i64, i16), Code> {
        // What the producer tells is compared before an open transaction is fenced, which changes the epoch.
        let before = slot.entry.as_ref().map(|entry| (entry.producer_id, entry.producer_epoch));
        if let (Some(given), Some(before)) = (given, before)
            && given != before
        {
            // The answer to this very request may have been lost: then it is given again.
            let idle = slot.entry.as_ref().is_some_and(|entry| entry.state == TransactionState::Empty);
            return if idle && slot.last == Some(given) { Ok(before) } else { Err(Code::ProducerFenced) };
        }
        if slot.entry.is_some() {
            self.finish_before_init(slot)?;
        }
        let (producer_id, producer_epoch) = match &slot.entry {
            None => (self.producer_ids.fresh()?, 0),
            Some(entry) if exhausted(entry.producer_epoch) => (self.producer_ids.fresh()?, 0),
            Some(entry) => (entry.producer_id, entry.producer_epoch.saturating_add(1)),
        };
        let entry = TransactionEntry {
            id: id.to_owned(),
            producer_id,
            producer_epoch,
            timeout_ms,
            state: TransactionState::Empty,
            started_ms: 0,
            changed_ms: self.clock.now_ms(),
            partitions: BTreeSet::new(),
            offsets: BTreeMap::new(),
        };
        self.journal.append(&[Entry::Transaction(entry.clone())]).map_err(|e| unavailable(&e))?;
        slot.entry = Some(entry);
        slot.last = given;
        slot.journaled_offsets = 0;
        Ok((producer_id, producer_epoch))
    }

    /// Runs `f`, which appends a producer's records to `partitions`, while the end of its transaction has to wait.
    ///
    /// Errors, `f` not having run: `InvalidProducerIdMapping`, `InvalidProducerEpoch` (fenced), `InvalidTxnState` (a
    /// partition is not part of the open transaction), `NotEnoughReplicas` (the end before is not finished: as Apache
    /// Kafka, so that producers try again).
    pub(crate) fn writing<'a, R>(
        &self,
        transactional_id: &str,
        producer_id: i64,
        epoch: i16,
        mut partitions: impl Iterator<Item = (&'a str, i32)>,
        f: impl FnOnce() -> R,
    ) -> Result<R, Code> {
        self.of_producer(transactional_id, producer_id, epoch, |_, entry| {
            match entry.state {
                TransactionState::Ongoing => {}
                TransactionState::PrepareCommit | TransactionState::PrepareAbort => {
                    return Err(Code::NotEnoughReplicas);
                }
                _ => return Err(Code::InvalidTxnState),
            }
            if !partitions.all(|(topic, index)| entry.partitions.contains(&(topic.to_owned(), index))) {
                return Err(Code::InvalidTxnState);
            }
            Ok(f())
        })
        .map_err(|code| if code == Code::ProducerFenced { Code::InvalidProducerEpoch } else { code })
    }

    /// All that is known of a transactional id, for DescribeTransactions.
    pub(crate) fn describe(&self, transactional_id: &str) -> Option<TransactionEntry> {
        let slot = self.slot(transactional_id)?;
        let slot = slot.lock();
        slot.entry.clone().filter(|_| !slot.forgotten)
    }

    /// Transactional ids, for ListTransactions.
    pub(crate) fn list(&self) -> Vec<TransactionEntry> {
        self.slots().into_iter().filter_map(|(id, _)| self.describe(&id)).collect()
    }

    /// Calls `f` with the id's state, locked, when producer id and epoch are the current ones.
    ///
    /// Errors: `InvalidRequest`, `InvalidProducerIdMapping`, `ProducerFenced`, those of `f`.
    fn of_producer<R>(
        &self,
        id: &str,
        producer_id: i64,
        epoch: i16,
        f: impl FnOnce(&mut usize, &mut TransactionEntry) -> Result<R, Code>,
    ) -> Result<R, Code> {
        if id.is_empty() {
            return Err(Code::InvalidRequest);
        }
        let slot = self.slot(id).ok_or(Code::InvalidProducerIdMapping)?;
        let mut slot = slot.lock();
        let Slot { entry, journaled_offsets, forgotten, .. } = &mut *slot;
        match entry {
            Some(entry) if entry.producer_id == producer_id && !*forgotten => {
                if entry.producer_epoch == epoch {
                    f(journaled_offsets, entry)
                } else {
                    Err(Code::ProducerFenced)
                }
            }
            _ => Err(Code::InvalidProducerIdMapping),
        }
    }

    fn slot(&self, id: &str) -> Option<Arc<Mutex<Slot>>> {
        self.ids.lock().get(id).cloned()
    }

    fn slot_or_new(&self, id: &str) -> Result<Arc<Mutex<Slot>>, Code> {
        let mut ids = self.ids.lock();
        if let Some(slot) = ids.get(id) {
            return Ok(Arc::clone(slot));
        }
        if ids.len() >= self.limits.transactional_ids {
            return Err(Code::PolicyViolation);
        }
        let slot = Arc::<Mutex<Slot>>::default();
        ids.insert(id.to_owned(), Arc::clone(&slot));
        Ok(slot)
    }

    fn slots(&self) -> Vec<(String, Arc<Mutex<Slot>>)> {
        self.ids.lock().iter().map(|(id, slot)| (id.clone(), Arc::clone(slot))).collect()
    }
}

/// Whether a producer id must be replaced rather than its epoch grown: one epoch stays free for fencing.
fn exhausted(epoch: i16) -> bool {
    epoch >= i16::MAX - 1
}
