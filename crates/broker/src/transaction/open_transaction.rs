//! What joins an open transaction, and opens it: partitions, groups, offsets.

use super::producer_ids::unavailable;
use super::{TransactionEntry, TransactionState, Transactions};
use crate::error::Code;
use crate::journal::{Entry, OffsetEntry};

/// Repeated offsets that the journal may hold for a transaction before its state is written anew.
const REPEATED_OFFSETS: usize = 1_000;

impl Transactions {
    /// AddPartitionsToTxn. The caller has checked that the partitions exist.
    ///
    /// Errors, none being added: `InvalidProducerIdMapping`, `ProducerFenced`, `ConcurrentTransactions` (the end before
    /// is not finished), `CoordinatorNotAvailable`.
    pub(crate) fn add_partitions(
        &self,
        transactional_id: &str,
        producer_id: i64,
        epoch: i16,
        partitions: &[(String, i32)],
    ) -> Result<(), Code> {
        self.of_producer(transactional_id, producer_id, epoch, |_, entry| {
            check_accepts(entry)?;
            let open = entry.state == TransactionState::Ongoing;
            let new: Vec<_> = partitions.iter().filter(|p| !open || !entry.partitions.contains(p)).cloned().collect();
            if new.is_empty() {
                return Ok(());
            }
            let started_ms = self.clock.now_ms();
            let id = transactional_id.to_owned();
            let joined = Entry::TransactionPartitions { id, started_ms, partitions: new.clone() };
            self.journal.append(&[joined]).map_err(|e| unavailable(&e))?;
            entry.begin(started_ms);
            entry.partitions.extend(new);
            Ok(())
        })
    }

    /// AddOffsetsToTxn: offsets of `group` will be committed with the transaction.
    ///
    /// Errors: as [`Transactions::add_partitions`]; `InvalidGroupId`; `PolicyViolation` (too many groups).
    pub(crate) fn add_offsets(
        &self,
        transactional_id: &str,
        producer_id: i64,
        epoch: i16,
        group: &str,
    ) -> Result<(), Code> {
        if group.is_empty() {
            return Err(Code::InvalidGroupId);
        }
        self.of_producer(transactional_id, producer_id, epoch, |_, entry| {
            check_accepts(entry)?;
            if entry.state == TransactionState::Ongoing && entry.offsets.contains_key(group) {
                return Ok(());
            }
            if entry.offsets.len() >= self.limits.groups_of_transaction {
                return Err(Code::PolicyViolation);
            }
            let started_ms = self.clock.now_ms();
            let (id, group) = (transactional_id.to_owned(), group.to_owned());
            let joined = Entry::TransactionOffsets { id, started_ms, group: group.clone(), offsets: Vec::new() };
            self.journal.append(&[joined]).map_err(|e| unavailable(&e))?;
            entry.begin(started_ms);
            entry.offsets.entry(group).or_default();
            Ok(())
        })
    }

    /// TxnOffsetCommit: what will be committed for `group` with the transaction. The caller has checked that the
    /// partitions exist, and the member.
    ///
    /// Errors: `InvalidProducerIdMapping`, `InvalidProducerEpoch` (fenced), `ConcurrentTransactions`,
    /// `InvalidTxnState` (the group was not added), `CoordinatorNotAvailable`.
    pub(crate) fn commit_offsets(
        &self,
        transactional_id: &str,
        producer_id: i64,
        epoch: i16,
        group: &str,
        offsets: Vec<OffsetEntry>,
    ) -> Result<(), Code> {
        let stored = self.of_producer(transactional_id, producer_id, epoch, |journaled, entry| {
            check_accepts(entry)?;
            if entry.state != TransactionState::Ongoing || !entry.offsets.contains_key(group) {
                return Err(Code::InvalidTxnState);
            }
            if offsets.is_empty() {
                return Ok(());
            }
            let partitions: Vec<_> = offsets.iter().map(|o| (o.topic.clone(), o.partition)).collect();
            let mut whole = entry.clone();
            replace(whole.offsets.entry(group.to_owned()).or_default(), offsets.clone());
            let distinct: usize = whole.offsets.values().map(Vec::len).sum();
            *journaled = journaled.saturating_add(offsets.len());
            let change = if *journaled > distinct.saturating_mul(2).saturating_add(REPEATED_OFFSETS) {
                *journaled = distinct;
                Entry::Transaction(whole.clone())
            } else {
                let (id, group) = (transactional_id.to_owned(), group.to_owned());
                Entry::TransactionOffsets { id, started_ms: entry.started_ms, group, offsets }
            };
            self.journal.append(&[change]).map_err(|e| unavailable(&e))?;
            *entry = whole;
            self.offsets.pend(group, producer_id, &partitions);
            Ok(())
        });
        stored.map_err(|code| if code == Code::ProducerFenced { Code::InvalidProducerEpoch } else { code })
    }
}

/// Whether something can join now. Errors: `ConcurrentTransactions` while the end before is not finished.
fn check_accepts(entry: &TransactionEntry) -> Result<(), Code> {
    match entry.state {
        TransactionState::PrepareCommit | TransactionState::PrepareAbort => Err(Code::ConcurrentTransactions),
        _ => Ok(()),
    }
}

/// Adds offsets to a group's; of one partition the last counts.
fn replace(have: &mut Vec<OffsetEntry>, new: Vec<OffsetEntry>) {
    let all: std::collections::BTreeMap<_, _> =
        have.drain(..).chain(new).map(|offset| ((offset.topic.clone(), offset.partition), offset)).collect();
    have.extend(all.into_values());
}
