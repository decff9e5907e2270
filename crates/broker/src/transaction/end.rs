//! The end of a transaction, which only rolls forward once it is decided:
//!
//! 1. journal `TransactionPrepared`: decided
//! 2. a marker in every partition (another marker of the same producer id and epoch changes nothing)
//! 3. the offsets are committed and their pending marks lifted
//! 4. journal `TransactionEnded`
//!
//! After a crash [`Transactions::resume`] does 2 to 4 again for what is decided and not ended.

use std::collections::BTreeMap;

use super::producer_ids::unavailable;
use super::{Slot, TransactionEntry, TransactionState, Transactions};
use crate::error::Code;
use crate::journal::{Entry, OffsetEntry};

/// The coordinator's epoch in markers; there is one coordinator, for ever.
pub(super) const COORDINATOR_EPOCH: i32 = 0;

impl Transactions {
    /// EndTxn. Repeating the end that was reached is no error.
    ///
    /// Errors: `InvalidProducerIdMapping`, `ProducerFenced`, `InvalidTxnState`, `ConcurrentTransactions` (decided, but
    /// a marker could not be written yet: try again), `CoordinatorNotAvailable`.
    pub(crate) fn end(&self, transactional_id: &str, producer_id: i64, epoch: i16, commit: bool) -> Result<(), Code> {
        self.of_producer(transactional_id, producer_id, epoch, |_, entry| match (entry.state, commit) {
            (TransactionState::Ongoing, _) => {
                let id = entry.id.clone();
                self.journal.append(&[Entry::TransactionPrepared { id, commit }]).map_err(|e| unavailable(&e))?;
                entry.prepare(commit);
                self.roll_forward(entry)
            }
            (TransactionState::CompleteCommit, true) | (TransactionState::CompleteAbort, false) => Ok(()),
            (TransactionState::PrepareCommit, true) | (TransactionState::PrepareAbort, false) => {
                self.roll_forward(entry)
            }
            _ => Err(Code::InvalidTxnState),
        })
    }

    /// Finishes at start what an earlier run decided. What fails is tried again by [`Transactions::upkeep`].
    pub(crate) fn resume(&self) {
        for (_, slot) in self.slots() {
            if let Some(entry) = slot.lock().entry.as_mut().filter(|entry| is_decided(entry)) {
                let _ = self.roll_forward(entry); // logged; upkeep tries again
            }
        }
    }

    /// Aborts transactions that are open for longer than their timeout, fencing their producers; finishes ends that
    /// failed; forgets ids that were idle for [`crate::config::Limits::transactional_id_expiration_ms`].
    pub(crate) fn upkeep(&self, now_ms: i64) {
        for (id, slot) in self.slots() {
            let mut slot = slot.lock();
            if self.upkeep_of(&mut slot, now_ms) {
                slot.forgotten = true;
                drop(slot);
                // Nobody puts another slot here meanwhile: new ones are only made for ids that are absent.
                self.ids.lock().remove(&id);
            }
        }
    }

    /// Upkeep of one id; `true`: it is to be forgotten.
    fn upkeep_of(&self, slot: &mut Slot, now_ms: i64) -> bool {
        let Some(entry) = slot.entry.as_mut() else { return true };
        if is_decided(entry) {
            let _ = self.roll_forward(entry);
            return false;
        }
        if entry.state == TransactionState::Ongoing {
            let ends_ms = entry.started_ms.saturating_add(i64::from(entry.timeout_ms));
            if now_ms >= ends_ms {
                tracing::info!("transaction of {:?} timed out and is aborted", entry.id);
                slot.last = None;
                let _ = self.fence_and_abort(entry);
            }
            return false;
        }
        let idle_until_ms = entry.changed_ms.saturating_add(self.limits.transactional_id_expiration_ms);
        let forgotten = Entry::TransactionForgotten { id: entry.id.clone() };
        now_ms >= idle_until_ms && self.journal.append(&[forgotten]).is_ok()
    }

    /// Brings a transactional id to where InitProducerId can give a new epoch.
    ///
    /// Errors: `ConcurrentTransactions`, `CoordinatorNotAvailable`.
    pub(super) fn finish_before_init(&self, slot: &mut Slot) -> Result<(), Code> {
        match slot.entry.as_mut() {
            Some(entry) if entry.state == TransactionState::Ongoing => self.fence_and_abort(entry),
            Some(entry) if is_decided(entry) => self.roll_forward(entry),
            _ => Ok(()),
        }
    }

    /// Aborts under the next epoch, so that nothing more of the producer counts, wherever it arrives.
    fn fence_and_abort(&self, entry: &mut TransactionEntry) -> Result<(), Code> {
        let mut fenced = entry.clone();
        fenced.producer_epoch = fenced.producer_epoch.saturating_add(1);
        let prepared = Entry::TransactionPrepared { id: fenced.id.clone(), commit: false };
        self.journal.append(&[Entry::Transaction(fenced.clone()), prepared]).map_err(|e| unavailable(&e))?;
        fenced.prepare(false);
        *entry = fenced;
        self.roll_forward(entry)
    }

    /// Steps 2 to 4. Errors: `ConcurrentTransactions` when one failed; it stays decided.
    fn roll_forward(&self, entry: &mut TransactionEntry) -> Result<(), Code> {
        self.steps(entry).map_err(|code| {
            tracing::warn!("the end of a transaction of {:?} has to wait: {code}", entry.id);
            Code::ConcurrentTransactions
        })
    }

    fn steps(&self, entry: &mut TransactionEntry) -> Result<(), Code> {
        let commit = entry.state == TransactionState::PrepareCommit;
        let now_ms = self.clock.now_ms();
        let (id, epoch) = (entry.producer_id, entry.producer_epoch);
        for (topic, index) in &entry.partitions {
            // A topic that was deleted meanwhile needs no marker.
            let Some(partition) = self.topics.partition(topic, *index) else { continue };
            match partition.append_marker(id, epoch, commit, COORDINATOR_EPOCH, now_ms) {
                Ok(_) | Err(Code::UnknownTopicOrPartition) => {}
                // A later epoch is there already, so nothing of this one is open; waiting would never help.
                Err(Code::InvalidProducerEpoch | Code::TransactionCoordinatorFenced) => {}
                Err(code) => return Err(code),
            }
        }
        let commits = commit.then(|| self.commits(entry));
        self.offsets.settle(id, commits.as_ref())?;
        let ended = Entry::TransactionEnded { id: entry.id.clone(), ended_ms: now_ms };
        self.journal.append(&[ended]).map_err(|e| unavailable(&e))?;
        entry.end(now_ms);
        Ok(())
    }

    /// The offsets to commit: those of partitions that still exist; of one partition the last.
    fn commits(&self, entry: &TransactionEntry) -> BTreeMap<String, Vec<OffsetEntry>> {
        let mut commits = BTreeMap::new();
        for (group, offsets) in &entry.offsets {
            let last: BTreeMap<_, _> = offsets
                .iter()
                .filter(|offset| self.topics.partition(&offset.topic, offset.partition).is_some())
                .map(|offset| ((&offset.topic, offset.partition), offset.clone()))
                .collect();
            if !last.is_empty() {
                commits.insert(group.clone(), last.into_values().collect());
            }
        }
        commits
    }
}

fn is_decided(entry: &TransactionEntry) -> bool {
    matches!(entry.state, TransactionState::PrepareCommit | TransactionState::PrepareAbort)
}
