//! The table of all groups: who is found where, and the waits of their members.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

use super::machine::{CONSUMER, Group, GroupState, Rules};
use super::member::{Join, Joined, Sync, Synced};
use super::offsets::Offsets;
use super::slot::Slot;
use crate::clock::Clock;
use crate::config::Limits;
use crate::error::Code;

/// How often offsets are looked through for those that expire, ms (Kafka's `offsets.retention.check.interval.ms`).
const EXPIRE_EVERY_MS: i64 = 600_000;

/// Membership of all groups. A group's lock is taken after the table's, and offsets are changed under it, so that a
/// commit belongs to the generation that it was checked against.
#[derive(Debug)]
pub(crate) struct Groups {
    clock: Clock,
    rules: Rules,
    max_groups: usize,
    session_timeouts_ms: std::ops::RangeInclusive<i32>,
    table: Mutex<HashMap<String, Arc<Place>>>,
    /// When offsets are next looked through for those that expire, steady ms.
    next_expiry_ms: AtomicI64,
}

/// A group in the table.
#[derive(Debug)]
struct Place {
    group: Mutex<Group>,
    /// When upkeep must look at it, steady ms; may be earlier than needed, never later.
    next_ms: AtomicI64,
}

/// A group as ListGroups tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its id.
    pub(crate) group: String,
    /// Class of protocols, empty when not known.
    pub(crate) protocol_type: String,
    /// State.
    pub(crate) state: GroupState,
}

/// A group as DescribeGroups tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// State; `Dead` for a group that is not there.
    pub(crate) state: GroupState,
    /// Class of protocols.
    pub(crate) protocol_type: String,
    /// Protocol, while stable.
    pub(crate) protocol: String,
    /// Members.
    pub(crate) members: Vec<DescribedMember>,
}

/// A member as DescribeGroups tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DescribedMember {
    /// Its id.
    pub(crate) member_id: String,
    /// Its instance id.
    pub(crate) instance_id: Option<String>,
    /// What the client calls itself.
    pub(crate) client_id: String,
    /// Where it is.
    pub(crate) client_host: String,
    /// Metadata for the chosen protocol, while stable.
    pub(crate) metadata: Bytes,
    /// Assignment, while stable.
    pub(crate) assignment: Bytes,
}

impl Groups {
    /// No groups yet. `initial_delay_ms`: how long the first rebalance of an empty group waits for more members.
    pub(crate) fn new(clock: Clock, limits: &Limits, initial_delay_ms: i32) -> Self {
        let rules = Rules {
            members: limits.members_of_group,
            member_bytes: limits.member_metadata_bytes,
            group_bytes: limits.group_metadata_bytes,
            initial_delay_ms: i64::from(initial_delay_ms),
        };
        Self {
            clock,
            rules,
            max_groups: limits.groups,
            session_timeouts_ms: limits.min_session_timeout_ms..=limits.max_session_timeout_ms,
            table: Mutex::default(),
            next_expiry_ms: AtomicI64::new(0),
        }
    }

    fn find(&self, group: &str) -> Option<Arc<Place>> {
        self.table.lock().get(group).map(Arc::clone)
    }

    /// Runs `f` on a group that is there, and notes when it is due next. `None`: there is none.
    fn with<R>(&self, group: &str, f: impl FnOnce(&mut Group, i64) -> R) -> Option<R> {
        let place = self.find(group)?;
        let mut held = place.group.lock();
        if held.state == GroupState::Dead {
            return None;
        }
        let result = f(&mut held, self.clock.steady_ms());
        place.next_ms.store(held.next_ms(), Ordering::Release);
        Some(result)
    }

    /// A new, empty group; or the one that is there.
    fn create(&self, group: &str) -> Result<(), Code> {
        let mut table = self.table.lock();
        if !table.contains_key(group) {
            if table.len() >= self.max_groups {
                return Err(Code::GroupMaxSizeReached);
            }
            let place = Place { group: Mutex::new(Group::new(self.clock.steady_ms())), next_ms: i64::MAX.into() };
            table.insert(group.to_owned(), Arc::new(place));
        }
        Ok(())
    }

    /// JoinGroup; waits for the rebalance. `None`: `gone` said that nobody waits for the answer.
    pub(crate) fn join(&self, group: &str, mut join: Join, gone: impl Fn() -> bool) -> Option<Joined> {
        let id = join.member_id.clone();
        let refuse = |code| Some(Joined::error(&id, code));
        if group.is_empty() {
            return refuse(Code::InvalidGroupId);
        }
        if !self.session_timeouts_ms.contains(&join.session_timeout_ms) {
            return refuse(Code::InvalidSessionTimeout);
        }
        if id.is_empty() {
            let name = join.instance_id.as_deref().unwrap_or(&join.client_id);
            join.fresh_id = format!("{name}-{}", uuid::Uuid::new_v4());
            if let Err(code) = self.create(group) {
                return refuse(code);
            }
        }
        let slot = Arc::new(Slot::default());
        let joined = self.with(group, |g, now_ms| {
            g.join(&self.rules, now_ms, join, &slot);
            // A group that was made for a member that is refused.
            let useless = g.is_unused() && g.protocol_type.is_none();
            useless.then(|| g.bury(now_ms)).is_some()
        });
        match joined {
            Some(false) => {}
            Some(true) => self.forget_dead(group),
            // It vanished at this moment: the client looks for it again.
            None if id.is_empty() => return refuse(Code::CoordinatorNotAvailable),
            None => return refuse(Code::UnknownMemberId),
        }
        let answer = slot.wait(gone);
        if answer.is_none() {
            self.with(group, |g, now_ms| g.abandon_join(now_ms, &slot));
        }
        answer
    }

    /// SyncGroup; waits for the leader's assignment. `None`: `gone` said that nobody waits for the answer.
    pub(crate) fn sync(&self, group: &str, sync: Sync, gone: impl Fn() -> bool) -> Option<Synced> {
        if group.is_empty() {
            return Some(Synced::error(Code::InvalidGroupId));
        }
        let slot = Arc::new(Slot::default());
        if self.with(group, |g, now_ms| g.sync(&self.rules, now_ms, sync, &slot)).is_none() {
            return Some(Synced::error(Code::UnknownMemberId));
        }
        let answer = slot.wait(gone);
        if answer.is_none() {
            self.with(group, |g, now_ms| g.abandon_sync(now_ms, &slot));
        }
        answer
    }

    /// Heartbeat. Errors: those of [`Group::heartbeat`], `INVALID_GROUP_ID`.
    pub(crate) fn heartbeat(
        &self,
        group: &str,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), Code> {
        if group.is_empty() {
            return Err(Code::InvalidGroupId);
        }
        self.with(group, |g, now_ms| g.heartbeat(now_ms, member_id, instance_id, generation))
            .unwrap_or(Err(Code::UnknownMemberId))
    }

    /// LeaveGroup: what came of each member. Errors (of the whole): `INVALID_GROUP_ID`, `UNKNOWN_MEMBER_ID` when there
    /// is no such group.
    pub(crate) fn leave(&self, group: &str, members: &[(&str, Option<&str>)]) -> Result<Vec<Result<(), Code>>, Code> {
        if group.is_empty() {
            return Err(Code::InvalidGroupId);
        }
        self.with(group, |g, now_ms| g.leave(&self.rules, now_ms, members)).ok_or(Code::UnknownMemberId)
    }

    /// Runs `commit` if the request may commit offsets to the group, while its membership stands still.
    ///
    /// Errors: those of [`Group::check_commit`]; for a generation of a group that has no members `UNKNOWN_MEMBER_ID`, or
    /// without offsets (`has_offsets`), so that it does not exist, `ILLEGAL_GENERATION` (from v9 of OffsetCommit
    /// `GROUP_ID_NOT_FOUND`); those of `commit`.
    pub(crate) fn committing(
        &self,
        version: i16,
        group: &str,
        has_offsets: bool,
        (member_id, instance_id, generation): (&str, Option<&str>, i32),
        commit: impl FnOnce() -> Result<(), Code>,
    ) -> Result<(), Code> {
        let mut commit = Some(commit);
        let checked = self.with(group, |g, now_ms| {
            g.check_commit(now_ms, member_id, instance_id, generation, false)?;
            commit.take().map_or(Ok(()), |commit| commit())
        });
        match (checked, commit) {
            (Some(result), _) => result,
            (None, Some(commit)) if generation < 0 => commit(),
            (None, _) if has_offsets => Err(Code::UnknownMemberId),
            (None, _) => Err(if version >= 9 { Code::GroupIdNotFound } else { Code::IllegalGeneration }),
        }
    }

    /// Whether a transaction may commit offsets of this group for whom the request says (TxnOffsetCommit).
    pub(crate) fn check_member(
        &self,
        group: &str,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), Code> {
        if group.is_empty() {
            return Err(Code::InvalidGroupId);
        }
        let check = |g: &mut Group, now_ms| g.check_commit(now_ms, member_id, instance_id, generation, true);
        self.with(group, check).unwrap_or(if generation < 0 { Ok(()) } else { Err(Code::IllegalGeneration) })
    }

    /// Ends what is due: sessions, rebalances. Called every 50 ms; `now_ms` is steady time.
    pub(crate) fn upkeep(&self, now_ms: i64) {
        let due = |place: &&Arc<Place>| place.next_ms.load(Ordering::Acquire) <= now_ms;
        let due: Vec<Arc<Place>> = self.table.lock().values().filter(due).map(Arc::clone).collect();
        for place in due {
            let mut group = place.group.lock();
            group.upkeep(&self.rules, now_ms);
            place.next_ms.store(group.next_ms(), Ordering::Release);
        }
    }

    /// All groups by id: those with members and those with nothing but offsets.
    pub(crate) fn list(&self, offsets: &Offsets) -> Vec<Listed> {
        let simple =
            |group: String| (group.clone(), Listed { group, protocol_type: String::new(), state: GroupState::Empty });
        let mut all: BTreeMap<String, Listed> = offsets.groups().into_iter().map(simple).collect();
        let places: Vec<_> = self.table.lock().iter().map(|(id, place)| (id.clone(), Arc::clone(place))).collect();
        for (group, place) in places {
            let held = place.group.lock();
            // One that never had a member is only there for the id that somebody was given.
            if held.protocol_type.is_some() && held.state != GroupState::Dead {
                let protocol_type = held.protocol_type.clone().unwrap_or_default();
                all.insert(group.clone(), Listed { group, protocol_type, state: held.state });
            }
        }
        all.into_values().collect()
    }

    /// What a group is like now.
    pub(crate) fn describe(&self, group: &str, offsets: &Offsets) -> Described {
        let described = self.with(group, |g, _| describe(g));
        let none = |state| Described { state, protocol_type: String::new(), protocol: String::new(), members: vec![] };
        described.unwrap_or_else(|| none(if offsets.has(group) { GroupState::Empty } else { GroupState::Dead }))
    }

    /// Deletes a group with its offsets. Errors: `NON_EMPTY_GROUP`, `GROUP_ID_NOT_FOUND`, `NOT_COORDINATOR` when it
    /// cannot be made durable.
    pub(crate) fn delete(&self, group: &str, offsets: &Offsets) -> Result<(), Code> {
        let place = self.find(group);
        let mut held = place.as_ref().map(|place| place.group.lock());
        match held.as_deref() {
            Some(g) if !matches!(g.state, GroupState::Empty | GroupState::Dead) => return Err(Code::NonEmptyGroup),
            None if !offsets.has(group) => return Err(Code::GroupIdNotFound),
            _ => offsets.delete_group(group)?,
        }
        if let Some(held) = &mut held {
            held.bury(self.clock.steady_ms());
        }
        drop(held);
        self.forget_dead(group);
        Ok(())
    }

    /// OffsetDelete: deletes offsets of the topics that `group`'s members do not read; each partition with what came of
    /// it. Errors (of the whole): `GROUP_ID_NOT_FOUND`, `NON_EMPTY_GROUP` when its members are no consumers.
    pub(crate) fn delete_offsets(
        &self,
        group: &str,
        partitions: &[(String, i32)],
        offsets: &Offsets,
    ) -> Result<Vec<Result<(), Code>>, Code> {
        let delete = |read: &dyn Fn(&str) -> bool| {
            let free: Vec<_> = partitions.iter().filter(|(topic, _)| !read(topic)).cloned().collect();
            offsets.delete(group, &free)?;
            let result = |(topic, _): &(String, i32)| {
                if read(topic) { Err(Code::GroupSubscribedToTopic) } else { Ok(()) }
            };
            Ok(partitions.iter().map(result).collect())
        };
        let deleted = self.with(group, |g, _| match g.state {
            GroupState::Empty | GroupState::Dead => delete(&|_| false),
            _ if g.protocol_type.as_deref() != Some(CONSUMER) => Err(Code::NonEmptyGroup),
            _ => delete(&|topic| g.is_subscribed(topic)),
        });
        match deleted {
            Some(result) => result,
            None if offsets.has(group) => delete(&|_| false),
            None => Err(Code::GroupIdNotFound),
        }
    }

    /// Deletes offsets that were kept for long enough (`Limits::offsets_retention_ms`): of a group without members
    /// since it became empty, of a simple consumer since the commit, of a topic that a group's consumers no longer read
    /// since the commit. Forgets groups that have nothing left. May be called as often as one likes: does it every ten
    /// minutes.
    pub(crate) fn expire_offsets(&self, offsets: &Offsets) {
        let now_ms = self.clock.steady_ms();
        if self.next_expiry_ms.load(Ordering::Acquire) <= now_ms {
            self.next_expiry_ms.store(now_ms.saturating_add(EXPIRE_EVERY_MS), Ordering::Release);
            self.expire_offsets_now(offsets);
        }
    }

    pub(super) fn expire_offsets_now(&self, offsets: &Offsets) {
        for group in offsets.groups() {
            let known = self.with(&group, |g, now_ms| match g.state {
                GroupState::Empty => offsets.expire(&group, now_ms.saturating_sub(g.since_ms), |_| true),
                GroupState::Stable if g.protocol_type.as_deref() == Some(CONSUMER) => {
                    offsets.expire(&group, i64::MAX, |topic| !g.is_subscribed(topic));
                }
                _ => {}
            });
            if known.is_none() {
                offsets.expire(&group, i64::MAX, |_| true);
            }
        }
        let all: Vec<_> = self.table.lock().iter().map(|(id, place)| (id.clone(), Arc::clone(place))).collect();
        for (id, place) in all {
            let mut held = place.group.lock();
            if held.is_unused() && !offsets.has(&id) {
                held.bury(self.clock.steady_ms());
                drop(held);
                self.forget_dead(&id);
            }
        }
    }

    /// Takes a group that is dead out of the table.
    fn forget_dead(&self, group: &str) {
        let mut table = self.table.lock();
        // Nobody who holds a group's lock takes the table's.
        if table.get(group).is_some_and(|place| place.group.lock().state == GroupState::Dead) {
            table.remove(group);
        }
    }
}

fn describe(group: &Group) -> Described {
    let stable = group.state == GroupState::Stable;
    let protocol = group.protocol.clone().filter(|_| stable).unwrap_or_default();
    let members = group.members.iter().map(|(id, member)| DescribedMember {
        member_id: id.clone(),
        instance_id: member.instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        metadata: if stable { member.metadata(&protocol) } else { Bytes::new() },
        assignment: if stable { member.assignment.clone() } else { Bytes::new() },
    });
    Described {
        state: group.state,
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        members: members.collect(),
        protocol,
    }
}
