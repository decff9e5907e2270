//! JoinGroup: new members, members that come again, static members that take their predecessor's place.

use std::sync::Arc;

use bytes::Bytes;

use super::machine::{Group, GroupState, JoinTimer, NEW_MEMBER_JOIN_MS, Rules};
use super::member::{Join, JoinSlot, Joined, Member, Synced, protocol_bytes};
use crate::error::Code;

impl Group {
    /// A member joins. The answer comes into the slot, now or when the rebalance has gone through.
    pub(crate) fn join(&mut self, rules: &Rules, now_ms: i64, join: Join, slot: &JoinSlot) {
        if let Err(answer) = self.try_join(rules, now_ms, join, slot) {
            slot.put(*answer);
        }
        self.complete_join_if_all_are_here(now_ms);
    }

    /// `Err` is the answer when there is no need to wait, be it good or bad.
    fn try_join(&mut self, rules: &Rules, now_ms: i64, join: Join, slot: &JoinSlot) -> Result<(), Box<Joined>> {
        if !self.has_room(rules, &join) {
            self.remove_refused(rules, now_ms, &join.member_id);
            return Err(Box::new(Joined::error("", Code::GroupMaxSizeReached)));
        }
        if !self.supports(&join) {
            return Err(Box::new(Joined::error(&join.member_id, Code::InconsistentGroupProtocol)));
        }
        if !self.has_room_for_bytes(rules, &join) {
            // What Apache answers when a group's metadata is too large to be written.
            return Err(Box::new(Joined::error(&join.member_id, Code::UnknownServerError)));
        }
        if join.member_id.is_empty() {
            self.join_new(rules, now_ms, join, slot)
        } else {
            self.join_again(rules, now_ms, join, slot)
        }
    }

    fn has_room(&self, rules: &Rules, join: &Join) -> bool {
        let known = self.members.contains_key(&join.member_id);
        // A static member that replaces its predecessor adds nobody.
        let replaces = join.instance_id.as_ref().is_some_and(|i| self.instances.contains_key(i));
        let id_room = !join.member_id.is_empty() || self.pending.len() < rules.members;
        match self.state {
            GroupState::Empty | GroupState::Dead => id_room,
            GroupState::PreparingRebalance => {
                let joined = self.members.values().filter(|m| m.join.is_some()).count();
                let waits = self.members.get(&join.member_id).is_some_and(|m| m.join.is_some());
                waits || replaces || (joined < rules.members && id_room)
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                known || replaces || (self.members.len() < rules.members && id_room)
            }
        }
    }

    fn remove_refused(&mut self, rules: &Rules, now_ms: i64, member_id: &str) {
        self.pending.remove(member_id);
        if self.remove(member_id) {
            self.after_removal(rules, now_ms);
        }
    }

    /// Whether the group can work with the member's protocols: all members must have one of them.
    fn supports(&self, join: &Join) -> bool {
        if self.state == GroupState::Empty {
            return !join.protocol_type.is_empty() && !join.protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(&join.protocol_type)
            && join.protocols.iter().any(|p| self.members.values().all(|m| m.supports(&p.name)))
    }

    fn has_room_for_bytes(&self, rules: &Rules, join: &Join) -> bool {
        let bytes = protocol_bytes(&join.protocols);
        let others = self.members.iter().filter(|(id, _)| **id != join.member_id);
        let sum = others.fold(bytes, |sum, (_, m)| sum.saturating_add(m.bytes()));
        bytes <= rules.member_bytes && sum <= rules.group_bytes
    }

    fn join_new(&mut self, rules: &Rules, now_ms: i64, join: Join, slot: &JoinSlot) -> Result<(), Box<Joined>> {
        let id = join.fresh_id.clone();
        match &join.instance_id {
            None if join.known_id_required => {
                let until = now_ms.saturating_add(i64::from(join.session_timeout_ms));
                self.pending.insert(id.clone(), until);
                Err(Box::new(Joined::error(&id, Code::MemberIdRequired)))
            }
            Some(instance_id) => match self.instances.get(instance_id).cloned() {
                Some(old_id) => self.replace(rules, now_ms, &old_id, join, slot),
                None => self.add(rules, now_ms, id, join, slot),
            },
            None => self.add(rules, now_ms, id, join, slot),
        }
    }

    fn join_again(&mut self, rules: &Rules, now_ms: i64, join: Join, slot: &JoinSlot) -> Result<(), Box<Joined>> {
        let id = join.member_id.clone();
        if join.instance_id.is_none() && self.pending.contains_key(&id) {
            return self.add(rules, now_ms, id, join, slot);
        }
        self.check_identity(&id, join.instance_id.as_deref()).map_err(|code| Box::new(Joined::error(&id, code)))?;
        let same = self.members.get(&id).is_some_and(|m| m.protocols == join.protocols);
        let leads = self.leader.as_deref() == Some(&*id);
        match self.state {
            GroupState::Empty | GroupState::Dead => return Err(Box::new(Joined::error(&id, Code::UnknownMemberId))),
            // It did not get the answer of this generation.
            GroupState::CompletingRebalance if same => return Err(Box::new(self.joined(&id))),
            // A leader that joins again has seen something that the assignment depends on.
            GroupState::Stable if same && !leads => return Err(Box::new(self.joined(&id))),
            GroupState::Stable | GroupState::CompletingRebalance | GroupState::PreparingRebalance => {}
        }
        self.update(now_ms, &id, join, slot);
        self.rebalance(rules, now_ms);
        Ok(())
    }

    fn add(&mut self, rules: &Rules, now_ms: i64, id: String, join: Join, slot: &JoinSlot) -> Result<(), Box<Joined>> {
        self.pending.remove(&id);
        if self.members.is_empty() {
            self.protocol_type = Some(join.protocol_type);
        }
        if let Some(instance_id) = &join.instance_id {
            self.instances.insert(instance_id.clone(), id.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        let member = Member {
            instance_id: join.instance_id,
            client_id: join.client_id,
            client_host: join.client_host,
            session_timeout_ms: join.session_timeout_ms,
            rebalance_timeout_ms: join.rebalance_timeout_ms.max(0),
            protocols: join.protocols,
            assignment: Bytes::new(),
            join: Some(Arc::clone(slot)),
            sync: None,
            gone: false,
            is_new: true,
            deadline_ms: now_ms.saturating_add(NEW_MEMBER_JOIN_MS),
        };
        self.members.insert(id, member);
        self.member_added |= matches!(self.join_timer, Some(JoinTimer::Initial { .. }));
        self.rebalance(rules, now_ms);
        Ok(())
    }

    /// A member's newest request counts, in what it says and as the one that is answered.
    fn update(&mut self, now_ms: i64, id: &str, join: Join, slot: &JoinSlot) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.protocols = join.protocols;
        member.session_timeout_ms = join.session_timeout_ms;
        member.rebalance_timeout_ms = join.rebalance_timeout_ms.max(0);
        member.client_id = join.client_id;
        member.client_host = join.client_host;
        member.answer_join(Joined::error(id, Code::RebalanceInProgress));
        member.answer_sync(Synced::error(Code::RebalanceInProgress));
        member.gone = false;
        member.join = Some(Arc::clone(slot));
        if !member.is_new {
            member.touch(now_ms);
        }
    }

    /// A static member is back under a new member id (KIP-345): it takes over what its predecessor had.
    fn replace(
        &mut self,
        rules: &Rules,
        now_ms: i64,
        old_id: &str,
        join: Join,
        slot: &JoinSlot,
    ) -> Result<(), Box<Joined>> {
        let id = join.fresh_id.clone();
        let old_leader = self.leader.clone().unwrap_or_default();
        let Some(mut member) = self.members.remove(old_id) else {
            return self.add(rules, now_ms, id, join, slot);
        };
        member.answer_join(Joined::error(old_id, Code::FencedInstanceId));
        member.answer_sync(Synced::error(Code::FencedInstanceId));
        self.to_sync.remove(old_id);
        if let Some(instance_id) = &join.instance_id {
            self.instances.insert(instance_id.clone(), id.clone());
        }
        if old_leader == old_id {
            self.leader = Some(id.clone());
        }
        member.is_new = false;
        self.members.insert(id.clone(), member);
        let skip = join.skip_supported;
        self.update(now_ms, &id, join, slot);
        match self.state {
            GroupState::Stable if self.protocol == self.select_protocol() => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.join = None;
                }
                let mut answer = self.joined(&id);
                if skip {
                    answer.skip_assignment = answer.leader == id;
                } else {
                    // It must not think that it leads, or it would assign again without a rebalance.
                    answer.leader = old_leader;
                    answer.members.clear();
                }
                return Err(Box::new(answer));
            }
            // The leader may have been told the old id already, and would assign to that.
            GroupState::Stable | GroupState::CompletingRebalance => self.prepare(rules, now_ms),
            GroupState::PreparingRebalance | GroupState::Empty | GroupState::Dead => {}
        }
        Ok(())
    }

    /// Nobody reads the answer of a waiting JoinGroup any more: the member stays until its session ends.
    pub(crate) fn abandon_join(&mut self, now_ms: i64, slot: &JoinSlot) {
        let waits = |m: &&mut Member| m.join.as_ref().is_some_and(|s| Arc::ptr_eq(s, slot));
        if let Some(member) = self.members.values_mut().find(waits) {
            member.abandon(now_ms);
        }
    }
}

impl Member {
    /// Nobody reads the answer of what waits: from now on its session runs.
    pub(super) fn abandon(&mut self, now_ms: i64) {
        self.gone = true;
        let session_ends_ms = now_ms.saturating_add(i64::from(self.session_timeout_ms));
        self.deadline_ms = if self.is_new { self.deadline_ms.min(session_ends_ms) } else { session_ends_ms };
    }
}
