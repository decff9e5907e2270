//! The consumer half of a simulated link: membership, assignment, positions.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::group::{At, Denied};
use super::link::{LinkConfig, Reset};
use super::log::Stored;
use crate::link::{Event, Fetched, Header, InputPartition, LinkError, Record};

/// Where the member stands in the group's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Membership {
    /// Not a member; joins at the next poll.
    Out,
    /// Asked to join, waits for its assignment.
    Joining { member: u64 },
    /// Member of a generation.
    Up { member: u64, generation: i32 },
    /// Was told (or is about to be told) of a revocation that it has to answer.
    Revoking { member: u64, generation: i32, told: bool, then: Then },
    /// Left for good.
    Left,
}

/// What follows an answered revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Answer the rebalance.
    Rejoin,
    /// The group forgot this member: join anew.
    JoinAnew,
    /// Leave the group.
    Leave,
}

/// Reading position in an assigned partition.
#[derive(Debug, Clone, Copy)]
struct Position {
    next: i64,
    /// The end that was last reported, so that each is reported once.
    reported_end: Option<i64>,
    /// Nothing is fetched until it is moved.
    held: bool,
}

/// One member of a group.
#[derive(Debug)]
pub(super) struct Consumer {
    cluster: Cluster,
    group: String,
    instance: Option<String>,
    reset: Reset,
    topics: Vec<usize>,
    membership: Membership,
    /// What the group gave this member; empty while it is none.
    owned: Vec<InputPartition>,
    /// What the worker accepted, and where it reads.
    positions: BTreeMap<InputPartition, Position>,
    heartbeat_due: i64,
    /// A newer incarnation took this static member's place.
    replaced: bool,
}

impl Consumer {
    pub(super) fn new(cluster: &Cluster, config: &LinkConfig, topics: Vec<usize>) -> Self {
        Self {
            cluster: cluster.clone(),
            group: config.group.clone(),
            instance: config.instance.clone(),
            reset: config.reset,
            topics,
            membership: Membership::Out,
            owned: Vec::new(),
            positions: BTreeMap::new(),
            heartbeat_due: 0,
            replaced: false,
        }
    }

    /// `Replaced` once a newer incarnation of the same static member is known to have taken over.
    pub(super) fn alive(&self) -> Result<(), LinkError> {
        if self.replaced {
            return Err(LinkError::Replaced("FENCED_INSTANCE_ID: another process has this instance id".into()));
        }
        Ok(())
    }

    /// Whether the group knows it by a static name.
    pub(super) fn has_a_name(&self) -> bool {
        let member = matches!(self.membership, Membership::Up { .. } | Membership::Revoking { .. });
        member && self.instance.is_some() && !self.replaced
    }

    /// Joins once more by its name alone; hears of it with the next heartbeat.
    pub(super) fn replace_itself(&self) {
        let mut broker = self.cluster.broker.borrow_mut();
        broker.join_group(&self.group, self.instance.as_deref(), &self.topics);
    }

    /// Member id and generation as this process believes them, for commits; a member id of 0 is nobody's.
    pub(super) fn member(&self) -> (u64, i32) {
        match self.membership {
            Membership::Up { member, generation } | Membership::Revoking { member, generation, .. } => {
                (member, generation)
            }
            _ => (0, -1),
        }
    }

    fn at(&self, p: InputPartition) -> Result<At, LinkError> {
        let topic = self.topics.get(usize::from(p.input)).copied();
        topic.map(|t| (t, p.partition)).ok_or_else(|| LinkError::Fatal(format!("no input {}", p.input)))
    }

    pub(super) fn at_offsets(&self, offsets: &[(InputPartition, i64)]) -> Result<Vec<(At, i64)>, LinkError> {
        offsets.iter().map(|&(p, offset)| Ok((self.at(p)?, offset))).collect()
    }

    pub(super) fn poll(&mut self) -> Result<Option<Event>, LinkError> {
        self.alive()?;
        if self.cluster.outage_left() > 0 {
            return Ok(None);
        }
        match self.membership {
            Membership::Out => {
                let mut broker = self.cluster.broker.borrow_mut();
                let member = broker.join_group(&self.group, self.instance.as_deref(), &self.topics);
                self.membership = Membership::Joining { member };
                Ok(None)
            }
            Membership::Joining { member } => self.poll_joining(member),
            Membership::Up { member, generation } => self.poll_up(member, generation),
            Membership::Revoking { member, generation, told, then } => {
                self.poll_revoking(member, generation, told, then)
            }
            Membership::Left => Ok(None),
        }
    }

    fn poll_joining(&mut self, member: u64) -> Result<Option<Event>, LinkError> {
        let synced = {
            let mut broker = self.cluster.broker.borrow_mut();
            let now = broker.now;
            broker.groups.entry(self.group.clone()).or_default().sync(member, now)
        };
        match synced {
            Ok(None) => Ok(None),
            Ok(Some((generation, assignment))) => {
                self.membership = Membership::Up { member, generation };
                self.heartbeat_due = 0;
                let input = |topic| self.topics.iter().position(|&t| t == topic).unwrap_or(0) as u16;
                self.owned =
                    assignment.iter().map(|&(t, partition)| InputPartition { input: input(t), partition }).collect();
                Ok(Some(Event::Assigned(self.owned.clone())))
            }
            Err(denied) => {
                self.turned_away(denied);
                Ok(None)
            }
        }
    }

    /// The group knows this member no more, and the member has nothing to give back.
    fn turned_away(&mut self, denied: Denied) {
        self.replaced = denied == Denied::FencedInstance;
        self.membership = Membership::Out;
    }

    fn heartbeat(&mut self, member: u64, generation: i32) -> Result<bool, Denied> {
        let mut broker = self.cluster.broker.borrow_mut();
        let now = broker.now;
        self.heartbeat_due = now + broker.settings.heartbeat_ms;
        broker.groups.entry(self.group.clone()).or_default().heartbeat(member, generation, now)
    }

    /// The client's own heartbeat: goes on while the process makes any call, whatever the worker does with group events.
    pub(super) fn beat(&mut self) {
        let member = match self.membership {
            Membership::Joining { member } | Membership::Up { member, .. } | Membership::Revoking { member, .. } => {
                member
            }
            Membership::Out | Membership::Left => return,
        };
        if self.cluster.outage_left() > 0 {
            return;
        }
        let mut broker = self.cluster.broker.borrow_mut();
        let now = broker.now;
        // An answer that turns the member away is learnt, and acted on, at the next poll.
        let _ = broker.groups.entry(self.group.clone()).or_default().contact(member, now);
    }

    fn poll_up(&mut self, member: u64, generation: i32) -> Result<Option<Event>, LinkError> {
        if self.cluster.broker.borrow().now < self.heartbeat_due {
            return Ok(None);
        }
        match self.heartbeat(member, generation) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(self.revoke(member, generation, Then::Rejoin)),
            Err(denied) => {
                self.replaced = denied == Denied::FencedInstance;
                self.alive()?;
                // A member of an old generation keeps its id, one that expired does not.
                let known = denied == Denied::IllegalGeneration;
                let event = self.revoke(member, generation, if known { Then::Rejoin } else { Then::JoinAnew });
                Ok(event.map(lost))
            }
        }
    }

    /// Takes the partitions away. A member without any is not told.
    fn revoke(&mut self, member: u64, generation: i32, then: Then) -> Option<Event> {
        if self.owned.is_empty() {
            self.answered(member, then);
            return None;
        }
        self.membership = Membership::Revoking { member, generation, told: true, then };
        Some(Event::Revoked { partitions: self.owned.clone(), lost: false })
    }

    fn poll_revoking(
        &mut self,
        member: u64,
        generation: i32,
        told: bool,
        then: Then,
    ) -> Result<Option<Event>, LinkError> {
        let mut then = then;
        if self.cluster.broker.borrow().now >= self.heartbeat_due
            && let Err(denied) = self.heartbeat(member, generation)
        {
            self.replaced |= denied == Denied::FencedInstance;
            if then == Then::Rejoin && denied == Denied::UnknownMember {
                then = Then::JoinAnew;
            }
        }
        self.membership = Membership::Revoking { member, generation, told: true, then };
        Ok((!told).then(|| Event::Revoked { partitions: self.owned.clone(), lost: false }))
    }

    /// The worker has nothing any more; what the member does next.
    fn answered(&mut self, member: u64, then: Then) {
        self.owned.clear();
        self.positions.clear();
        self.membership = match then {
            Then::Rejoin => {
                let mut broker = self.cluster.broker.borrow_mut();
                let now = broker.now;
                match broker.groups.entry(self.group.clone()).or_default().rejoin(member, now) {
                    Ok(()) => Membership::Joining { member },
                    Err(denied) => {
                        self.replaced = denied == Denied::FencedInstance;
                        Membership::Out
                    }
                }
            }
            Then::JoinAnew => Membership::Out,
            Then::Leave => {
                self.cluster.broker.borrow_mut().leave_group(&self.group, member);
                Membership::Left
            }
        };
    }

    pub(super) fn assign(&mut self, list: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        let Membership::Up { member, generation } = self.membership else {
            return Err(LinkError::Fatal("assign without an assignment".into()));
        };
        if let Some(p) = list.iter().find(|p| !self.owned.contains(p)) {
            return Err(LinkError::Fatal(format!("assign of {p:?}, which the group gave to somebody else")));
        }
        let mut starts = Vec::with_capacity(list.len());
        for &p in list {
            let at = self.at(p)?;
            let next = match self.stable_offset(at)? {
                Some(offset) => offset,
                None => self.begin_group(at, member, generation)?,
            };
            starts.push((p, next));
        }
        for &(p, next) in &starts {
            self.positions.insert(p, Position { next, reported_end: None, held: false });
        }
        Ok(starts)
    }

    fn stable_offset(&self, at: At) -> Result<Option<i64>, LinkError> {
        let mut broker = self.cluster.broker.borrow_mut();
        match broker.groups.entry(self.group.clone()).or_default().stable_offset(at) {
            Ok(offset) => Ok(offset),
            Err(()) => {
                broker.trace.count("offset fetch waits for a transaction");
                Err(LinkError::Retry("UNSTABLE_OFFSET_COMMIT".into()))
            }
        }
    }

    /// The start of a partition that the group never read: decided once and committed at once. If that is refused, the
    /// group has gone on without this member, and whoever gets the partition then decides again.
    fn begin_group(&self, at: At, member: u64, generation: i32) -> Result<i64, LinkError> {
        let mut broker = self.cluster.broker.borrow_mut();
        let start = match self.reset {
            Reset::Earliest => 0,
            Reset::Latest => broker.log(at).map_or(0, |log| log.stable_end()),
        };
        let group = broker.groups.entry(self.group.clone()).or_default();
        if group.check(member, generation).is_ok() {
            group.commit([(at, start)]);
        } else {
            broker.trace.count("first commit of a partition refused");
        }
        Ok(start)
    }

    pub(super) fn unassign(&mut self, list: &[InputPartition]) -> Result<(), LinkError> {
        let Membership::Revoking { member, told: true, then, .. } = self.membership else {
            return Err(LinkError::Fatal("unassign without a revocation".into()));
        };
        let mut given: Vec<InputPartition> = list.to_vec();
        let mut owned = self.owned.clone();
        given.sort_unstable();
        owned.sort_unstable();
        if given != owned {
            return Err(LinkError::Fatal("unassign of other partitions than were revoked".into()));
        }
        self.answered(member, then);
        Ok(())
    }

    fn position(&self, p: InputPartition) -> Result<Position, LinkError> {
        let position = self.positions.get(&p).copied();
        position.ok_or_else(|| LinkError::Fatal(format!("{p:?} is not assigned")))
    }

    pub(super) fn fetch(
        &mut self,
        from: InputPartition,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        let mut position = self.position(from)?;
        let at = self.at(from)?;
        let (limit, split) = {
            let mut faults = self.cluster.faults.borrow_mut();
            let slow = faults.rates.slow;
            let limit = if faults.chance(slow) { faults.rng.usize(0..=max) } else { max };
            (limit, faults.chance(slow))
        };
        if limit == 0 || position.held || self.cluster.outage_left() > 0 {
            return Ok(Fetched::default());
        }
        let mut broker = self.cluster.broker.borrow_mut();
        let Some(log) = broker.log(at) else { return Ok(Fetched::default()) };
        let stored: Vec<(i64, &Stored)> = log.committed_from(position.next).take(limit).collect();
        let headers: Vec<Vec<Header<'_>>> = stored.iter().map(|(_, r)| r.lend_headers()).collect();
        let records: Vec<Record<'_>> = stored
            .iter()
            .zip(&headers)
            .map(|((offset, r), headers)| Record {
                offset: *offset,
                timestamp: r.timestamp,
                key: r.key.as_deref(),
                value: r.value.as_deref(),
                headers,
            })
            .collect();
        if let Some(last) = records.last() {
            position.next = last.offset + 1;
        }
        let mut end = false;
        if log.committed_from(position.next).next().is_none() {
            let stable = log.stable_end();
            position.next = position.next.max(stable);
            end = position.reported_end != Some(stable);
            position.reported_end = Some(stable);
        }
        // The contract lends records in as many runs as the link likes.
        let (first, second) = records.split_at(if split { records.len() / 2 } else { records.len() });
        [first, second].into_iter().filter(|run| !run.is_empty()).for_each(each);
        let records = records.len();
        drop(broker);
        self.positions.insert(from, position);
        Ok(Fetched { records, end })
    }

    pub(super) fn committed(&self, list: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        let mut offsets = Vec::with_capacity(list.len());
        for &p in list {
            self.position(p)?;
            offsets.extend(self.stable_offset(self.at(p)?)?.map(|offset| (p, offset)));
        }
        Ok(offsets)
    }

    pub(super) fn seek(&mut self, to: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        for &(p, _) in to {
            self.position(p)?;
        }
        for &(p, next) in to {
            self.positions.insert(p, Position { next, reported_end: None, held: false });
        }
        Ok(())
    }

    pub(super) fn hold(&mut self, partition: InputPartition) -> Result<(), LinkError> {
        let position = self.position(partition)?;
        self.positions.insert(partition, Position { held: true, ..position });
        Ok(())
    }

    pub(super) fn leave(&mut self) -> Result<(), LinkError> {
        match self.membership {
            Membership::Out | Membership::Left => self.membership = Membership::Left,
            Membership::Joining { member } => self.answered(member, Then::Leave),
            Membership::Up { member, .. } if self.owned.is_empty() => self.answered(member, Then::Leave),
            Membership::Up { member, generation } => {
                self.membership = Membership::Revoking { member, generation, told: false, then: Then::Leave };
            }
            Membership::Revoking { member, generation, told, .. } => {
                self.membership = Membership::Revoking { member, generation, told, then: Then::Leave };
            }
        }
        Ok(())
    }
}

fn lost(event: Event) -> Event {
    match event {
        Event::Revoked { partitions, .. } => Event::Revoked { partitions, lost: true },
        other => other,
    }
}
