//! Each rule of the classic group protocol, by a clock that is moved by hand.

use std::sync::Arc;

use bytes::Bytes;

use super::machine::{Group, GroupState, Rules};
use super::member::{Join, JoinSlot, Joined, Protocol, Sync, SyncSlot, Synced};
use super::slot::Slot;
use crate::error::Code;

pub(super) const SESSION_MS: i64 = 10_000;
pub(super) const REBALANCE_MS: i64 = 30_000;
const RULES: Rules = Rules { members: 4, member_bytes: 1_000, group_bytes: 3_000, initial_delay_ms: 0 };

/// A group and its time.
struct Table {
    group: Group,
    rules: Rules,
    now_ms: i64,
    ids: usize,
}

fn join(member_id: &str) -> Join {
    Join {
        member_id: member_id.into(),
        instance_id: None,
        client_id: "c".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: SESSION_MS as i32,
        rebalance_timeout_ms: REBALANCE_MS as i32,
        protocol_type: "consumer".into(),
        protocols: protocols(&["range"]),
        known_id_required: false,
        skip_supported: false,
        fresh_id: String::new(),
    }
}

fn protocols(names: &[&str]) -> Vec<Protocol> {
    names.iter().map(|n| Protocol { name: (*n).into(), metadata: Bytes::from_static(b"s") }).collect()
}

fn fixed(instance: &str) -> Join {
    Join { instance_id: Some(instance.into()), ..join("") }
}

fn error(slot: &JoinSlot) -> Option<Code> {
    slot.take().expect("an answer").error
}

impl Table {
    fn new() -> Self {
        Self { group: Group::new(0), rules: RULES, now_ms: 0, ids: 0 }
    }

    fn join(&mut self, mut join: Join) -> JoinSlot {
        self.ids += 1;
        join.fresh_id = format!("m{}", self.ids);
        let slot = Arc::new(Slot::default());
        self.group.join(&self.rules, self.now_ms, join, &slot);
        slot
    }

    fn sync(&mut self, id: &str, generation: i32, parts: &[(&str, &'static str)]) -> SyncSlot {
        let assignments = parts.iter().map(|(id, a)| ((*id).to_owned(), Bytes::from_static(a.as_bytes()))).collect();
        self.sync_as(Sync { member_id: id.into(), generation, assignments, ..Sync::default() })
    }

    fn sync_as(&mut self, sync: Sync) -> SyncSlot {
        let slot = Arc::new(Slot::default());
        self.group.sync(&self.rules, self.now_ms, sync, &slot);
        slot
    }

    fn beat(&mut self, id: &str) -> Result<(), Code> {
        self.group.heartbeat(self.now_ms, id, None, self.group.generation)
    }

    fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
        self.group.upkeep(&self.rules, self.now_ms);
    }

    /// `m1` and `m2`, stable at generation 2; `m1` leads.
    fn two(second: Join) -> Self {
        let mut t = Self::new();
        assert_eq!(t.join(join("")).take().unwrap().generation, 1);
        let late = t.join(second);
        assert_eq!(late.take(), None);
        let first = t.join(join("m1")).take().unwrap();
        let second = late.take().unwrap();
        assert_eq!((first.generation, second.generation), (2, 2));
        assert_eq!((first.members.len(), second.members.len()), (2, 0));
        assert_eq!((&*first.leader, &*second.leader), ("m1", "m1"));
        let waits = t.sync(&second.member_id, 2, &[]);
        assert_eq!(waits.take(), None);
        let id = second.member_id;
        assert_eq!(t.sync("m1", 2, &[("m1", "a"), (&id, "b")]).take().unwrap().assignment, "a");
        assert_eq!(waits.take().unwrap().assignment, "b");
        assert_eq!(t.group.state, GroupState::Stable);
        t
    }
}

#[test]
fn a_first_member_leads_at_once_without_a_delay() {
    let mut t = Table::new();
    let joined = t.join(join("")).take().unwrap();
    assert_eq!((joined.generation, &*joined.leader, &*joined.member_id, joined.members.len()), (1, "m1", "m1", 1));
    assert_eq!((joined.protocol_type.as_deref(), joined.protocol.as_deref()), (Some("consumer"), Some("range")));
    assert_eq!(t.group.state, GroupState::CompletingRebalance);
    // Nobody left out of the assignments hears an error: it gets nothing.
    assert_eq!(t.sync("m1", 1, &[]).take().unwrap().assignment, "");
    assert_eq!(t.group.state, GroupState::Stable);
}

#[test]
fn the_initial_delay_gathers_members_and_is_prolonged_while_they_come() {
    let mut t = Table::new();
    t.rules.initial_delay_ms = 3_000;
    let first = t.join(join(""));
    t.pass(2_999);
    let second = t.join(join(""));
    t.pass(1);
    assert_eq!((first.take(), second.take()), (None, None), "prolonged");
    t.pass(3_000);
    assert_eq!((first.take().unwrap().generation, second.take().unwrap().generation), (1, 1));
    // Never beyond the rebalance timeout.
    let mut t = Table::new();
    t.rules = Rules { initial_delay_ms: 20_000, members: 100, ..RULES };
    let first = t.join(join(""));
    for _ in 0..7 {
        t.pass(5_000);
        t.join(join(""));
    }
    assert!(first.take().is_some());
}

#[test]
fn a_dynamic_member_comes_again_with_its_id() {
    let mut t = Table::new();
    let asked = t.join(Join { known_id_required: true, ..join("") }).take().unwrap();
    assert_eq!((asked.error, &*asked.member_id), (Some(Code::MemberIdRequired), "m1"));
    assert_eq!(t.join(Join { known_id_required: true, ..join("m1") }).take().unwrap().generation, 1);
    // An id that nobody comes with holds a rebalance up until it is forgotten.
    t.join(Join { known_id_required: true, ..join("") });
    let again = t.join(join("m1"));
    assert_eq!(again.take().unwrap().generation, 1, "nothing has changed: the generation goes on");
    t.sync("m1", 1, &[]);
    let again = t.join(join("m1"));
    assert_eq!(again.take(), None);
    t.pass(SESSION_MS);
    assert_eq!(again.take().unwrap().generation, 2);
    assert_eq!(error(&t.join(join("m3"))), Some(Code::UnknownMemberId), "forgotten");
}

#[test]
fn joins_that_are_refused() {
    let cases: [(&str, Join, Code); 7] = [
        ("unknown id", join("x"), Code::UnknownMemberId),
        ("other type", Join { protocol_type: "connect".into(), ..join("") }, Code::InconsistentGroupProtocol),
        ("no protocol in common", Join { protocols: protocols(&["z"]), ..join("") }, Code::InconsistentGroupProtocol),
        ("unknown instance", Join { member_id: "m1".into(), ..fixed("q") }, Code::UnknownMemberId),
        ("instance of another", Join { member_id: "m1".into(), ..fixed("i") }, Code::FencedInstanceId),
        ("no protocols", Join { protocols: vec![], ..join("") }, Code::InconsistentGroupProtocol),
        (
            "too many bytes",
            Join { protocols: vec![Protocol { name: "range".into(), metadata: vec![0; 1_001].into() }], ..join("") },
            Code::UnknownServerError,
        ),
    ];
    for (name, join, code) in cases {
        let mut t = Table::two(fixed("i"));
        assert_eq!(error(&t.join(join)), Some(code), "{name}");
        assert_eq!(t.group.state, GroupState::Stable, "{name}");
    }
    for refused in [Join { protocols: vec![], ..join("") }, Join { protocol_type: String::new(), ..join("") }] {
        assert_eq!(error(&Table::new().join(refused)), Some(Code::InconsistentGroupProtocol));
    }
}

#[test]
fn a_group_has_a_largest_size() {
    let mut t = Table::two(join(""));
    for _ in 0..2 {
        assert_eq!(t.join(join("")).take(), None);
    }
    t.join(join("m1"));
    t.join(join("m2"));
    assert_eq!(t.group.generation, 3);
    assert_eq!(error(&t.join(join(""))), Some(Code::GroupMaxSizeReached));
    // Ids are given out up to the same number.
    let mut t = Table::new();
    for n in 0..5 {
        let expected = if n < 4 { Code::MemberIdRequired } else { Code::GroupMaxSizeReached };
        assert_eq!(error(&t.join(Join { known_id_required: true, ..join("") })), Some(expected));
    }
    assert!(t.join(join("m1")).take().unwrap().error.is_none(), "who was given an id may come");
}

#[test]
fn members_that_join_again() {
    let mut t = Table::two(join(""));
    // A follower with the same metadata has only missed the answer.
    let same = t.join(join("m2")).take().unwrap();
    assert_eq!((same.generation, same.members.len(), t.group.state), (2, 0, GroupState::Stable));
    // With other metadata it makes a rebalance, of which the leader hears by its heartbeat.
    let changed = t.join(Join { protocols: protocols(&["range", "sticky"]), ..join("m2") });
    assert_eq!((changed.take(), t.group.state), (None, GroupState::PreparingRebalance));
    assert_eq!(t.beat("m1"), Err(Code::RebalanceInProgress));
    assert_eq!(t.sync("m1", 2, &[]).take().unwrap().error, Some(Code::RebalanceInProgress));
    t.join(join("m1"));
    assert_eq!(changed.take().unwrap().generation, 3);
    // The leader makes one in any case.
    let mut t = Table::two(join(""));
    assert_eq!((t.join(join("m1")).take(), t.group.state), (None, GroupState::PreparingRebalance));
    // A second request of the same member answers the first.
    let first = t.join(join("m2"));
    assert_eq!(first.take().unwrap().generation, 3);
    let mut t = Table::two(join(""));
    let (first, second) = (t.join(join("m1")), t.join(join("m1")));
    assert_eq!((error(&first), second.take()), (Some(Code::RebalanceInProgress), None));
}

#[test]
fn who_does_not_join_in_time_is_out() {
    let mut t = Table::two(Join { session_timeout_ms: 600_000, ..join("") });
    let first = t.join(join("m1"));
    t.pass(REBALANCE_MS - 1);
    assert_eq!(first.take(), None);
    t.pass(1);
    let joined = first.take().unwrap();
    assert_eq!((joined.generation, joined.members.len()), (3, 1));
    assert_eq!(t.beat("m2"), Err(Code::UnknownMemberId));
}

#[test]
fn who_does_not_sync_in_time_is_out() {
    let mut t = Table::new();
    t.join(Join { session_timeout_ms: 600_000, ..join("") });
    t.pass(REBALANCE_MS - 1);
    assert_eq!(t.group.members.len(), 1);
    t.pass(1);
    assert_eq!((t.group.members.len(), t.group.state, t.group.generation), (0, GroupState::Empty, 2));
}

#[test]
fn sessions_end_by_silence_but_not_while_waiting() {
    let mut t = Table::two(join(""));
    t.pass(SESSION_MS - 1);
    t.beat("m2").unwrap();
    t.pass(1);
    assert_eq!(t.beat("m1"), Err(Code::UnknownMemberId));
    assert_eq!(t.beat("m2"), Err(Code::RebalanceInProgress));
    // m2 leads now.
    assert_eq!(t.join(join("m2")).take().unwrap().leader, "m2");
    // While it waits for the others it need not beat.
    let mut t = Table::two(Join { session_timeout_ms: 600_000, ..join("") });
    let first = t.join(join("m1"));
    t.pass(SESSION_MS + 1);
    assert_eq!(t.group.members.len(), 2);
    // Unless its client has gone.
    t.group.abandon_join(t.now_ms, &first);
    t.pass(SESSION_MS - 1);
    assert_eq!(t.group.members.len(), 2);
    t.pass(1);
    assert!(!t.group.members.contains_key("m1"));
    // Commits keep a session up.
    let mut t = Table::two(join(""));
    t.pass(SESSION_MS - 1);
    t.group.check_commit(t.now_ms, "m1", None, 2, false).unwrap();
    t.pass(1);
    assert!(t.group.members.contains_key("m1") && !t.group.members.contains_key("m2"));
}

#[test]
fn a_leader_that_died_while_waiting_does_not_lead() {
    let mut t = Table::two(join(""));
    let first = t.join(join("m1"));
    t.group.abandon_join(t.now_ms, &first);
    assert_eq!(t.join(join("m2")).take().unwrap().leader, "m2");
    // One that waits to sync and has gone is given up after its session.
    let waits = t.sync("m1", 3, &[]);
    t.group.abandon_sync(t.now_ms, &waits);
    t.pass(SESSION_MS);
    assert!(!t.group.members.contains_key("m1"));
}

#[test]
fn syncs_that_are_refused() {
    let sync = |id: &str, generation| Sync { member_id: id.into(), generation, ..Sync::default() };
    let cases = [
        ("unknown", sync("x", 2), Code::UnknownMemberId),
        ("old generation", sync("m2", 1), Code::IllegalGeneration),
        ("type", Sync { protocol_type: Some("z".into()), ..sync("m2", 2) }, Code::InconsistentGroupProtocol),
        ("protocol", Sync { protocol: Some("z".into()), ..sync("m2", 2) }, Code::InconsistentGroupProtocol),
    ];
    let mut t = Table::two(join(""));
    for (name, sync, code) in cases {
        assert_eq!(t.sync_as(sync).take().unwrap().error, Some(code), "{name}");
    }
    assert_eq!(t.sync("m2", 2, &[]).take().unwrap().assignment, "b", "as often as asked");
    // A member that comes while the leader assigns sends all who wait back.
    let mut t = Table::two(join(""));
    t.join(join("m1"));
    t.join(join("m2"));
    let waits = t.sync("m2", 3, &[]);
    t.join(join(""));
    assert_eq!(waits.take(), Some(Synced::error(Code::RebalanceInProgress)));
    // A leader's assignment has a largest size.
    let mut t = Table::new();
    t.join(join(""));
    let big = vec![("m1".to_owned(), Bytes::from(vec![0; 1_001]))];
    let answer = t.sync_as(Sync { assignments: big, ..sync("m1", 1) }).take().unwrap();
    assert_eq!((answer.error, t.group.state), (Some(Code::UnknownServerError), GroupState::CompletingRebalance));
}

#[test]
fn members_leave() {
    let mut t = Table::two(fixed("i"));
    let asked = t.join(Join { known_id_required: true, ..join("") }).take().unwrap();
    let leaving = [("x", None), ("", Some("q")), ("", None), ("m1", Some("i")), (&*asked.member_id, None)];
    let unknown = Err(Code::UnknownMemberId);
    let results = t.group.leave(&t.rules, t.now_ms, &leaving);
    assert_eq!(results, [unknown, unknown, unknown, Err(Code::FencedInstanceId), Ok(())]);
    assert_eq!(t.group.state, GroupState::Stable, "nobody who had a part has left");
    // A static member by its instance id alone; the rest rebalances.
    assert_eq!(t.group.leave(&t.rules, t.now_ms, &[("", Some("i"))]), [Ok(())]);
    assert_eq!(t.group.state, GroupState::PreparingRebalance);
    assert_eq!(t.join(join("m1")).take().unwrap().members.len(), 1);
    assert_eq!(t.group.leave(&t.rules, t.now_ms, &[("m1", None)]), [Ok(())]);
    assert_eq!((t.group.state, t.group.protocol_type.as_deref()), (GroupState::Empty, Some("consumer")));
    assert_eq!(t.join(join("")).take().unwrap().generation, 5);
}

#[test]
fn a_static_member_takes_its_predecessors_place() {
    for (skip, leads) in [(false, true), (true, true), (true, false)] {
        let mut t = Table::two(fixed("follower"));
        let mut first = "m1".to_owned();
        if leads {
            // Make a static one lead: the other leaves.
            t.group.leave(&t.rules, 0, &[("m1", None)]);
            first = t.join(Join { member_id: "m2".into(), ..fixed("follower") }).take().unwrap().member_id;
            t.sync("m2", 3, &[("m2", "b")]);
        }
        let generation = t.group.generation;
        let back = t.join(Join { skip_supported: skip, ..fixed("follower") }).take().unwrap();
        assert_eq!((back.error, back.generation, t.group.state), (None, generation, GroupState::Stable));
        assert_eq!(back.skip_assignment, skip && leads);
        assert_eq!(back.members.len(), usize::from(skip && leads));
        // Without KIP-814 the leader must not know that it leads.
        let leader = if skip && leads { &back.member_id } else { &first };
        assert_eq!(&back.leader, leader);
        let sync = Sync { instance_id: Some("follower".into()), generation, ..Sync::default() };
        let old = t.sync_as(Sync { member_id: "m2".into(), ..sync.clone() }).take().unwrap();
        assert_eq!(old.error, Some(Code::FencedInstanceId));
        assert_eq!(t.sync_as(Sync { member_id: back.member_id, ..sync }).take().unwrap().assignment, "b");
    }
}

#[test]
fn a_static_member_that_changes_the_protocol_makes_a_rebalance() {
    let mut t = Table::new();
    let both = |names: &[&str]| Join { protocols: protocols(names), ..fixed("i") };
    t.join(both(&["a", "b"]));
    t.sync("m1", 1, &[]);
    let joined = t.join(both(&["b", "a"])).take().unwrap();
    assert_eq!((joined.generation, joined.protocol.as_deref()), (2, Some("b")));
    // In the midst of an assignment, too: the leader would assign to the old id.
    let joined = t.join(both(&["b"])).take().unwrap();
    assert_eq!(joined.generation, 3);
    // A waiting predecessor hears that it is fenced.
    let mut t = Table::two(fixed("i"));
    t.join(join("m1"));
    let _ = t.group.members.values_mut().map(|m| m.touch(0)).count();
    let mut t2 = Table::two(fixed("i"));
    let waits = t2.join(Join { member_id: "m2".into(), protocols: protocols(&["range", "x"]), ..fixed("i") });
    let back = t2.join(fixed("i"));
    assert_eq!((error(&waits), back.take()), (Some(Code::FencedInstanceId), None));
}

#[test]
fn static_members_stay_when_they_miss_a_rebalance() {
    let mut t = Table::two(Join { session_timeout_ms: 600_000, ..fixed("i") });
    let first = t.join(join("m1"));
    t.pass(REBALANCE_MS);
    assert_eq!(first.take().unwrap().members.len(), 2);
}

#[test]
fn protocols_are_chosen_by_vote() {
    let cases: [(&[&[&str]], &str); 4] = [
        (&[&["a", "b"], &["b", "a"], &["b", "a"]], "b"),
        (&[&["a", "b"], &["b"], &["b", "c"]], "b"),
        (&[&["b", "a"], &["a", "b"]], "a"),
        (&[&["x", "a"], &["a"]], "a"),
    ];
    for (members, chosen) in cases {
        let mut t = Table::new();
        t.rules.initial_delay_ms = 10;
        let slots: Vec<_> =
            members.iter().map(|names| t.join(Join { protocols: protocols(names), ..join("") })).collect();
        t.pass(10);
        t.pass(10);
        for slot in slots {
            assert_eq!(slot.take().unwrap().protocol.as_deref(), Some(chosen));
        }
    }
}

#[test]
fn who_may_commit() {
    let check = |t: &mut Table, id: &str, instance: Option<&str>, generation, tx| {
        t.group.check_commit(t.now_ms, id, instance, generation, tx)
    };
    let mut t = Table::new();
    assert_eq!(check(&mut t, "", None, -1, false), Ok(()), "empty group");
    assert_eq!(check(&mut t, "", None, 1, false), Err(Code::UnknownMemberId));
    let mut t = Table::two(fixed("i"));
    let cases = [
        ("m1", None, 2, false, Ok(())),
        ("m1", None, 1, false, Err(Code::IllegalGeneration)),
        ("m1", None, -1, false, Err(Code::IllegalGeneration)),
        ("x", None, 2, false, Err(Code::UnknownMemberId)),
        ("m1", Some("i"), 2, false, Err(Code::FencedInstanceId)),
        ("m2", Some("i"), 2, false, Ok(())),
        ("", None, -1, false, Err(Code::UnknownMemberId)),
        ("", None, -1, true, Ok(())),
        ("m1", None, 1, true, Err(Code::IllegalGeneration)),
    ];
    for (id, instance, generation, tx, expected) in cases {
        assert_eq!(check(&mut t, id, instance, generation, tx), expected, "{id} {instance:?} {generation} {tx}");
    }
    t.join(join("m1"));
    assert_eq!(check(&mut t, "m1", None, 2, false), Ok(()), "before it is out of the generation");
    t.join(Join { member_id: "m2".into(), ..fixed("i") });
    assert_eq!(check(&mut t, "m1", None, 3, false), Err(Code::RebalanceInProgress));
    assert_eq!(check(&mut t, "m1", None, 3, true), Ok(()));
}

#[test]
fn the_next_time_is_never_too_late() {
    let mut t = Table::two(join(""));
    assert_eq!(t.group.next_ms(), SESSION_MS);
    t.join(join("m1"));
    assert_eq!(t.group.next_ms(), SESSION_MS, "m2's");
    t.join(join("m2"));
    assert_eq!(t.group.next_ms(), SESSION_MS);
    assert_eq!(Group::new(0).next_ms(), i64::MAX);
}

#[test]
fn an_answer_is_taken_once() {
    let slot: Slot<Joined> = Slot::default();
    assert_eq!(slot.wait(|| true), None, "nobody waits");
    slot.put(Joined::error("a", Code::UnknownMemberId));
    slot.put(Joined::error("b", Code::UnknownMemberId));
    assert_eq!(slot.wait(|| true).unwrap().member_id, "a");
    assert_eq!(slot.take(), None);
}
