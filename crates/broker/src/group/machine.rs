//! One group as a state machine of Kafka's classic group protocol: its parts and the turns of a rebalance. It is fed
//! with requests and steady time, answers into slots and knows no threads, so that tests drive it by hand.
//!
//! ```text
//! Empty → PreparingRebalance (members join) → CompletingRebalance (the leader assigns) → Stable
//!            ^_____________________________________________|___________________________|
//! ```

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::member::{Joined, JoinedMember, Member, Synced};
use super::subscription;
use crate::error::Code;

/// The protocol type of consumers.
pub(super) const CONSUMER: &str = "consumer";

/// How long a member that joins for the first time may wait for the rebalance, ms: a client that gave up and came
/// again as another member must not count for ever.
pub(super) const NEW_MEMBER_JOIN_MS: i64 = 5 * 60 * 1000;

/// A group's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupState {
    /// No members.
    Empty,
    /// Members are to join again.
    PreparingRebalance,
    /// All have joined, the leader's assignment is awaited.
    CompletingRebalance,
    /// Every member can have its assignment.
    Stable,
    /// The group is no longer in the table: whoever still holds it looks again.
    Dead,
}

impl GroupState {
    /// As Kafka names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }
}

/// Settings of all groups.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Members of a group, and as many that were given an id and have not come back yet.
    pub(crate) members: usize,
    /// Bytes of protocols, or of an assignment, of one member.
    pub(crate) member_bytes: usize,
    /// Bytes of protocols and assignments of one group.
    pub(crate) group_bytes: usize,
    /// How long the first rebalance of an empty group waits for more members, ms.
    pub(crate) initial_delay_ms: i64,
}

/// What ends the wait for members to join.
#[derive(Debug, Clone, Copy)]
pub(super) enum JoinTimer {
    /// The first rebalance of an empty group: at this time, unless somebody joined since; prolonged by at most the rest.
    Initial { at_ms: i64, waited_ms: i64, rest_ms: i64 },
    /// When every member has joined, at the latest at this time.
    Rejoin { at_ms: i64 },
}

/// A group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(super) state: GroupState,
    pub(super) generation: i32,
    pub(super) protocol_type: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) leader: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
    /// Member ids of static members by instance id.
    pub(super) instances: BTreeMap<String, String>,
    /// Ids that were given out (KIP-394) and have not come back, with the time when they are forgotten.
    pub(super) pending: BTreeMap<String, i64>,
    /// Members that were told the generation and have not synced.
    pub(super) to_sync: BTreeSet<String>,
    pub(super) join_timer: Option<JoinTimer>,
    pub(super) sync_deadline_ms: Option<i64>,
    /// Somebody joined since the initial timer was last looked at.
    pub(super) member_added: bool,
    /// Topics of all members; `None`: not known.
    pub(super) subscribed: Option<BTreeSet<String>>,
    /// When it became what it is, steady ms.
    pub(super) since_ms: i64,
}

impl Group {
    /// A group without members.
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            state: GroupState::Empty,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            to_sync: BTreeSet::new(),
            join_timer: None,
            sync_deadline_ms: None,
            member_added: false,
            subscribed: None,
            since_ms: now_ms,
        }
    }

    /// Nothing would be lost if it were forgotten, but for committed offsets.
    pub(super) fn is_unused(&self) -> bool {
        self.state == GroupState::Empty && self.members.is_empty() && self.pending.is_empty()
    }

    pub(super) fn turn(&mut self, state: GroupState, now_ms: i64) {
        self.state = state;
        self.since_ms = now_ms;
    }

    /// Checks that a request speaks for a member: by instance id first, since a replaced static member is to hear that.
    pub(super) fn check_identity(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), Code> {
        if let Some(instance_id) = instance_id {
            match self.instances.get(instance_id) {
                None => return Err(Code::UnknownMemberId),
                Some(id) if id != member_id => return Err(Code::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(Code::UnknownMemberId) }
    }

    /// Longest rebalance timeout of all members, ms.
    fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|m| i64::from(m.rebalance_timeout_ms)).max().unwrap_or(0)
    }

    /// A change needs a rebalance: begins one, or ends the one that runs if this was what it waited for.
    pub(super) fn rebalance(&mut self, rules: &Rules, now_ms: i64) {
        match self.state {
            GroupState::Empty | GroupState::Stable | GroupState::CompletingRebalance => self.prepare(rules, now_ms),
            GroupState::PreparingRebalance => self.complete_join_if_all_are_here(now_ms),
            GroupState::Dead => {}
        }
    }

    /// Begins a rebalance.
    pub(super) fn prepare(&mut self, rules: &Rules, now_ms: i64) {
        if self.state == GroupState::CompletingRebalance {
            for member in self.members.values_mut() {
                member.assignment = Bytes::new();
                if member.sync.is_some() {
                    member.touch(now_ms);
                    member.answer_sync(Synced::error(Code::RebalanceInProgress));
                }
            }
        }
        self.sync_deadline_ms = None;
        self.to_sync.clear();
        let first = self.state == GroupState::Empty;
        self.turn(GroupState::PreparingRebalance, now_ms);
        let timeout_ms = self.rebalance_timeout_ms();
        if first {
            self.member_added = false;
            let delay_ms = rules.initial_delay_ms.max(0);
            let rest_ms = timeout_ms.saturating_sub(delay_ms).max(0);
            let at_ms = now_ms.saturating_add(delay_ms);
            self.join_timer = Some(JoinTimer::Initial { at_ms, waited_ms: delay_ms, rest_ms });
            if delay_ms == 0 {
                self.complete_join(now_ms);
            }
        } else {
            self.join_timer = Some(JoinTimer::Rejoin { at_ms: now_ms.saturating_add(timeout_ms) });
            self.complete_join_if_all_are_here(now_ms);
        }
    }

    /// Ends the wait for members if nobody is missing. The first rebalance waits for its time instead.
    pub(super) fn complete_join_if_all_are_here(&mut self, now_ms: i64) {
        let all = self.pending.is_empty() && self.members.values().all(|m| m.join.is_some());
        if all
            && self.state == GroupState::PreparingRebalance
            && matches!(self.join_timer, Some(JoinTimer::Rejoin { .. }))
        {
            self.complete_join(now_ms);
        }
    }

    /// Ends the wait for members: who has not joined is out (static members stay), the others get the generation.
    pub(super) fn complete_join(&mut self, now_ms: i64) {
        let late: Vec<String> = self
            .members
            .iter()
            .filter(|(_, m)| m.join.is_none() && m.instance_id.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        for id in &late {
            self.remove(id);
        }
        if !self.members.is_empty() && !self.elect() {
            // Only static members are left, and none has joined: wait until they do or their sessions end.
            let at_ms = now_ms.saturating_add(self.rebalance_timeout_ms().max(1));
            self.join_timer = Some(JoinTimer::Rejoin { at_ms });
            return;
        }
        self.join_timer = None;
        self.to_sync.clear();
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        if self.members.is_empty() {
            self.protocol = None;
            self.subscribed = Some(BTreeSet::new());
            self.turn(GroupState::Empty, now_ms);
            return;
        }
        self.protocol = self.select_protocol();
        self.subscribed = self.subscribed_topics();
        self.turn(GroupState::CompletingRebalance, now_ms);
        self.sync_deadline_ms = Some(now_ms.saturating_add(self.rebalance_timeout_ms()));
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let answer = self.joined(&id);
            if let Some(member) = self.members.get_mut(&id) {
                member.answer_join(answer);
                member.is_new = false;
                member.touch(now_ms);
                self.to_sync.insert(id);
            }
        }
    }

    /// Sees to it that the leader is one that has joined; `false`: nobody has.
    fn elect(&mut self) -> bool {
        let leader = self.leader.as_ref().and_then(|id| self.members.get(id));
        if leader.is_some_and(|m| m.join.is_some() && !m.gone) {
            return true;
        }
        // One that still listens if there is any: a dead leader would keep all others waiting.
        let listening = self.members.iter().find(|(_, m)| m.join.is_some() && !m.gone);
        let joined = listening.or_else(|| self.members.iter().find(|(_, m)| m.join.is_some()));
        let Some((id, _)) = joined else { return false };
        self.leader = Some(id.clone());
        true
    }

    /// What a member is told of the current generation.
    pub(super) fn joined(&self, member_id: &str) -> Joined {
        let leader = self.leader.clone().unwrap_or_default();
        let members = if leader == member_id { self.joined_members() } else { Vec::new() };
        Joined {
            error: None,
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader,
            skip_assignment: false,
            member_id: member_id.to_owned(),
            members,
        }
    }

    fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let member = |(id, m): (&String, &Member)| JoinedMember {
            member_id: id.clone(),
            instance_id: m.instance_id.clone(),
            metadata: m.metadata(protocol),
        };
        self.members.iter().map(member).collect()
    }

    /// The protocol that most members like best among those that all have.
    pub(super) fn select_protocol(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|p| self.members.values().all(|m| m.supports(&p.name)));
            if let Some(protocol) = vote {
                *votes.entry(&protocol.name).or_default() += 1;
            }
        }
        // Of equally many the first by name.
        votes.into_iter().rev().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
    }

    fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        let protocol = self.protocol.as_deref().filter(|_| self.protocol_type.as_deref() == Some(CONSUMER))?;
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(subscription::topics(&member.metadata(protocol))?);
        }
        Some(topics)
    }

    /// Whether consumers of this group read the topic, as far as that is known.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        let consumers = self.protocol_type.as_deref() == Some(CONSUMER);
        self.subscribed.as_ref().map_or(consumers, |topics| topics.contains(topic))
    }

    /// Takes a member out; its waiting requests are answered. The caller sees to the rebalance.
    pub(super) fn remove(&mut self, member_id: &str) -> bool {
        let Some(mut member) = self.members.remove(member_id) else { return false };
        member.answer_join(Joined::error("", Code::UnknownMemberId));
        member.answer_sync(Synced::error(Code::UnknownMemberId));
        self.to_sync.remove(member_id);
        if let Some(instance_id) = &member.instance_id {
            self.instances.remove(instance_id);
        }
        if self.leader.as_deref() == Some(member_id) {
            self.leader = self.members.keys().next().cloned();
        }
        true
    }

    /// Members left: the others are to share what those had.
    pub(super) fn after_removal(&mut self, rules: &Rules, now_ms: i64) {
        match self.state {
            GroupState::Stable | GroupState::CompletingRebalance => self.prepare(rules, now_ms),
            GroupState::PreparingRebalance => self.complete_join_if_all_are_here(now_ms),
            GroupState::Empty | GroupState::Dead => {}
        }
    }
}
