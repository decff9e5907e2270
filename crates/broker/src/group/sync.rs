//! SyncGroup, Heartbeat, LeaveGroup and the check of commits: what members of a generation do.

use std::sync::Arc;

use bytes::Bytes;

use super::machine::{Group, GroupState, Rules};
use super::member::{Joined, Member, Sync, SyncSlot, Synced};
use crate::error::Code;

impl Group {
    /// A member asks for its assignment; the leader brings everybody's. The answer comes into the slot.
    pub(crate) fn sync(&mut self, rules: &Rules, now_ms: i64, sync: Sync, slot: &SyncSlot) {
        if let Err(answer) = self.try_sync(rules, now_ms, sync, slot) {
            slot.put(answer);
        }
    }

    fn try_sync(&mut self, rules: &Rules, now_ms: i64, sync: Sync, slot: &SyncSlot) -> Result<(), Synced> {
        self.check_identity(&sync.member_id, sync.instance_id.as_deref()).map_err(Synced::error)?;
        if sync.generation != self.generation {
            return Err(Synced::error(Code::IllegalGeneration));
        }
        let differs = |told: &Option<String>, ours: &Option<String>| told.is_some() && told != ours;
        if differs(&sync.protocol_type, &self.protocol_type) || differs(&sync.protocol, &self.protocol) {
            return Err(Synced::error(Code::InconsistentGroupProtocol));
        }
        match self.state {
            GroupState::Empty | GroupState::Dead => return Err(Synced::error(Code::UnknownMemberId)),
            GroupState::PreparingRebalance => return Err(Synced::error(Code::RebalanceInProgress)),
            GroupState::Stable => {
                self.to_sync.remove(&sync.member_id);
                let assignment = self.members.get_mut(&sync.member_id).map(|m| {
                    m.touch(now_ms);
                    m.assignment.clone()
                });
                return Err(self.synced(assignment.unwrap_or_default()));
            }
            GroupState::CompletingRebalance => {}
        }
        let leads = self.leader.as_ref() == Some(&sync.member_id);
        if leads && !self.has_room_for_assignments(rules, &sync.assignments) {
            return Err(Synced::error(Code::UnknownServerError));
        }
        if let Some(member) = self.members.get_mut(&sync.member_id) {
            member.answer_sync(Synced::error(Code::RebalanceInProgress));
            member.gone = false;
            member.sync = Some(Arc::clone(slot));
        }
        self.to_sync.remove(&sync.member_id);
        if leads {
            self.assign(now_ms, sync.assignments);
        }
        Ok(())
    }

    fn has_room_for_assignments(&self, rules: &Rules, assignments: &[(String, Bytes)]) -> bool {
        let held = self.members.values().map(|m| m.bytes() - m.assignment.len());
        let sum = held.chain(assignments.iter().map(|(_, a)| a.len())).fold(0, usize::saturating_add);
        sum <= rules.group_bytes && assignments.iter().all(|(_, a)| a.len() <= rules.member_bytes)
    }

    fn synced(&self, assignment: Bytes) -> Synced {
        let (protocol_type, protocol) = (self.protocol_type.clone(), self.protocol.clone());
        Synced { error: None, protocol_type, protocol, assignment }
    }

    /// The leader has assigned: everybody who waits hears its part. Who was left out gets an empty one.
    fn assign(&mut self, now_ms: i64, assignments: Vec<(String, Bytes)>) {
        self.members.values_mut().for_each(|m| m.assignment = Bytes::new());
        for (id, assignment) in assignments {
            if let Some(member) = self.members.get_mut(&id) {
                member.assignment = assignment;
            }
        }
        self.turn(GroupState::Stable, now_ms);
        let empty = self.synced(Bytes::new());
        for member in self.members.values_mut().filter(|m| m.sync.is_some()) {
            let answer = Synced { assignment: member.assignment.clone(), ..empty.clone() };
            member.answer_sync(answer);
            member.touch(now_ms);
        }
    }

    /// Nobody reads the answer of a waiting SyncGroup any more: the member stays until its session ends.
    pub(crate) fn abandon_sync(&mut self, now_ms: i64, slot: &SyncSlot) {
        let waits = |m: &&mut Member| m.sync.as_ref().is_some_and(|s| Arc::ptr_eq(s, slot));
        if let Some(member) = self.members.values_mut().find(waits) {
            member.abandon(now_ms);
        }
    }

    /// A member is alive. Errors: `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`, `ILLEGAL_GENERATION`; and
    /// `REBALANCE_IN_PROGRESS`, by which members learn that they are to join again.
    pub(crate) fn heartbeat(
        &mut self,
        now_ms: i64,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), Code> {
        self.check_identity(member_id, instance_id)?;
        if generation != self.generation {
            return Err(Code::IllegalGeneration);
        }
        if matches!(self.state, GroupState::Empty | GroupState::Dead) {
            return Err(Code::UnknownMemberId);
        }
        self.touch(now_ms, member_id);
        if self.state == GroupState::PreparingRebalance { Err(Code::RebalanceInProgress) } else { Ok(()) }
    }

    fn touch(&mut self, now_ms: i64, member_id: &str) {
        if let Some(member) = self.members.get_mut(member_id)
            && !member.is_new
        {
            member.touch(now_ms);
        }
    }

    /// Whether offsets may be committed by whom the request says; such a commit counts as a heartbeat. Without member
    /// and generation (a simple consumer, an administrator) only while the group is empty; in a transaction also
    /// otherwise, as old producers do not tell who they are.
    pub(crate) fn check_commit(
        &mut self,
        now_ms: i64,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
        in_transaction: bool,
    ) -> Result<(), Code> {
        if generation < 0 && self.state == GroupState::Empty {
            return Ok(());
        }
        if generation >= 0 || !member_id.is_empty() || instance_id.is_some() {
            self.check_identity(member_id, instance_id)?;
            if generation != self.generation {
                return Err(Code::IllegalGeneration);
            }
        } else if !in_transaction && self.state != GroupState::Empty {
            return Err(Code::UnknownMemberId);
        }
        if !in_transaction && self.state == GroupState::CompletingRebalance {
            return Err(Code::RebalanceInProgress);
        }
        self.touch(now_ms, member_id);
        Ok(())
    }

    /// Members leave: of each member id (may be empty with an instance id, as administrators do) what came of it.
    pub(crate) fn leave(
        &mut self,
        rules: &Rules,
        now_ms: i64,
        members: &[(&str, Option<&str>)],
    ) -> Vec<Result<(), Code>> {
        let before = self.members.len();
        let results = members.iter().map(|(id, instance_id)| self.leave_one(id, *instance_id)).collect();
        if self.members.len() < before {
            self.after_removal(rules, now_ms);
        } else {
            // A rebalance may have waited for somebody who was only given an id.
            self.complete_join_if_all_are_here(now_ms);
        }
        results
    }

    fn leave_one(&mut self, member_id: &str, instance_id: Option<&str>) -> Result<(), Code> {
        if member_id.is_empty() {
            let id = instance_id.and_then(|i| self.instances.get(i)).cloned().ok_or(Code::UnknownMemberId)?;
            self.remove(&id);
            return Ok(());
        }
        if self.pending.remove(member_id).is_some() {
            return Ok(());
        }
        self.check_identity(member_id, instance_id)?;
        self.remove(member_id);
        Ok(())
    }

    /// The group is taken out of the table: who waits in it comes again.
    pub(super) fn bury(&mut self, now_ms: i64) {
        for member in self.members.values_mut() {
            member.answer_join(Joined::error("", Code::CoordinatorNotAvailable));
            member.answer_sync(Synced::error(Code::CoordinatorNotAvailable));
        }
        self.turn(GroupState::Dead, now_ms);
    }
}
