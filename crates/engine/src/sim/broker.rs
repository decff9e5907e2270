//! The simulated broker: topics, groups, transactional ids, and what happens to them as time passes.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{At, Denied, Group, Timeouts};
use super::log::{Log, Stored};
use super::trace::Trace;

/// Timeouts and delays of a simulated cluster, ms.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// A member that is silent for longer is expelled.
    pub session_timeout_ms: i64,
    /// A rebalance waits no longer for members to answer.
    pub rebalance_timeout_ms: i64,
    /// Time between two heartbeats of a member that polls.
    pub heartbeat_ms: i64,
    /// An open transaction is aborted, and its producer fenced, after that time.
    pub transaction_timeout_ms: i64,
    /// A decided transaction takes up to that long until its markers are written.
    pub marker_delay_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_timeout_ms: 300,
            rebalance_timeout_ms: 400,
            heartbeat_ms: 50,
            transaction_timeout_ms: 500,
            marker_delay_ms: 20,
        }
    }
}

impl Settings {
    fn group(&self) -> Timeouts {
        Timeouts { session: self.session_timeout_ms, rebalance: self.rebalance_timeout_ms }
    }
}

/// The producer that asks is not the newest of its transactional id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProducerFenced;

/// Why a transaction does not take offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OffsetsRefused {
    /// The producer is dead.
    Fenced,
    /// The member may not commit.
    Denied(Denied),
}

#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) logs: Vec<Log>,
    pub(super) max_record_bytes: usize,
}

/// What is known about a transactional id.
#[derive(Debug)]
struct Producer {
    id: u64,
    epoch: u32,
    open: Option<Transaction>,
    /// A transaction whose end is decided: whether it commits, and when its markers are written, ms.
    ending: Option<(Transaction, bool, i64)>,
}

#[derive(Debug)]
struct Transaction {
    since: i64,
    partitions: BTreeSet<At>,
    groups: BTreeSet<String>,
}

/// One simulated cluster's state.
#[derive(Debug, Default)]
pub(super) struct Broker {
    pub(super) settings: Settings,
    pub(super) now: i64,
    /// Nobody reaches the broker before then, ms; `None`: it can be reached.
    pub(super) down_until: Option<i64>,
    pub(super) topics: Vec<Topic>,
    pub(super) groups: BTreeMap<String, Group>,
    producers: BTreeMap<String, Producer>,
    pub(super) trace: Trace,
}

impl Broker {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Keeps a trace line, if anybody wants one.
    pub(super) fn note(&mut self, text: impl FnOnce() -> String) {
        if self.trace.on {
            self.trace.line(self.now, &text());
        }
    }

    pub(super) fn log(&mut self, at: At) -> Option<&mut Log> {
        self.topics.get_mut(at.0)?.logs.get_mut(usize::try_from(at.1).ok()?)
    }

    /// What falls due as time passes: sessions, rebalances, transactions.
    pub(super) fn tick(&mut self, now: i64) {
        self.now = now;
        if let Some(until) = self.down_until {
            if now < until {
                return;
            }
            // Who coordinates a group after an outage gives every member a whole session again.
            self.down_until = None;
            let timeouts = self.settings.group();
            self.groups.values_mut().for_each(|group| group.resume(now, timeouts));
            self.note(|| "broker: can be reached again".into());
        }
        let mut notes = Vec::new();
        let timeouts = self.settings.group();
        let counts: Vec<i32> = self.topics.iter().map(|t| t.logs.len() as i32).collect();
        for group in self.groups.values_mut() {
            let expired = group.expire(now, timeouts);
            for _ in 0..expired {
                self.trace.count("session expired");
            }
            if expired > 0 {
                notes.push(format!("broker: {expired} member(s) expired"));
            }
            if group.settle(now, &|topic| counts.get(topic).copied().unwrap_or(0)) {
                self.trace.count("rebalance");
                notes.push(format!("broker: rebalance ended, generation {}", group.generation()));
            }
        }
        let mut timed_out = Vec::new();
        let mut due = Vec::new();
        for (name, producer) in &self.producers {
            let limit = self.settings.transaction_timeout_ms;
            if producer.open.as_ref().is_some_and(|t| now - t.since > limit) {
                timed_out.push(name.clone());
            }
            if producer.ending.as_ref().is_some_and(|(_, _, at)| *at <= now) {
                due.push(name.clone());
            }
        }
        due.iter().for_each(|name| self.write_markers(name));
        for name in timed_out {
            self.trace.count("transaction timed out");
            notes.push(format!("broker: transaction of {name} timed out"));
            self.abort_open(&name);
            if let Some(producer) = self.producers.get_mut(&name) {
                producer.epoch += 1;
            }
        }
        for text in notes {
            self.note(|| text);
        }
    }

    /// InitProducerId: ends what an older producer of that id left open, and fences it.
    pub(super) fn init_producer(&mut self, name: &str) -> u32 {
        self.write_markers(name);
        if self.producers.get(name).is_some_and(|p| p.open.is_some()) {
            self.trace.count("transaction aborted by a newer producer");
        }
        self.abort_open(name);
        let next = self.producers.len() as u64;
        let producer = self.producers.entry(name.to_owned()).or_insert_with(|| Producer {
            id: next,
            epoch: 0,
            open: None,
            ending: None,
        });
        producer.epoch += 1;
        producer.epoch
    }

    fn abort_open(&mut self, name: &str) {
        if let Some(producer) = self.producers.get_mut(name)
            && let Some(open) = producer.open.take()
        {
            producer.ending = Some((open, false, self.now));
            self.write_markers(name);
        }
    }

    /// Writes the markers of a decided transaction: from here on everybody sees how it ended.
    fn write_markers(&mut self, name: &str) {
        let Some(producer) = self.producers.get_mut(name) else { return };
        let id = producer.id;
        let Some((transaction, commit, _)) = producer.ending.take() else { return };
        for at in transaction.partitions {
            if let Some(log) = self.log(at) {
                log.end_transaction(id, commit);
            }
        }
        for group in transaction.groups {
            if let Some(group) = self.groups.get_mut(&group) {
                group.end_transaction(id, commit);
            }
        }
        self.note(|| format!("broker: transaction of {name} {}", if commit { "committed" } else { "aborted" }));
    }

    /// Whether that producer is the newest of its id.
    pub(super) fn check_producer(&self, name: &str, epoch: u32) -> Result<(), ProducerFenced> {
        if self.producers.get(name).is_some_and(|p| p.epoch == epoch) { Ok(()) } else { Err(ProducerFenced) }
    }

    /// Whether that id has a transaction that has not ended.
    pub(super) fn has_open_transaction(&self) -> bool {
        self.producers.values().any(|p| p.open.is_some() || p.ending.is_some())
    }

    fn transaction(&mut self, name: &str, epoch: u32) -> Result<(u64, &mut Transaction), ProducerFenced> {
        self.check_producer(name, epoch)?;
        self.write_markers(name); // the next transaction waits for the end of the one before
        let since = self.now;
        let producer = self.producers.get_mut(name).ok_or(ProducerFenced)?;
        let open = producer.open.get_or_insert_with(|| Transaction {
            since,
            partitions: BTreeSet::new(),
            groups: BTreeSet::new(),
        });
        Ok((producer.id, open))
    }

    /// Appends a record, inside the producer's transaction if it has a transactional id.
    pub(super) fn produce(
        &mut self,
        producer: Option<(&str, u32)>,
        at: At,
        record: Stored,
    ) -> Result<(), ProducerFenced> {
        let id = match producer {
            None => None,
            Some((name, epoch)) => {
                let (id, open) = self.transaction(name, epoch)?;
                open.partitions.insert(at);
                Some(id)
            }
        };
        if let Some(log) = self.log(at) {
            log.append(record, id);
        }
        Ok(())
    }

    /// TxnOffsetCommit with group metadata.
    pub(super) fn send_offsets(
        &mut self,
        producer: (&str, u32),
        group: &str,
        member: (u64, i32),
        offsets: &[(At, i64)],
    ) -> Result<(), OffsetsRefused> {
        self.check_producer(producer.0, producer.1).map_err(|_| OffsetsRefused::Fenced)?;
        let known = self.groups.entry(group.to_owned()).or_default();
        known.check(member.0, member.1).map_err(OffsetsRefused::Denied)?;
        let (id, open) = self.transaction(producer.0, producer.1).map_err(|_| OffsetsRefused::Fenced)?;
        open.groups.insert(group.to_owned());
        if let Some(known) = self.groups.get_mut(group) {
            known.hold(id, offsets.iter().copied());
        }
        Ok(())
    }

    /// EndTxn: decided at once, seen after `delay` ms. Nothing to end: fine.
    pub(super) fn end_transaction(
        &mut self,
        name: &str,
        epoch: u32,
        commit: bool,
        delay: i64,
    ) -> Result<(), ProducerFenced> {
        self.check_producer(name, epoch)?;
        let now = self.now;
        if let Some(producer) = self.producers.get_mut(name)
            && let Some(open) = producer.open.take()
        {
            producer.ending = Some((open, commit, now + delay));
            if delay <= 0 {
                self.write_markers(name);
            }
        }
        Ok(())
    }

    /// LeaveGroup.
    pub(super) fn leave_group(&mut self, group: &str, member: u64) {
        let (now, timeouts) = (self.now, self.settings.group());
        if let Some(group) = self.groups.get_mut(group) {
            group.leave(member, now, timeouts);
        }
    }

    /// JoinGroup of somebody new.
    pub(super) fn join_group(&mut self, group: &str, instance: Option<&str>, topics: &[usize]) -> u64 {
        let (now, timeouts) = (self.now, self.settings.group());
        self.groups.entry(group.to_owned()).or_default().join(instance, topics, now, timeouts)
    }
}
