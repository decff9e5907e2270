//! What a log knows of those who write to it with sequence numbers and in transactions: which batches are repeats,
//! which transactions are open, which were aborted. Kafka's rules (KIP-98, KIP-360).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::ControlFlow;

use crate::error::Code;
use crate::record::header::Header;
use crate::record::{control, records};

/// Batches of a producer that are known again when they are repeated: as many as a client has in flight.
pub(crate) const REMEMBERED_BATCHES: usize = 5;
/// Producers that one log remembers; beyond, those that were idle longest are forgotten.
pub(crate) const PRODUCERS_OF_LOG: usize = 100_000;
/// How long an idle producer is remembered, ms (`producer.id.expiration.ms`).
pub(crate) const PRODUCER_EXPIRATION_MS: i64 = 24 * 60 * 60 * 1000;

/// A marker is never compressed; more than this does not unpack.
const MARKER_BYTES: usize = 4096;

/// A batch that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SentBatch {
    /// Sequence number of its first record.
    pub(crate) first_sequence: i32,
    /// Sequence number of its last record.
    pub(crate) last_sequence: i32,
    /// Offset of its first record.
    pub(crate) base_offset: i64,
    /// Max timestamp, ms.
    pub(crate) timestamp: i64,
}

/// A transaction that is not ended: where it begins in this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenTransaction {
    /// Offset of its first record.
    pub(crate) first_offset: i64,
    /// Base offset of the segment with that record.
    pub(crate) segment: i64,
    /// Position of that record's batch, bytes.
    pub(crate) position: u64,
}

/// What is known of one producer id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Producer {
    /// Its epoch; older ones are fenced.
    pub(crate) epoch: i16,
    /// Epoch of the coordinator that ended its last transaction; -1: none.
    pub(crate) coordinator_epoch: i32,
    /// Its last batches of this epoch, oldest first; at most [`REMEMBERED_BATCHES`].
    pub(crate) batches: VecDeque<SentBatch>,
    /// Its open transaction.
    pub(crate) open: Option<OpenTransaction>,
    /// When it last wrote, ms.
    pub(crate) last_used_ms: i64,
}

/// A transaction that was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aborted {
    /// Whose it was.
    pub(crate) producer_id: i64,
    /// Offset of its first record.
    pub(crate) first_offset: i64,
    /// Offset of its marker.
    pub(crate) last_offset: i64,
    /// The last stable offset after that: later ones in the list begin there or later.
    pub(crate) stable: i64,
}

/// What the sequence number of a batch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new, and the next one.
    Next,
    /// It is there already, as this.
    Duplicate(SentBatch),
}

/// What a marker says: how it ends the transaction, by which coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Commit, or abort.
    pub(crate) commit: bool,
    /// Epoch of the coordinator.
    pub(crate) coordinator_epoch: i32,
}

impl Ending {
    /// From a stored marker; `None` for other batches.
    pub(crate) fn of(batch: &[u8]) -> Option<Self> {
        let commit = control::kind(batch)?;
        let mut coordinator_epoch = 0;
        // The value: version i16, coordinator epoch i32.
        let read = records::each(batch, MARKER_BYTES, |record| {
            let epoch = record.value.and_then(|value| value.get(2..)?.first_chunk().copied());
            coordinator_epoch = epoch.map_or(0, i32::from_be_bytes);
            ControlFlow::Break(())
        });
        read.ok().map(|()| Self { commit, coordinator_epoch })
    }
}

/// All producers of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Producers {
    by_id: HashMap<i64, Producer>,
    /// Open transactions: first offset, producer id.
    open: BTreeMap<i64, i64>,
    /// In order of their markers.
    aborted: Vec<Aborted>,
}

impl Producers {
    /// What was kept in a snapshot.
    pub(crate) fn restored(producers: HashMap<i64, Producer>, aborted: Vec<Aborted>) -> Self {
        let open = producers.iter().filter_map(|(id, p)| p.open.map(|open| (open.first_offset, *id))).collect();
        Self { by_id: producers, open, aborted }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (i64, &Producer)> {
        self.by_id.iter().map(|(id, producer)| (*id, producer))
    }

    /// Aborted transactions, in order of their markers.
    pub(crate) fn aborted(&self) -> &[Aborted] {
        &self.aborted
    }

    /// The open transaction that began first.
    pub(crate) fn first_open(&self) -> Option<OpenTransaction> {
        let id = self.open.first_key_value()?.1;
        self.by_id.get(id)?.open
    }

    /// Whether a client's batch may be appended.
    ///
    /// Errors: `InvalidProducerEpoch` (fenced), `OutOfOrderSequenceNumber`, `InvalidTxnState` (a plain batch inside of
    /// a transaction). A producer that is not known may begin with any sequence number, as its state may have expired.
    pub(crate) fn check(&self, header: &Header) -> Result<Verdict, Code> {
        let Some(producer) = self.by_id.get(&header.producer_id) else { return Ok(Verdict::Next) };
        let (first, last) = (header.base_sequence, header.last_sequence());
        if header.producer_epoch == producer.epoch {
            let same = |b: &&SentBatch| b.first_sequence == first && b.last_sequence == last;
            if let Some(batch) = producer.batches.iter().find(same) {
                return Ok(Verdict::Duplicate(*batch));
            }
        }
        if header.producer_epoch < producer.epoch {
            return Err(Code::InvalidProducerEpoch);
        }
        let next = match producer.batches.back() {
            Some(batch) if header.producer_epoch == producer.epoch => batch.last_sequence.checked_add(1).unwrap_or(0),
            _ => 0,
        };
        if first != next {
            return Err(Code::OutOfOrderSequenceNumber);
        }
        if producer.open.is_some() && !header.is_transactional() {
            return Err(Code::InvalidTxnState);
        }
        Ok(Verdict::Next)
    }

    /// Takes note of a data batch that is in the log now, in `segment` at `position`; `now_ms` is when.
    pub(crate) fn note(&mut self, header: &Header, segment: i64, position: u64, now_ms: i64) {
        if header.producer_id < 0 {
            return;
        }
        self.make_room(header.producer_id, now_ms);
        let producer = self.by_id.entry(header.producer_id).or_insert_with(|| Producer::new(header.producer_epoch));
        producer.take_epoch(header.producer_epoch);
        if header.base_sequence >= 0 {
            if producer.batches.len() >= REMEMBERED_BATCHES {
                producer.batches.pop_front();
            }
            producer.batches.push_back(SentBatch {
                first_sequence: header.base_sequence,
                last_sequence: header.last_sequence(),
                base_offset: header.base_offset,
                timestamp: header.max_timestamp,
            });
        }
        producer.last_used_ms = producer.last_used_ms.max(now_ms);
        if header.is_transactional() && producer.open.is_none() {
            producer.open = Some(OpenTransaction { first_offset: header.base_offset, segment, position });
            self.open.insert(header.base_offset, header.producer_id);
        }
    }

    /// Whether a marker has anything to do here: to end a transaction, or to raise the epoch.
    ///
    /// Errors: `InvalidProducerEpoch`, `TransactionCoordinatorFenced` when a later epoch was here already.
    pub(crate) fn wants_marker(&self, producer_id: i64, epoch: i16, coordinator_epoch: i32) -> Result<bool, Code> {
        let Some(producer) = self.by_id.get(&producer_id) else { return Ok(true) };
        if epoch < producer.epoch {
            return Err(Code::InvalidProducerEpoch);
        }
        if coordinator_epoch < producer.coordinator_epoch {
            return Err(Code::TransactionCoordinatorFenced);
        }
        Ok(producer.open.is_some() || epoch > producer.epoch)
    }

    /// Takes note of a marker that is in the log now.
    pub(crate) fn note_marker(&mut self, header: &Header, ending: Ending, now_ms: i64) {
        self.make_room(header.producer_id, now_ms);
        let producer = self.by_id.entry(header.producer_id).or_insert_with(|| Producer::new(header.producer_epoch));
        producer.take_epoch(header.producer_epoch);
        producer.coordinator_epoch = producer.coordinator_epoch.max(ending.coordinator_epoch);
        producer.last_used_ms = producer.last_used_ms.max(now_ms);
        let Some(open) = producer.open.take() else { return };
        self.open.remove(&open.first_offset);
        if !ending.commit {
            let stable =
                self.open.first_key_value().map_or(header.last_offset().saturating_add(1), |(first, _)| *first);
            self.aborted.push(Aborted {
                producer_id: header.producer_id,
                first_offset: open.first_offset,
                last_offset: header.last_offset(),
                stable,
            });
        }
    }

    /// Aborted transactions with records from `from` to before `upto`: producer id and first offset.
    pub(crate) fn aborted_in(&self, from: i64, upto: i64) -> Vec<(i64, i64)> {
        let at = self.aborted.partition_point(|aborted| aborted.last_offset < from);
        let mut found = Vec::new();
        for aborted in self.aborted.get(at..).unwrap_or_default() {
            if aborted.first_offset < upto {
                found.push((aborted.producer_id, aborted.first_offset));
            }
            if aborted.stable >= upto {
                break;
            }
        }
        found
    }

    /// Forgets aborted transactions that end before the log starts.
    pub(crate) fn forget_before(&mut self, start_offset: i64) {
        let gone = self.aborted.partition_point(|aborted| aborted.last_offset < start_offset);
        self.aborted.drain(..gone);
    }

    /// Forgets producers that were idle for [`PRODUCER_EXPIRATION_MS`] and have no open transaction.
    pub(crate) fn expire(&mut self, now_ms: i64) -> bool {
        let before = self.by_id.len();
        self.by_id.retain(|_, p| p.open.is_some() || now_ms.saturating_sub(p.last_used_ms) < PRODUCER_EXPIRATION_MS);
        self.by_id.len() != before
    }

    fn make_room(&mut self, producer_id: i64, now_ms: i64) {
        if self.by_id.len() < PRODUCERS_OF_LOG || self.by_id.contains_key(&producer_id) || self.expire(now_ms) {
            return;
        }
        // A tenth at once, so that this is rare.
        let mut idle: Vec<(i64, i64)> =
            self.by_id.iter().filter(|(_, p)| p.open.is_none()).map(|(id, p)| (p.last_used_ms, *id)).collect();
        idle.sort_unstable();
        for (_, id) in idle.into_iter().take(PRODUCERS_OF_LOG / 10) {
            self.by_id.remove(&id);
        }
    }
}

impl Producer {
    fn new(epoch: i16) -> Self {
        Self { epoch, coordinator_epoch: -1, batches: VecDeque::new(), open: None, last_used_ms: 0 }
    }

    fn take_epoch(&mut self, epoch: i16) {
        if epoch != self.epoch {
            self.epoch = epoch;
            self.batches.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::build::Batch;

    fn batch(producer: i64, transactional: bool) -> Header {
        let batch = Batch::new(0).producer(producer, 0, 0).record(1, None, None);
        let batch = if transactional { batch.transactional() } else { batch };
        let mut header = Header::parse(&batch.bytes()).unwrap();
        header.base_offset = producer;
        header
    }

    #[test]
    fn the_table_is_bounded_and_forgets_those_idle_longest() {
        let knows = |producers: &Producers, id| producers.iter().any(|(known, _)| known == id);
        let mut producers = Producers::default();
        let most = i64::try_from(PRODUCERS_OF_LOG).unwrap();
        let template = batch(0, false);
        producers.note(&batch(0, true), 0, 0, 0);
        for id in 1..=most * 2 {
            producers.note(&Header { producer_id: id, base_offset: id, ..template }, 0, 0, id);
            assert!(producers.iter().len() <= PRODUCERS_OF_LOG);
        }
        assert!(knows(&producers, 0), "its transaction is open");
        assert!(!knows(&producers, 1));
        assert!(knows(&producers, most * 2));
        assert!(producers.iter().len() > PRODUCERS_OF_LOG * 8 / 10);
        assert_eq!(producers.first_open().map(|open| open.first_offset), Some(0));
    }
}
