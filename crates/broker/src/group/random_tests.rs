//! Members that join, sync, leave, crash and fall silent at random: what must hold at every moment, by seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::machine::{Group, GroupState, Rules};
use super::member::{Join, JoinSlot, Joined, Protocol, Sync, SyncSlot, Synced};
use super::slot::Slot;
use super::tests::{REBALANCE_MS, SESSION_MS};
use crate::error::Code;

const CLIENTS: usize = 6;
const STEPS: usize = 1_000;

/// What a client is doing.
enum Doing {
    Nothing,
    Joining(JoinSlot),
    Joined(Joined),
    Syncing(i32, SyncSlot),
    Stable(i32),
}

struct Client {
    id: String,
    instance: Option<String>,
    protocols: Vec<Protocol>,
    doing: Doing,
}

struct World {
    random: fastrand::Rng,
    rules: Rules,
    group: Group,
    now_ms: i64,
    ids: usize,
    clients: Vec<Client>,
    /// By generation: leaders and protocols that anybody was told.
    told: BTreeMap<i32, BTreeSet<(String, Option<String>)>>,
    joins: Vec<JoinSlot>,
    syncs: Vec<SyncSlot>,
    stable: usize,
}

fn assignment(id: &str, generation: i32) -> Bytes {
    format!("{id}@{generation}").into_bytes().into()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let delay = if random.bool() { 0 } else { 500 };
        let client = |n: usize| Client {
            id: String::new(),
            instance: n.is_multiple_of(3).then(|| format!("i{n}")),
            protocols: vec![],
            doing: Doing::Nothing,
        };
        Self {
            rules: Rules { members: CLIENTS - 1, member_bytes: 10_000, group_bytes: 100_000, initial_delay_ms: delay },
            group: Group::new(0),
            now_ms: 0,
            ids: 0,
            clients: (0..CLIENTS).map(client).collect(),
            told: BTreeMap::new(),
            joins: vec![],
            syncs: vec![],
            stable: 0,
            random,
        }
    }

    fn join(&mut self, n: usize) {
        self.ids += 1;
        let client = &mut self.clients[n];
        client.protocols = ["a", "b"][self.random.usize(0..2)..]
            .iter()
            .map(|name| Protocol { name: (*name).into(), metadata: vec![self.random.u8(0..2)].into() })
            .collect();
        let join = Join {
            member_id: client.id.clone(),
            instance_id: client.instance.clone(),
            client_id: "c".into(),
            client_host: "/h".into(),
            session_timeout_ms: SESSION_MS as i32,
            rebalance_timeout_ms: REBALANCE_MS as i32,
            protocol_type: "consumer".into(),
            protocols: client.protocols.clone(),
            known_id_required: self.random.bool(),
            skip_supported: self.random.bool(),
            fresh_id: format!("m{}", self.ids),
        };
        let slot: JoinSlot = Arc::new(Slot::default());
        client.doing = Doing::Joining(Arc::clone(&slot));
        self.joins.push(Arc::clone(&slot));
        self.group.join(&self.rules, self.now_ms, join, &slot);
    }

    fn sync(&mut self, n: usize, joined: &Joined) {
        let client = &mut self.clients[n];
        let assignments =
            joined.members.iter().map(|m| (m.member_id.clone(), assignment(&m.member_id, joined.generation)));
        let sync = Sync {
            member_id: client.id.clone(),
            instance_id: client.instance.clone(),
            generation: joined.generation,
            protocol_type: joined.protocol_type.clone(),
            protocol: joined.protocol.clone(),
            assignments: assignments.collect(),
        };
        let slot: SyncSlot = Arc::new(Slot::default());
        client.doing = Doing::Syncing(joined.generation, Arc::clone(&slot));
        self.syncs.push(Arc::clone(&slot));
        self.group.sync(&self.rules, self.now_ms, sync, &slot);
    }

    /// The client's reaction to what it has heard, as real ones react.
    fn hear(&mut self, n: usize) {
        let client = &mut self.clients[n];
        match std::mem::replace(&mut client.doing, Doing::Nothing) {
            Doing::Joining(slot) => match slot.take() {
                None => client.doing = Doing::Joining(slot),
                Some(joined) => self.heard_join(n, joined),
            },
            Doing::Joined(joined) => self.sync(n, &joined),
            Doing::Syncing(generation, slot) => match slot.take() {
                None => client.doing = Doing::Syncing(generation, slot),
                Some(synced) => self.heard_sync(n, generation, &synced),
            },
            Doing::Stable(generation) => {
                client.doing = Doing::Stable(generation);
                let (id, instance) = (client.id.clone(), client.instance.clone());
                match self.group.heartbeat(self.now_ms, &id, instance.as_deref(), generation) {
                    Ok(()) => {}
                    Err(Code::RebalanceInProgress | Code::IllegalGeneration) => self.join(n),
                    Err(_) => {
                        self.clients[n].id.clear();
                        self.clients[n].doing = Doing::Nothing;
                    }
                }
            }
            Doing::Nothing => self.join(n),
        }
    }

    fn heard_join(&mut self, n: usize, joined: Joined) {
        let client = &mut self.clients[n];
        match joined.error {
            None => {
                client.id.clone_from(&joined.member_id);
                let protocol = joined.protocol.as_deref().unwrap();
                assert!(client.protocols.iter().any(|p| p.name == protocol), "a protocol that the member has");
                // A returning static leader without KIP-814 is told its predecessor as leader.
                if !joined.members.is_empty() {
                    assert_eq!(joined.leader, joined.member_id, "only the leader hears of the others");
                    if !joined.skip_assignment {
                        let told = self.told.entry(joined.generation).or_default();
                        told.insert((joined.leader.clone(), joined.protocol.clone()));
                    }
                }
                client.doing = Doing::Joined(joined);
            }
            Some(Code::MemberIdRequired) => client.id = joined.member_id,
            Some(Code::RebalanceInProgress) => {}
            Some(_) => client.id.clear(),
        }
    }

    fn heard_sync(&mut self, n: usize, generation: i32, synced: &Synced) {
        let client = &mut self.clients[n];
        match synced.error {
            None => {
                // A static member may hold what was assigned to its predecessor; a dynamic one only its own.
                if client.instance.is_none() {
                    assert_eq!(synced.assignment, assignment(&client.id, generation));
                }
                client.doing = Doing::Stable(generation);
                self.stable += 1;
            }
            Some(Code::RebalanceInProgress | Code::IllegalGeneration) => {}
            Some(_) => client.id.clear(),
        }
    }

    fn step(&mut self) {
        let n = self.random.usize(0..CLIENTS);
        match self.random.u8(0..60) {
            0 => {
                let client = &mut self.clients[n];
                let (id, instance) = (std::mem::take(&mut client.id), client.instance.clone());
                // It leaves in order, unless it waits: a connection serves one request at a time.
                if matches!(client.doing, Doing::Stable(_)) {
                    client.doing = Doing::Nothing;
                    self.group.leave(&self.rules, self.now_ms, &[(&id, instance.as_deref())]);
                } else {
                    client.id = id;
                }
            }
            1 => {
                let client = &mut self.clients[n];
                client.id.clear();
                match std::mem::replace(&mut client.doing, Doing::Nothing) {
                    Doing::Joining(slot) => self.group.abandon_join(self.now_ms, &slot),
                    Doing::Syncing(_, slot) => self.group.abandon_sync(self.now_ms, &slot),
                    _ => {}
                }
            }
            2 => self.pass(SESSION_MS / 2),
            3..10 => self.pass(300),
            _ => self.hear(n),
        }
        self.check();
    }

    fn pass(&mut self, ms: i64) {
        let due_ms = self.group.next_ms();
        self.now_ms += ms;
        let before = (self.group.state, self.group.generation, self.group.members.len(), self.group.pending.len());
        self.group.upkeep(&self.rules, self.now_ms);
        if due_ms > self.now_ms {
            let after = (self.group.state, self.group.generation, self.group.members.len(), self.group.pending.len());
            assert_eq!(before, after, "upkeep did something before it was due");
        }
    }

    fn check(&self) {
        let g = &self.group;
        assert_eq!(g.members.is_empty(), g.leader.is_none());
        assert!(g.leader.as_ref().is_none_or(|id| g.members.contains_key(id)), "the leader is a member");
        assert!(g.instances.iter().all(|(i, id)| g.members[id].instance_id.as_ref() == Some(i)));
        assert_eq!(g.instances.len(), g.members.values().filter(|m| m.instance_id.is_some()).count());
        assert!(g.to_sync.iter().all(|id| g.members.contains_key(id)));
        assert!(g.pending.keys().all(|id| !g.members.contains_key(id)));
        assert_eq!(g.join_timer.is_some(), g.state == GroupState::PreparingRebalance);
        assert!(g.state != GroupState::Empty || g.members.is_empty());
        let waits = |m: &super::member::Member| m.join.is_some();
        assert!(g.state == GroupState::PreparingRebalance || !g.members.values().any(waits), "a join left waiting");
        let waits = |m: &super::member::Member| m.sync.is_some();
        assert!(g.state == GroupState::CompletingRebalance || !g.members.values().any(waits), "a sync left waiting");
        for leaders in self.told.values() {
            assert_eq!(leaders.len(), 1, "one leader and one protocol of a generation: {leaders:?}");
        }
        // Nothing is answered twice; what is not answered waits in the group.
        let held: Vec<_> = g.members.values().filter_map(|m| m.join.as_ref()).collect();
        for slot in &self.joins {
            assert_eq!(slot.puts() + usize::from(held.iter().any(|s| Arc::ptr_eq(s, slot))), 1, "join");
        }
        let held: Vec<_> = g.members.values().filter_map(|m| m.sync.as_ref()).collect();
        for slot in &self.syncs {
            assert_eq!(slot.puts() + usize::from(held.iter().any(|s| Arc::ptr_eq(s, slot))), 1, "sync");
        }
    }
}

#[test]
fn invariants_hold_whatever_members_do() {
    let mut stable = 0;
    for seed in 0..60 {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        stable += world.stable;
        // Left alone, everything ends: nobody waits for ever and the group becomes empty.
        for _ in 0..200 {
            world.pass(SESSION_MS);
        }
        world.check();
        assert_eq!((world.group.state, world.group.members.len()), (GroupState::Empty, 0), "seed {seed}");
    }
    assert!(stable > 1_000, "the test got somewhere: {stable}");
}
