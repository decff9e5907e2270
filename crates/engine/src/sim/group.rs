//! A simulated consumer group: the classic protocol with eager rebalances, static members and range assignment.

use std::collections::{BTreeMap, BTreeSet};

/// A partition in the cluster: index of its topic, partition number.
pub(super) type At = (usize, i32);

/// Why the coordinator turns a member away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// UNKNOWN_MEMBER_ID: the session expired, or the member left.
    UnknownMember,
    /// ILLEGAL_GENERATION: the group went on without it.
    IllegalGeneration,
    /// FENCED_INSTANCE_ID: a newer incarnation of the same static member joined.
    FencedInstance,
}

impl Denied {
    /// The name of Kafka's error.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UnknownMember => "UNKNOWN_MEMBER_ID",
            Self::IllegalGeneration => "ILLEGAL_GENERATION",
            Self::FencedInstance => "FENCED_INSTANCE_ID",
        }
    }
}

/// Timeouts of groups, ms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) session: i64,
    pub(super) rebalance: i64,
}

#[derive(Debug)]
struct Member {
    /// `group.instance.id` of a static member.
    instance: Option<String>,
    topics: Vec<usize>,
    /// When it was last heard of, ms.
    contact: i64,
    /// It answered the rebalance in progress.
    joined: bool,
    assignment: Vec<At>,
}

/// One group and its coordinator.
#[derive(Debug, Default)]
pub(super) struct Group {
    generation: i32,
    members: BTreeMap<u64, Member>,
    /// Member ids that a newer incarnation of their instance replaced.
    replaced: BTreeSet<u64>,
    next_member: u64,
    /// Deadline of the rebalance in progress, ms.
    rebalance: Option<i64>,
    offsets: BTreeMap<At, i64>,
    /// Offsets in transactions that have not ended, by producer id.
    pending: BTreeMap<u64, BTreeMap<At, i64>>,
    /// The first offset ever committed for each partition: where the group began.
    began: BTreeMap<At, i64>,
}

impl Group {
    /// JoinGroup of a member that the group does not know yet. A static member takes its former place, without a rebalance.
    pub(super) fn join(&mut self, instance: Option<&str>, topics: &[usize], now: i64, timeouts: Timeouts) -> u64 {
        self.next_member += 1;
        let id = self.next_member;
        let former = instance.and_then(|_| self.find(instance));
        let mut member = Member {
            instance: instance.map(str::to_owned),
            topics: topics.to_vec(),
            contact: now,
            joined: self.rebalance.is_some(),
            assignment: Vec::new(),
        };
        if let Some(old) = former.and_then(|old| self.members.remove(&old).map(|m| (old, m))) {
            self.replaced.insert(old.0);
            member.assignment = old.1.assignment;
            self.members.insert(id, member);
        } else {
            self.members.insert(id, member);
            self.start_rebalance(now, timeouts);
            self.answer(id);
        }
        id
    }

    fn find(&self, instance: Option<&str>) -> Option<u64> {
        self.members.iter().find(|(_, m)| m.instance.as_deref() == instance).map(|(&id, _)| id)
    }

    fn start_rebalance(&mut self, now: i64, timeouts: Timeouts) {
        if self.rebalance.is_none() {
            self.rebalance = Some(now + timeouts.rebalance);
            self.members.values_mut().for_each(|m| m.joined = false);
        }
    }

    fn answer(&mut self, id: u64) {
        if let Some(member) = self.members.get_mut(&id) {
            member.joined = true;
        }
    }

    /// JoinGroup of a known member, after its partitions were revoked.
    pub(super) fn rejoin(&mut self, id: u64, now: i64) -> Result<(), Denied> {
        self.contact(id, now)?;
        self.answer(id);
        Ok(())
    }

    /// SyncGroup: the member's generation and assignment, `None` while the rebalance goes on.
    pub(super) fn sync(&mut self, id: u64, now: i64) -> Result<Option<(i32, Vec<At>)>, Denied> {
        self.contact(id, now)?;
        if self.rebalance.is_some() {
            self.answer(id);
            return Ok(None);
        }
        Ok(self.members.get(&id).map(|m| (self.generation, m.assignment.clone())))
    }

    /// Heartbeat: whether a rebalance is in progress.
    pub(super) fn heartbeat(&mut self, id: u64, generation: i32, now: i64) -> Result<bool, Denied> {
        self.contact(id, now)?;
        self.check(id, generation)?;
        Ok(self.rebalance.is_some())
    }

    /// A sign of life.
    pub(super) fn contact(&mut self, id: u64, now: i64) -> Result<(), Denied> {
        if self.replaced.contains(&id) {
            return Err(Denied::FencedInstance);
        }
        self.members.get_mut(&id).ok_or(Denied::UnknownMember)?.contact = now;
        Ok(())
    }

    /// Whether this member of this generation may commit.
    pub(super) fn check(&self, id: u64, generation: i32) -> Result<(), Denied> {
        if self.replaced.contains(&id) {
            return Err(Denied::FencedInstance);
        }
        if !self.members.contains_key(&id) {
            return Err(Denied::UnknownMember);
        }
        if generation != self.generation {
            return Err(Denied::IllegalGeneration);
        }
        Ok(())
    }

    /// LeaveGroup.
    pub(super) fn leave(&mut self, id: u64, now: i64, timeouts: Timeouts) {
        if self.members.remove(&id).is_some() {
            self.start_rebalance(now, timeouts);
        }
    }

    /// Removes members that were silent for too long; returns how many.
    pub(super) fn expire(&mut self, now: i64, timeouts: Timeouts) -> usize {
        let before = self.members.len();
        self.members.retain(|_, m| now - m.contact <= timeouts.session);
        let gone = before - self.members.len();
        if gone > 0 {
            self.start_rebalance(now, timeouts);
        }
        gone
    }

    /// Starts all timeouts anew.
    pub(super) fn resume(&mut self, now: i64, timeouts: Timeouts) {
        self.members.values_mut().for_each(|m| m.contact = now);
        if let Some(deadline) = &mut self.rebalance {
            *deadline = now + timeouts.rebalance;
        }
    }

    /// Ends a rebalance that everybody answered or that took too long. True if one ended.
    ///
    /// Late static members keep their place (with a generation they do not know), late dynamic ones lose it.
    pub(super) fn settle(&mut self, now: i64, partitions: &dyn Fn(usize) -> i32) -> bool {
        let Some(deadline) = self.rebalance else { return false };
        if now < deadline && self.members.values().any(|m| !m.joined) {
            return false;
        }
        self.members.retain(|_, m| m.joined || m.instance.is_some());
        self.rebalance = None;
        self.generation += 1;
        for member in self.members.values_mut() {
            if member.joined {
                member.contact = now;
            }
            member.assignment.clear();
        }
        self.assign_ranges(partitions);
        true
    }

    /// Kafka's range assignor: equal partition numbers of equally partitioned topics go to the same member.
    fn assign_ranges(&mut self, partitions: &dyn Fn(usize) -> i32) {
        let topics: BTreeSet<usize> = self.members.values().flat_map(|m| m.topics.iter().copied()).collect();
        for topic in topics {
            let mut takers: Vec<(Option<String>, u64)> = self
                .members
                .iter()
                .filter(|(_, m)| m.topics.contains(&topic))
                .map(|(&id, m)| (m.instance.clone(), id))
                .collect();
            takers.sort();
            let (count, total) = (takers.len() as i32, partitions(topic));
            let mut next = 0;
            for (i, (_, id)) in takers.iter().enumerate() {
                let share = total / count + i32::from((i as i32) < total % count);
                if let Some(member) = self.members.get_mut(id) {
                    member.assignment.extend((next..next + share).map(|p| (topic, p)));
                }
                next += share;
            }
        }
    }

    /// Commits offsets at once.
    pub(super) fn commit(&mut self, offsets: impl IntoIterator<Item = (At, i64)>) {
        for (at, offset) in offsets {
            self.offsets.insert(at, offset);
            self.began.entry(at).or_insert(offset);
        }
    }

    /// Adds offsets to a producer's transaction: they count when it commits.
    pub(super) fn hold(&mut self, producer: u64, offsets: impl IntoIterator<Item = (At, i64)>) {
        self.pending.entry(producer).or_default().extend(offsets);
    }

    /// Ends a producer's transaction.
    pub(super) fn end_transaction(&mut self, producer: u64, commit: bool) {
        if let Some(offsets) = self.pending.remove(&producer)
            && commit
        {
            self.commit(offsets);
        }
    }

    /// The committed offset; `Err` while a transaction about this partition has not ended (UNSTABLE_OFFSET_COMMIT).
    pub(super) fn stable_offset(&self, at: At) -> Result<Option<i64>, ()> {
        if self.pending.values().any(|p| p.contains_key(&at)) {
            return Err(());
        }
        Ok(self.offsets.get(&at).copied())
    }

    /// The committed offset, whatever is pending.
    pub(super) fn offset(&self, at: At) -> Option<i64> {
        self.offsets.get(&at).copied()
    }

    /// Where the group began to read that partition.
    pub(super) fn began(&self, at: At) -> Option<i64> {
        self.began.get(&at).copied()
    }

    /// Whether offsets wait for a transaction to end.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The number of rebalances that ended.
    pub(super) fn generation(&self) -> i32 {
        self.generation
    }
}
