//! The journal survives restarts, torn ends and growth; it refuses what is not its own.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn offset(partition: i32, offset: i64) -> OffsetEntry {
    OffsetEntry { topic: "t".into(), partition, offset, leader_epoch: -1, metadata: String::new(), committed_ms: 5 }
}

fn transaction(id: &str) -> TransactionEntry {
    TransactionEntry {
        id: id.into(),
        producer_id: 7,
        producer_epoch: 1,
        timeout_ms: 1000,
        state: TransactionState::Empty,
        started_ms: 0,
        changed_ms: 1,
        partitions: BTreeSet::new(),
        offsets: BTreeMap::new(),
    }
}

fn created(name: &str) -> Entry {
    Entry::TopicCreated { name: name.into(), id: Uuid::from_u128(1), partitions: 2, configs: BTreeMap::new() }
}

use uuid::Uuid;

fn commits(journal: &Journal, from: i64, to: i64) {
    for n in from..to {
        journal.append(&[Entry::OffsetsCommitted { group: "g".into(), offsets: vec![offset(0, n)] }]).unwrap();
    }
}

#[test]
fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Fsync::Never).unwrap();
    let entries = [
        Entry::Cluster { id: "c".into() },
        created("t"),
        created("u"),
        Entry::TopicGrown { name: "t".into(), partitions: 4 },
        Entry::TopicConfigured { name: "t".into(), configs: BTreeMap::from([("a".into(), "b".into())]) },
        Entry::TopicDeleted { name: "u".into() },
        Entry::OffsetsCommitted { group: "g".into(), offsets: vec![offset(0, 1), offset(1, 2)] },
        Entry::OffsetsDeleted { group: "g".into(), partitions: vec![("t".into(), 1)] },
        Entry::ProducerIds { next: 9 },
        Entry::Transaction(transaction("x")),
        Entry::TransactionPartitions { id: "x".into(), started_ms: 3, partitions: vec![("t".into(), 0)] },
        Entry::TransactionOffsets { id: "x".into(), started_ms: 4, group: "g".into(), offsets: vec![offset(0, 8)] },
    ];
    journal.append(&entries).unwrap();
    let state = journal.state();
    assert_eq!(state.topics["t"].partitions, 4);
    assert_eq!(state.offsets["g"].len(), 1);
    assert_eq!(state.transactions["x"].started_ms, 3);
    drop(journal);
    let journal = Journal::open(folder.path(), Fsync::Always).unwrap();
    assert_eq!(journal.state(), state);
    let prepared = Entry::TransactionPrepared { id: "x".into(), commit: true };
    journal.append(&[prepared, Entry::TransactionEnded { id: "x".into(), ended_ms: 6 }]).unwrap();
    drop(journal);
    let state = Journal::open(folder.path(), Fsync::Never).unwrap().state();
    assert_eq!(state.transactions["x"].state, TransactionState::CompleteCommit);
    assert!(state.transactions["x"].partitions.is_empty() && state.transactions["x"].offsets.is_empty());
}

#[test]
fn a_torn_end_is_cut_wherever_it_tears() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Fsync::Never).unwrap();
    commits(&journal, 0, 3);
    drop(journal);
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    let two = {
        let mut state = State::default();
        let one = framed(&[Entry::OffsetsCommitted { group: "g".into(), offsets: vec![offset(0, 0)] }]).unwrap().len();
        let end = whole.len() - one;
        assert_eq!(fold(&path, &whole[..end], &mut state).unwrap(), end as u64);
        end
    };
    for cut in two..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let journal = Journal::open(folder.path(), Fsync::Never).unwrap();
        assert_eq!(journal.state().offsets["g"][&("t".to_owned(), 0)].offset, 1, "cut at {cut}");
        commits(&journal, 7, 8);
        drop(journal);
        let journal = Journal::open(folder.path(), Fsync::Never).unwrap();
        assert_eq!(journal.state().offsets["g"][&("t".to_owned(), 0)].offset, 7, "after cut at {cut}");
    }
}

#[test]
fn a_growing_file_is_rewritten_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Fsync::Never).unwrap();
    commits(&journal, 0, 40_000);
    let size = std::fs::metadata(folder.path().join(FILE)).unwrap().len();
    assert!(size < REWRITE_FROM + 4096, "{size}");
    drop(journal);
    let state = Journal::open(folder.path(), Fsync::Never).unwrap().state();
    assert_eq!(state.offsets["g"][&("t".to_owned(), 0)].offset, 39_999);
}

#[test]
fn foreign_newer_and_damaged_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let journal = Journal::open(folder.path(), Fsync::Never).unwrap();
    commits(&journal, 0, 3);
    drop(journal);
    let mut damaged = std::fs::read(&path).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for (content, reason) in [
        (b"millstream-broker 2\n".to_vec(), "version 2"),
        (b"something else\n and more".to_vec(), "not written by this program"),
        (damaged, "damaged"),
    ] {
        std::fs::write(&path, &content).unwrap();
        let error = Journal::open(folder.path(), Fsync::Never).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}
