//! The table of groups and the store of offsets together: waiting threads, listing, deleting, expiry, restarts.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::clock::Clock;
use crate::config::{Fsync, Limits};
use crate::error::Code;
use crate::journal::{Entry, Journal, OffsetEntry};

const RETENTION_MS: i64 = 1_000_000;

struct Broker {
    folder: tempfile::TempDir,
    journal: Arc<Journal>,
    clock: Clock,
    offsets: Offsets,
    groups: Groups,
}

fn started(folder: tempfile::TempDir, limits: &Limits) -> Broker {
    let journal = Arc::new(Journal::open(folder.path(), Fsync::Never).unwrap());
    let clock = Clock::manual(0);
    let offsets = Offsets::open(&journal.state(), Arc::clone(&journal), clock.clone(), RETENTION_MS);
    let groups = Groups::new(clock.clone(), limits, 0);
    Broker { folder, journal, clock, offsets, groups }
}

fn broker() -> Broker {
    started(tempfile::tempdir().unwrap(), &Limits::default())
}

fn join(member_id: &str, topics: &[&str]) -> Join {
    let mut metadata = vec![0, 0];
    metadata.extend((topics.len() as i32).to_be_bytes());
    for topic in topics {
        metadata.extend((topic.len() as i16).to_be_bytes());
        metadata.extend(topic.as_bytes());
    }
    Join {
        member_id: member_id.into(),
        instance_id: None,
        client_id: "client".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![Protocol { name: "range".into(), metadata: metadata.into() }],
        known_id_required: false,
        skip_supported: false,
        fresh_id: String::new(),
    }
}

fn entry(topic: &str, partition: i32, committed_ms: i64) -> OffsetEntry {
    let metadata = String::new();
    OffsetEntry { topic: topic.into(), partition, offset: 7, leader_epoch: -1, metadata, committed_ms }
}

fn offset_keys(offsets: &Offsets, group: &str) -> Vec<(String, i32)> {
    let all = offsets.fetch_all(group).into_iter();
    all.flat_map(|(topic, partitions)| partitions.into_iter().map(move |(p, ..)| (topic.clone(), p))).collect()
}

impl Broker {
    fn member(&self, group: &str, topics: &[&str]) -> String {
        let joined = self.groups.join(group, join("", topics), || false).unwrap();
        let sync = Sync {
            member_id: joined.member_id.clone(),
            generation: joined.generation,
            assignments: vec![(joined.member_id.clone(), Bytes::from_static(b"a"))],
            ..Sync::default()
        };
        assert_eq!(self.groups.sync(group, sync, || false).unwrap().assignment, "a");
        joined.member_id
    }

    fn pass(&self, ms: i64) {
        self.clock.advance(ms);
        self.groups.upkeep(self.clock.steady_ms());
    }
}

#[test]
fn requests_that_no_group_is_needed_for() {
    let b = broker();
    let code = |group: &str, join| b.groups.join(group, join, || false).unwrap().error;
    assert_eq!(code("", join("", &[])), Some(Code::InvalidGroupId));
    for session_timeout_ms in [-1, 5_999, 1_800_001] {
        let join = Join { session_timeout_ms, ..join("", &[]) };
        assert_eq!(code("g", join), Some(Code::InvalidSessionTimeout));
    }
    assert_eq!(code("g", join("x", &[])), Some(Code::UnknownMemberId));
    let sync = |group| b.groups.sync(group, Sync::default(), || false).unwrap().error;
    assert_eq!((sync(""), sync("g")), (Some(Code::InvalidGroupId), Some(Code::UnknownMemberId)));
    let beat = |group| b.groups.heartbeat(group, "m", None, 1);
    assert_eq!((beat(""), beat("g")), (Err(Code::InvalidGroupId), Err(Code::UnknownMemberId)));
    assert_eq!(b.groups.leave("", &[]), Err(Code::InvalidGroupId));
    assert_eq!(b.groups.leave("g", &[]), Err(Code::UnknownMemberId));
    assert_eq!(b.groups.check_member("", "", None, -1), Err(Code::InvalidGroupId));
    assert_eq!(b.groups.check_member("g", "", None, -1), Ok(()));
    assert_eq!(b.groups.check_member("g", "m", None, 1), Err(Code::IllegalGeneration));
    assert_eq!(b.groups.list(&b.offsets), []);
    // A refused member leaves no group behind.
    assert_eq!(code("g", Join { protocols: vec![], ..join("", &[]) }), Some(Code::InconsistentGroupProtocol));
    assert_eq!(b.groups.describe("g", &b.offsets).state, GroupState::Dead);
}

#[test]
fn upkeep_of_offsets_is_now_and_then() {
    let b = broker();
    b.offsets.commit("g", vec![entry("t", 0, 0)]).unwrap();
    b.groups.expire_offsets(&b.offsets);
    b.clock.advance(599_999);
    b.offsets.commit("g", vec![entry("t", 0, -RETENTION_MS)]).unwrap();
    b.groups.expire_offsets(&b.offsets);
    assert!(b.offsets.has("g"));
    b.clock.advance(RETENTION_MS);
    b.groups.expire_offsets(&b.offsets);
    assert!(!b.offsets.has("g"));
}

#[test]
fn the_number_of_groups_is_bound() {
    let b = started(tempfile::tempdir().unwrap(), &Limits { groups: 1, ..Limits::default() });
    b.member("a", &[]);
    let refused = b.groups.join("b", join("", &[]), || false).unwrap();
    assert_eq!(refused.error, Some(Code::GroupMaxSizeReached));
}

#[test]
fn threads_wait_for_each_other() {
    let b = broker();
    let first = b.member("g", &["t"]);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| b.groups.join("g", join("", &["t"]), || false).unwrap());
        // The leader learns of the newcomer by its heartbeats.
        while b.groups.heartbeat("g", &first, None, 1).is_ok() {
            std::thread::yield_now();
        }
        let leader = b.groups.join("g", join(&first, &["t"]), || false).unwrap();
        assert_eq!((leader.generation, leader.members.len()), (2, 2));
        assert_eq!(second.join().unwrap().generation, 2);
    });
    // Who has gone gets no answer, and its membership ends by its session.
    let gone = b.groups.join("g", join(&first, &["t", "u"]), || true);
    assert_eq!(gone, None);
    b.pass(10_000);
    assert_eq!(b.groups.describe("g", &b.offsets).members.len(), 0);
}

#[test]
fn groups_are_listed_described_and_deleted() {
    let b = broker();
    let member = b.member("active", &["t"]);
    b.offsets.commit("simple", vec![entry("t", 0, 0)]).unwrap();
    let all = b.groups.list(&b.offsets);
    let all: Vec<_> = all.iter().map(|g| (&*g.group, &*g.protocol_type, g.state.name())).collect();
    assert_eq!(all, [("active", "consumer", "Stable"), ("simple", "", "Empty")]);
    let active = b.groups.describe("active", &b.offsets);
    assert_eq!((active.state, &*active.protocol, &*active.protocol_type), (GroupState::Stable, "range", "consumer"));
    let told = &active.members[0];
    assert_eq!((&*told.client_id, &*told.client_host, &told.assignment[..]), ("client", "/127.0.0.1", &b"a"[..]));
    assert_eq!(b.groups.describe("simple", &b.offsets).state, GroupState::Empty);
    assert_eq!(b.groups.describe("none", &b.offsets).state, GroupState::Dead);

    let delete = |group| b.groups.delete(group, &b.offsets);
    assert_eq!((delete("active"), delete("none")), (Err(Code::NonEmptyGroup), Err(Code::GroupIdNotFound)));
    b.groups.leave("active", &[(&member, None)]).unwrap();
    assert_eq!((delete("active"), delete("simple")), (Ok(()), Ok(())));
    assert_eq!(b.groups.list(&b.offsets), []);
    assert!(b.journal.state().offsets.is_empty());
}

#[test]
fn offsets_of_topics_that_are_read_are_not_deleted() {
    let b = broker();
    let asked = [("read".to_owned(), 0), ("other".to_owned(), 0), ("other".to_owned(), 9)];
    let delete = |group| b.groups.delete_offsets(group, &asked, &b.offsets);
    assert_eq!(delete("g"), Err(Code::GroupIdNotFound));
    b.offsets.commit("g", vec![entry("read", 0, 0), entry("other", 0, 0)]).unwrap();
    let member = b.member("g", &["read"]);
    assert_eq!(delete("g").unwrap(), [Err(Code::GroupSubscribedToTopic), Ok(()), Ok(())]);
    assert_eq!(offset_keys(&b.offsets, "g"), [("read".to_owned(), 0)]);
    b.groups.leave("g", &[(&member, None)]).unwrap();
    assert_eq!(delete("g").unwrap(), [Ok(()), Ok(()), Ok(())]);
    assert!(!b.offsets.has("g"));
    let other = Join { protocol_type: "connect".into(), ..join("", &[]) };
    b.groups.join("c", other, || false).unwrap();
    assert_eq!(delete("c"), Err(Code::NonEmptyGroup));
}

#[test]
fn offsets_outlive_the_broker_and_settle_with_their_transaction() {
    let b = broker();
    b.offsets.commit("g", vec![entry("t", 0, 0)]).unwrap();
    b.offsets.pend("g", 9, &[("t".to_owned(), 1)]);
    assert!(b.offsets.is_pending("g", "t", 1) && !b.offsets.is_pending("g", "t", 0));
    b.offsets.settle(8, None).unwrap();
    assert!(b.offsets.is_pending("g", "t", 1), "of another producer");
    let commits = BTreeMap::from([("g".to_owned(), vec![entry("t", 1, 0)]), ("h".to_owned(), vec![])]);
    b.offsets.settle(9, Some(&commits)).unwrap();
    assert!(!b.offsets.is_pending("g", "t", 1) && !b.offsets.has("h"));
    b.offsets.pend("g", 9, &[("t".to_owned(), 2)]);
    b.offsets.settle(9, None).unwrap();
    assert!(!b.offsets.is_pending("g", "t", 2));

    let Broker { folder, journal, offsets, .. } = b;
    drop((journal, offsets));
    let b = started(folder, &Limits::default());
    assert_eq!(offset_keys(&b.offsets, "g"), [("t".to_owned(), 0), ("t".to_owned(), 1)]);
    // The topic's deletion is journalled by the topics; the offsets only forget.
    b.offsets.pend("g", 9, &[("t".to_owned(), 2)]);
    b.journal.append(&[Entry::TopicDeleted { name: "t".into() }]).unwrap();
    b.offsets.forget_topic("t");
    assert!(!b.offsets.has("g") && !b.offsets.is_pending("g", "t", 2));
    assert!(b.journal.state().offsets.is_empty());
}

#[test]
fn offsets_expire_once_nobody_reads() {
    let b = broker();
    for group in ["left", "active", "simple", "pending"] {
        b.offsets.commit(group, vec![entry("read", 0, 0), entry("other", 0, 0)]).unwrap();
    }
    b.offsets.pend("pending", 9, &[("read".to_owned(), 0)]);
    let (left, active) = (b.member("left", &["read"]), b.member("active", &["read"]));
    b.clock.advance(RETENTION_MS - 1);
    b.groups.leave("left", &[(&left, None)]).unwrap();
    b.groups.expire_offsets_now(&b.offsets);
    assert_eq!(b.groups.list(&b.offsets).len(), 4);
    b.clock.advance(1);
    b.groups.expire_offsets_now(&b.offsets);
    assert_eq!(offset_keys(&b.offsets, "simple"), []);
    assert_eq!(offset_keys(&b.offsets, "pending"), [("read".to_owned(), 0)]);
    assert_eq!(offset_keys(&b.offsets, "active"), [("read".to_owned(), 0)], "the other is not read any more");
    assert_eq!(offset_keys(&b.offsets, "left").len(), 2, "since it was left");
    assert_eq!(b.groups.heartbeat("active", &active, None, 1), Ok(()));
    b.clock.advance(RETENTION_MS - 1);
    b.groups.expire_offsets_now(&b.offsets);
    assert_eq!(b.groups.list(&b.offsets).iter().map(|g| &*g.group).collect::<Vec<_>>(), ["active", "pending"]);
}

#[test]
fn a_commit_belongs_to_the_generation_it_was_checked_against() {
    let b = broker();
    let member = b.member("g", &["t"]);
    let commit = |who, f: &dyn Fn() -> Result<(), Code>| b.groups.committing(9, "g", false, who, f);
    assert_eq!(commit((&member, None, 1), &|| Ok(())), Ok(()));
    assert_eq!(commit((&member, None, 1), &|| Err(Code::NotCoordinator)), Err(Code::NotCoordinator));
    assert_eq!(commit((&member, None, 2), &|| unreachable!()), Err(Code::IllegalGeneration));
    assert_eq!(commit(("", None, -1), &|| unreachable!()), Err(Code::UnknownMemberId));
    let other = |version| b.groups.committing(version, "none", false, ("m", None, 1), || unreachable!());
    let emptied = b.groups.committing(5, "none", true, ("m", None, 1), || unreachable!());
    assert_eq!(emptied, Err(Code::UnknownMemberId), "a group that has nothing but offsets");
    assert_eq!((other(8), other(9)), (Err(Code::IllegalGeneration), Err(Code::GroupIdNotFound)));
}
