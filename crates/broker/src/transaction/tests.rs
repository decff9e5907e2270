//! The coordinator's rules, and that a decided end is finished whatever step the process died after.

use std::ops::Range;
use std::path::Path;

use super::end::COORDINATOR_EPOCH;
use super::*;
use crate::config::Fsync;
use crate::journal::OffsetEntry;
use crate::log::LastRun;
use crate::partition::LogSettings;
use crate::record::build::Batch;

const START_MS: i64 = 1_000_000;
const TIMEOUT_MS: i32 = 60_000;

pub(crate) struct Fixture {
    pub(crate) journal: Arc<Journal>,
    pub(crate) topics: Arc<Topics>,
    pub(crate) offsets: Arc<Offsets>,
    pub(crate) clock: Clock,
    pub(crate) transactions: Transactions,
}

/// The parts of a broker whose earlier process, if any, was killed.
pub(crate) fn started(folder: &Path, clock: &Clock, limits: &Limits) -> Fixture {
    let journal = Arc::new(Journal::open(folder, Fsync::Never).unwrap());
    let state = journal.state();
    let settings = LogSettings {
        fsync: Fsync::Never,
        last_run: LastRun::Killed,
        unpacked_batch_bytes: limits.unpacked_batch_bytes,
        compaction_keys: limits.compaction_keys,
        retention_check_ms: 0,
        clock: clock.clone(),
    };
    let topics = Arc::new(Topics::open(folder, &state, Arc::clone(&journal), settings, limits).unwrap());
    let offsets = Offsets::open(&state, Arc::clone(&journal), clock.clone(), limits.offsets_retention_ms);
    let offsets = Arc::new(offsets);
    let transactions = Transactions::open(
        &state,
        Arc::clone(&journal),
        Arc::clone(&topics),
        Arc::clone(&offsets),
        clock.clone(),
        limits,
    );
    Fixture { journal, topics, offsets, clock: clock.clone(), transactions }
}

fn new(folder: &Path) -> Fixture {
    let f = started(folder, &Clock::manual(START_MS), &Limits::default());
    f.topics.create("t", 2, &BTreeMap::new()).unwrap();
    f
}

fn offset(partition: i32, offset: i64) -> OffsetEntry {
    OffsetEntry { topic: "t".into(), partition, offset, leader_epoch: -1, metadata: "m".into(), committed_ms: START_MS }
}

fn both() -> [(String, i32); 2] {
    [("t".into(), 0), ("t".into(), 1)]
}

impl Fixture {
    fn init(&self) -> (i64, i16) {
        self.transactions.init(Some("x"), TIMEOUT_MS, -1, -1).unwrap()
    }

    fn state(&self) -> TransactionState {
        self.transactions.describe("x").unwrap().state
    }

    /// Writes one record to a partition as Produce does.
    fn write(&self, (id, epoch): (i64, i16), partition: i32, sequence: i32) -> Result<(), Code> {
        let batch = Batch::new(0).producer(id, epoch, sequence).transactional();
        let batch = batch.record(self.clock.now_ms(), None, Some(b"v")).bytes();
        let whole: Range<usize> = 0..batch.len();
        let there = self.topics.partition("t", partition).unwrap();
        let append = || there.append(&batch, &[whole], self.clock.now_ms()).map(drop);
        self.transactions.writing("x", id, epoch, [("t", partition)].into_iter(), append)?
    }

    /// An open transaction with a record in both partitions and an offset.
    fn open(&self) -> (i64, i16) {
        let producer = self.init();
        self.transactions.add_partitions("x", producer.0, producer.1, &both()).unwrap();
        self.write(producer, 0, 0).unwrap();
        self.write(producer, 1, 0).unwrap();
        self.transactions.add_offsets("x", producer.0, producer.1, "g").unwrap();
        let commit = |n| self.transactions.commit_offsets("x", producer.0, producer.1, "g", vec![offset(0, n)]);
        commit(3).unwrap();
        commit(5).unwrap();
        producer
    }

    /// End offset and last stable offset.
    fn ends(&self, partition: i32) -> (i64, i64) {
        let partition = self.topics.partition("t", partition).unwrap();
        partition.with(|log| (log.end_offset(), log.last_stable_offset())).unwrap()
    }

    fn committed(&self) -> Option<i64> {
        self.offsets.fetch("g", "t", 0).map(|committed| committed.offset)
    }
}

#[test]
fn a_transaction_commits_or_aborts() {
    for (commit, state, expected) in
        [(true, TransactionState::CompleteCommit, Some(5)), (false, TransactionState::CompleteAbort, None)]
    {
        let folder = tempfile::tempdir().unwrap();
        let f = new(folder.path());
        let (id, epoch) = f.open();
        assert_eq!((f.ends(0), f.ends(1)), ((1, 0), (1, 0)), "open");
        assert!(f.offsets.is_pending("g", "t", 0) && f.committed().is_none());
        f.transactions.end("x", id, epoch, commit).unwrap();
        assert_eq!((f.ends(0), f.ends(1)), ((2, 2), (2, 2)), "a marker each");
        assert_eq!((f.committed(), f.offsets.is_pending("g", "t", 0)), (expected, false));
        assert_eq!(f.state(), state);
        // The answer may have been lost: the same end again is well, the other one is not.
        assert_eq!(f.transactions.end("x", id, epoch, commit), Ok(()));
        assert_eq!(f.transactions.end("x", id, epoch, !commit), Err(Code::InvalidTxnState));
        assert_eq!(f.ends(0), (2, 2));
        assert_eq!(f.write((id, epoch), 0, 1), Err(Code::InvalidTxnState), "nothing may be written outside");
        // The next one of the same producer.
        f.transactions.add_partitions("x", id, epoch, &both()[..1]).unwrap();
        assert_eq!(f.write((id, epoch), 1, 1), Err(Code::InvalidTxnState), "not part of it");
        f.write((id, epoch), 0, 1).unwrap();
        f.transactions.end("x", id, epoch, true).unwrap();
        assert_eq!((f.ends(0), f.ends(1)), ((4, 4), (2, 2)));
    }
}

#[test]
fn whatever_step_the_process_died_after_the_end_is_finished() {
    for commit in [true, false] {
        for steps in 0..=5 {
            let folder = tempfile::tempdir().unwrap();
            let f = new(folder.path());
            let (id, epoch) = f.open();
            let decided = Entry::TransactionPrepared { id: "x".into(), commit };
            let mark = |partition| {
                let partition = f.topics.partition("t", partition).unwrap();
                partition.append_marker(id, epoch, commit, COORDINATOR_EPOCH, f.clock.now_ms()).unwrap();
            };
            let commits = BTreeMap::from([("g".to_owned(), vec![offset(0, 5)])]);
            let all: [&dyn Fn(); 5] = [
                &|| f.journal.append(std::slice::from_ref(&decided)).unwrap(),
                &|| mark(0),
                &|| mark(1),
                &|| f.offsets.settle(id, commit.then_some(&commits)).unwrap(),
                &|| f.journal.append(&[Entry::TransactionEnded { id: "x".into(), ended_ms: 7 }]).unwrap(),
            ];
            all.iter().take(steps).for_each(|step| step());
            let clock = f.clock.clone();
            drop(f); // without closing anything
            let f = started(folder.path(), &clock, &Limits::default());
            assert_eq!(f.offsets.is_pending("g", "t", 0), steps < 5, "{steps} steps");
            f.transactions.resume();
            if steps == 0 {
                assert_eq!(f.state(), TransactionState::Ongoing, "not decided: still open");
                f.transactions.end("x", id, epoch, commit).unwrap();
            }
            let state = if commit { TransactionState::CompleteCommit } else { TransactionState::CompleteAbort };
            assert_eq!(f.state(), state, "{steps} steps");
            assert_eq!((f.ends(0), f.ends(1)), ((2, 2), (2, 2)), "one marker each, {steps} steps");
            assert_eq!(f.committed(), commit.then_some(5), "{steps} steps");
            assert!(!f.offsets.is_pending("g", "t", 0), "{steps} steps");
            assert_eq!(f.journal.state().transactions["x"].state, state, "{steps} steps");
        }
    }
}

#[test]
fn a_new_producer_fences_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let (id, old) = f.open();
    let (same_id, epoch) = f.init();
    assert_eq!((same_id, epoch), (id, old + 2), "one epoch for fencing, one for the new producer");
    assert_eq!(
        (f.ends(0), f.committed(), f.state()),
        ((2, 2), None, TransactionState::Empty),
        "the old one is aborted"
    );
    let t = &f.transactions;
    assert_eq!(f.write((id, old), 0, 1), Err(Code::InvalidProducerEpoch));
    assert_eq!(t.add_partitions("x", id, old, &both()), Err(Code::ProducerFenced));
    assert_eq!(t.add_offsets("x", id, old, "g"), Err(Code::ProducerFenced));
    assert_eq!(t.commit_offsets("x", id, old, "g", vec![offset(0, 1)]), Err(Code::InvalidProducerEpoch));
    assert_eq!(t.end("x", id, old, true), Err(Code::ProducerFenced));
    assert_eq!(t.init(Some("x"), TIMEOUT_MS, id, old), Err(Code::ProducerFenced));
    // What is not fenced but wrong.
    assert_eq!(t.end("x", id, epoch, true), Err(Code::InvalidTxnState), "nothing is open");
    assert_eq!(t.end("x", id + 1, epoch, true), Err(Code::InvalidProducerIdMapping));
    assert_eq!(t.end("y", id, epoch, true), Err(Code::InvalidProducerIdMapping));
    assert_eq!(t.end("", id, epoch, true), Err(Code::InvalidRequest));
    assert_eq!(t.add_offsets("x", id, epoch, ""), Err(Code::InvalidGroupId));
    t.add_partitions("x", id, epoch, &both()).unwrap();
    assert_eq!(t.commit_offsets("x", id, epoch, "g", vec![offset(0, 1)]), Err(Code::InvalidTxnState), "not added");
}

#[test]
fn init_producer_id_follows_kafkas_rules() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let t = &f.transactions;
    for (id, timeout_ms, given, code) in [
        (Some(""), 1, (-1, -1), Code::InvalidRequest),
        (Some("x"), 0, (-1, -1), Code::InvalidTransactionTimeout),
        (Some("x"), 900_001, (-1, -1), Code::InvalidTransactionTimeout),
        (Some("x"), 1, (5, -1), Code::InvalidRequest),
        (None, 1, (-1, 5), Code::InvalidRequest),
    ] {
        assert_eq!(t.init(id, timeout_ms, given.0, given.1), Err(code), "{id:?} {timeout_ms} {given:?}");
    }
    let (first, second) = (t.init(None, 0, -1, -1).unwrap(), t.init(None, 0, -1, -1).unwrap());
    assert!(first.0 != second.0 && first.1 == 0 && second.1 == 0);
    let (id, epoch) = f.init();
    // A producer that goes on after an error tells what it has, perhaps twice (KIP-360).
    assert_eq!(t.init(Some("x"), TIMEOUT_MS, id, epoch), Ok((id, epoch + 1)));
    assert_eq!(t.init(Some("x"), TIMEOUT_MS, id, epoch), Ok((id, epoch + 1)), "repeated");
    assert_eq!(f.init(), (id, epoch + 2), "somebody else");
    assert_eq!(t.init(Some("x"), TIMEOUT_MS, id, epoch + 1), Err(Code::ProducerFenced));
}

#[test]
fn a_used_up_epoch_gives_a_new_producer_id() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let (id, _) = f.init();
    let mut entry = f.transactions.describe("x").unwrap();
    entry.producer_epoch = i16::MAX - 2;
    f.journal.append(&[Entry::Transaction(entry)]).unwrap();
    let clock = f.clock.clone();
    drop(f);
    let f = started(folder.path(), &clock, &Limits::default());
    assert_eq!(f.init(), (id, i16::MAX - 1));
    f.transactions.add_partitions("x", id, i16::MAX - 1, &both()).unwrap();
    let (new_id, epoch) = f.init();
    assert!(new_id != id && epoch == 0, "fencing took the last epoch");
    assert_eq!(f.transactions.end("x", id, i16::MAX - 1, true), Err(Code::InvalidProducerIdMapping));
    // Told its exhausted epoch, a producer gets a new id too, also when it asks twice.
    let mut entry = f.transactions.describe("x").unwrap();
    entry.producer_epoch = i16::MAX - 1;
    f.journal.append(&[Entry::Transaction(entry)]).unwrap();
    drop(f);
    let f = started(folder.path(), &clock, &Limits::default());
    let newest = f.transactions.init(Some("x"), TIMEOUT_MS, new_id, i16::MAX - 1).unwrap();
    assert!(newest.0 != new_id && newest.1 == 0);
    assert_eq!(f.transactions.init(Some("x"), TIMEOUT_MS, new_id, i16::MAX - 1), Ok(newest));
}

#[test]
fn an_open_transaction_times_out_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let (id, epoch) = f.open();
    let clock = f.clock.clone();
    clock.advance(i64::from(TIMEOUT_MS) - 1);
    drop(f);
    let f = started(folder.path(), &clock, &Limits::default());
    f.transactions.resume();
    f.transactions.upkeep(clock.now_ms());
    assert_eq!((f.state(), f.ends(0)), (TransactionState::Ongoing, (1, 0)));
    assert!(f.offsets.is_pending("g", "t", 0));
    clock.advance(1);
    f.transactions.upkeep(clock.now_ms());
    assert_eq!((f.state(), f.ends(0), f.committed()), (TransactionState::CompleteAbort, (2, 2), None));
    assert!(!f.offsets.is_pending("g", "t", 0));
    assert_eq!(f.transactions.end("x", id, epoch, true), Err(Code::ProducerFenced));
    assert_eq!(f.write((id, epoch), 0, 1), Err(Code::InvalidProducerEpoch));
    assert_eq!(f.init(), (id, epoch + 2));
}

#[test]
fn a_deleted_topic_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let (id, epoch) = f.open();
    f.topics.delete("t").unwrap();
    f.offsets.forget_topic("t");
    f.transactions.end("x", id, epoch, true).unwrap();
    assert_eq!((f.state(), f.committed()), (TransactionState::CompleteCommit, None));
    assert!(!f.journal.state().offsets.contains_key("g"), "no offset of a topic that is gone");
}

#[test]
fn idle_ids_are_forgotten_and_all_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START_MS);
    let limits = Limits { transactional_ids: 2, groups_of_transaction: 1, ..Limits::default() };
    let f = started(folder.path(), &clock, &limits);
    f.topics.create("t", 2, &BTreeMap::new()).unwrap();
    let (id, epoch) = f.init();
    f.transactions.add_offsets("x", id, epoch, "g").unwrap();
    assert_eq!(f.transactions.add_offsets("x", id, epoch, "g"), Ok(()));
    assert_eq!(f.transactions.add_offsets("x", id, epoch, "h"), Err(Code::PolicyViolation));
    f.transactions.end("x", id, epoch, true).unwrap();
    f.transactions.init(Some("y"), TIMEOUT_MS, -1, -1).unwrap();
    assert_eq!(f.transactions.init(Some("z"), TIMEOUT_MS, -1, -1), Err(Code::PolicyViolation));
    clock.advance(limits.transactional_id_expiration_ms - 1);
    f.transactions.upkeep(clock.now_ms());
    assert_eq!(f.transactions.list().len(), 2);
    clock.advance(1);
    f.transactions.upkeep(clock.now_ms());
    assert!(f.transactions.list().is_empty() && f.journal.state().transactions.is_empty());
    assert_eq!(f.transactions.end("x", id, epoch, true), Err(Code::InvalidProducerIdMapping));
    f.transactions.init(Some("z"), TIMEOUT_MS, -1, -1).unwrap();
}

#[test]
fn repeated_offsets_do_not_pile_up() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let (id, epoch) = f.open();
    for n in 0..3_000 {
        f.transactions.commit_offsets("x", id, epoch, "g", vec![offset(0, n), offset(1, n)]).unwrap();
    }
    assert_eq!(f.transactions.describe("x").unwrap().offsets["g"], [offset(0, 2_999), offset(1, 2_999)]);
    let journaled = f.journal.state().transactions["x"].offsets["g"].len();
    assert!(journaled < 1_100, "{journaled}");
    f.transactions.end("x", id, epoch, true).unwrap();
    assert_eq!(f.committed(), Some(2_999));
}

#[test]
fn producer_ids_are_never_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START_MS);
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let f = started(folder.path(), &clock, &Limits::default());
        for _ in 0..1_500 {
            assert!(seen.insert(f.transactions.init(None, 0, -1, -1).unwrap().0));
        }
    }
}

#[test]
fn no_record_lands_behind_its_marker() {
    let folder = tempfile::tempdir().unwrap();
    let f = new(folder.path());
    let (id, epoch) = f.open();
    let f = &f;
    std::thread::scope(|scope| {
        for round in 1..50 {
            f.transactions.add_partitions("x", id, epoch, &both()).unwrap();
            f.write((id, epoch), 0, round * 2 - 1).unwrap();
            let (before, _) = f.ends(0);
            // One thread writes, another ends: the record is in the transaction, or refused.
            let writer = scope.spawn(move || f.write((id, epoch), 0, round * 2));
            f.transactions.end("x", id, epoch, round % 2 == 0).unwrap();
            let written = writer.join().unwrap();
            let (end, stable) = f.ends(0);
            assert_eq!(end, stable, "nothing is open behind the marker");
            assert_eq!(end, before + 1 + i64::from(written.is_ok()));
            if written == Err(Code::InvalidTxnState) {
                // Its sequence number is still to come.
                f.transactions.add_partitions("x", id, epoch, &both()).unwrap();
                f.write((id, epoch), 0, round * 2).unwrap();
                f.transactions.end("x", id, epoch, true).unwrap();
            } else {
                assert_eq!(written, Ok(()));
            }
        }
    });
}
