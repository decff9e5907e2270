//! The producer half of a simulated link: what is on the way, the open epoch, and how far a commit got.

use std::collections::BTreeMap;

use super::broker::OffsetsRefused;
use super::cluster::Cluster;
use super::faults::Fault;
use super::group::At;
use super::link::LinkConfig;
use super::log::Stored;
use crate::link::{LinkError, Outgoing, Output};

/// How far a commit got whose outcome the worker does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Commit {
    /// No commit is under way.
    None,
    /// The transaction has these offsets, but was not told to end.
    Sent(Vec<(At, i64)>),
    /// It ended; the answer was lost.
    Ended(Vec<(At, i64)>),
}

/// One producer, with or without a transactional id.
#[derive(Debug)]
pub(super) struct Producer {
    cluster: Cluster,
    transactional_id: Option<String>,
    outputs: Vec<usize>,
    epoch: u32,
    /// Handed over and not yet delivered, in order.
    in_flight: Vec<(At, Stored)>,
    /// Something of the open epoch was not delivered and never will be.
    failed: bool,
    /// The broker said that this producer is fenced.
    dead: bool,
    begun: bool,
    commit: Commit,
}

impl Producer {
    pub(super) fn new(cluster: &Cluster, config: &LinkConfig, outputs: Vec<usize>) -> Self {
        Self {
            cluster: cluster.clone(),
            transactional_id: config.transactional_id.clone(),
            outputs,
            epoch: 0,
            in_flight: Vec::new(),
            failed: false,
            dead: false,
            begun: false,
            commit: Commit::None,
        }
    }

    /// InitProducerId: a new producer under the same id.
    pub(super) fn initialise(&mut self) {
        if let Some(name) = &self.transactional_id {
            self.epoch = self.cluster.broker.borrow_mut().init_producer(name);
        }
        self.in_flight.clear();
        self.failed = false;
        self.dead = false;
        self.begun = false;
        self.commit = Commit::None;
    }

    /// Somebody else initialises this producer's id.
    pub(super) fn fence_by_stranger(&mut self) {
        if let Some(name) = &self.transactional_id {
            self.cluster.broker.borrow_mut().init_producer(name);
        }
    }

    /// Whether the outcome of a commit is not known.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.commit != Commit::None
    }

    fn topic(&self, output: Output) -> Option<usize> {
        self.outputs.get(usize::from(output.0)).copied()
    }

    /// Where a partition of an output is.
    pub(super) fn at(&self, output: Output, partition: i32) -> Result<At, LinkError> {
        let topic = self.topic(output).ok_or_else(|| LinkError::Fatal(format!("no output {}", output.0)))?;
        Ok((topic, partition))
    }

    pub(super) fn partitions(&self, output: Output) -> i32 {
        let broker = self.cluster.broker.borrow();
        self.topic(output).and_then(|t| broker.topics.get(t)).map_or(0, |t| t.logs.len() as i32)
    }

    pub(super) fn max_record_bytes(&self, output: Output) -> usize {
        let broker = self.cluster.broker.borrow();
        self.topic(output).and_then(|t| broker.topics.get(t)).map_or(0, |t| t.max_record_bytes)
    }

    fn fenced(&self) -> LinkError {
        LinkError::Fenced("PRODUCER_FENCED".into())
    }

    fn alive(&self) -> Result<(), LinkError> {
        if self.dead { Err(self.fenced()) } else { Ok(()) }
    }

    fn transactional(&self) -> bool {
        self.transactional_id.is_some()
    }

    pub(super) fn begin(&mut self) -> Result<(), LinkError> {
        self.alive()?;
        if self.transactional() {
            if self.begun {
                return Err(LinkError::Fatal("begin while an epoch is open".into()));
            }
            self.begun = true;
        }
        Ok(())
    }

    pub(super) fn produce(
        &mut self,
        output: Output,
        records: &mut dyn Iterator<Item = Outgoing<'_>>,
        fault: Option<Fault>,
    ) -> Result<(), LinkError> {
        self.alive()?;
        if self.transactional() && (!self.begun || self.commit != Commit::None) {
            return Err(LinkError::Fatal("produce outside of an epoch".into()));
        }
        let Some(topic) = self.topic(output) else { return Err(LinkError::Fatal("no such output".into())) };
        let (partitions, limit) = (self.partitions(output), self.max_record_bytes(output));
        let mut handed: Vec<(At, Stored)> = Vec::new();
        for r in records {
            let record = Stored {
                timestamp: r.timestamp,
                key: r.key.map(<[u8]>::to_vec),
                value: r.value.map(<[u8]>::to_vec),
                headers: Stored::own_headers(r.headers),
            };
            if !(0..partitions).contains(&r.partition) || record.size() > limit {
                return Err(LinkError::Fatal("record that the topic cannot take".into()));
            }
            handed.push(((topic, r.partition), record));
        }
        if fault == Some(Fault::Undelivered) {
            let taken = self.cluster.faults.borrow_mut().rng.usize(0..=handed.len());
            handed.truncate(taken);
            self.in_flight.append(&mut handed);
            self.failed = true;
            return Err(LinkError::Abort("simulated: producer queue refused records".into()));
        }
        self.in_flight.append(&mut handed);
        self.deliver_some();
        self.alive()
    }

    /// Now and then something on the way arrives.
    pub(super) fn deliver_some(&mut self) {
        if !self.in_flight.is_empty() && self.cluster.faults.borrow_mut().rng.u8(0..4) == 0 {
            self.spill();
        }
    }

    /// Of every partition a random first part of what is on the way arrives.
    pub(super) fn spill(&mut self) {
        if self.cluster.outage_left() > 0 {
            return;
        }
        let mut shares: BTreeMap<At, usize> = BTreeMap::new();
        for (at, _) in &self.in_flight {
            *shares.entry(*at).or_default() += 1;
        }
        let mut faults = self.cluster.faults.borrow_mut();
        for share in shares.values_mut() {
            *share = faults.rng.usize(0..=*share);
        }
        drop(faults);
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for (at, record) in std::mem::take(&mut self.in_flight) {
            match shares.get_mut(&at) {
                Some(share) if *share > 0 => {
                    *share -= 1;
                    now.push((at, record));
                }
                _ => later.push((at, record)),
            }
        }
        self.in_flight = later;
        self.deliver(now);
    }

    fn deliver(&mut self, records: Vec<(At, Stored)>) {
        let mut broker = self.cluster.broker.borrow_mut();
        for (at, record) in records {
            let producer = self.transactional_id.as_deref().map(|name| (name, self.epoch));
            if broker.produce(producer, at, record).is_err() {
                self.dead = true;
                self.failed = true;
                self.in_flight.clear();
                return;
            }
        }
    }

    pub(super) fn flush(&mut self, fault: Option<Fault>) -> Result<(), LinkError> {
        if fault == Some(Fault::Undelivered) && !self.in_flight.is_empty() {
            self.spill();
            self.failed |= !self.in_flight.is_empty();
            self.in_flight.clear();
        } else {
            let all = std::mem::take(&mut self.in_flight);
            self.deliver(all);
        }
        self.alive()?;
        if self.failed {
            return Err(LinkError::Abort("simulated: records were not delivered".into()));
        }
        Ok(())
    }

    pub(super) fn commit(
        &mut self,
        group: &str,
        member: (u64, i32),
        offsets: Vec<(At, i64)>,
        fault: Option<Fault>,
    ) -> Result<(), LinkError> {
        self.alive()?;
        match self.transactional_id.clone() {
            Some(name) => self.commit_transaction(&name, group, member, offsets, fault),
            None => self.commit_offsets(group, member, offsets, fault),
        }
    }

    fn commit_offsets(
        &mut self,
        group: &str,
        member: (u64, i32),
        offsets: Vec<(At, i64)>,
        fault: Option<Fault>,
    ) -> Result<(), LinkError> {
        if fault == Some(Fault::StallMidway) {
            self.cluster.stall();
        }
        let mut broker = self.cluster.broker.borrow_mut();
        let known = broker.groups.entry(group.to_owned()).or_default();
        if let Err(denied) = known.check(member.0, member.1) {
            broker.trace.count(&format!("commit refused: {}", denied.name()));
            return Err(LinkError::Abort(denied.name().into()));
        }
        if fault == Some(Fault::Refused) {
            return Err(LinkError::Abort("simulated refusal".into()));
        }
        let lost = fault == Some(Fault::LostAck);
        if lost && self.cluster.faults.borrow_mut().rng.bool() {
            return Err(LinkError::Retry("simulated: the request was lost".into()));
        }
        known.commit(offsets);
        match fault {
            Some(Fault::LostAck) => Err(LinkError::Retry("simulated: the answer was lost".into())),
            Some(Fault::CrashMidway) => Err(LinkError::Crash),
            _ => Ok(()),
        }
    }

    fn commit_transaction(
        &mut self,
        name: &str,
        group: &str,
        member: (u64, i32),
        offsets: Vec<(At, i64)>,
        fault: Option<Fault>,
    ) -> Result<(), LinkError> {
        if !self.begun {
            return Err(LinkError::Fatal("commit without begin".into()));
        }
        match &self.commit {
            Commit::Sent(o) | Commit::Ended(o) if *o != offsets => {
                return Err(LinkError::Fatal("commit repeated with other offsets".into()));
            }
            Commit::Sent(_) if fault == Some(Fault::Refused) => {
                self.commit = Commit::None;
                return Err(LinkError::Abort("simulated refusal of the end".into()));
            }
            Commit::None => self.send_offsets(name, group, member, offsets.clone(), fault)?,
            _ => {}
        }
        match fault {
            Some(Fault::CrashMidway) => return Err(LinkError::Crash),
            Some(Fault::StallMidway) => self.cluster.stall(),
            Some(Fault::LostAck) if self.cluster.faults.borrow_mut().rng.bool() => {
                return Err(LinkError::Retry("simulated: the request was lost".into()));
            }
            _ => {}
        }
        self.end(name, true)?;
        self.commit = Commit::Ended(offsets);
        if fault == Some(Fault::LostAck) {
            return Err(LinkError::Retry("simulated: the answer was lost".into()));
        }
        self.commit = Commit::None;
        self.begun = false;
        Ok(())
    }

    fn send_offsets(
        &mut self,
        name: &str,
        group: &str,
        member: (u64, i32),
        offsets: Vec<(At, i64)>,
        fault: Option<Fault>,
    ) -> Result<(), LinkError> {
        // Who commits without a flush learns nothing about what is still on the way.
        self.in_flight.clear();
        if self.failed {
            return Err(LinkError::Abort("records of this epoch were not delivered".into()));
        }
        if fault == Some(Fault::Refused) {
            return Err(LinkError::Abort("simulated refusal".into()));
        }
        let mut broker = self.cluster.broker.borrow_mut();
        match broker.send_offsets((name, self.epoch), group, member, &offsets) {
            Ok(()) => {
                self.commit = Commit::Sent(offsets);
                Ok(())
            }
            Err(OffsetsRefused::Fenced) => {
                self.dead = true;
                Err(self.fenced())
            }
            Err(OffsetsRefused::Denied(denied)) => {
                broker.trace.count(&format!("commit refused: {}", denied.name()));
                Err(LinkError::Abort(denied.name().into()))
            }
        }
    }

    fn end(&mut self, name: &str, commit: bool) -> Result<(), LinkError> {
        let mut broker = self.cluster.broker.borrow_mut();
        let longest = broker.settings.marker_delay_ms.max(0);
        let delay = self.cluster.faults.borrow_mut().rng.i64(0..=longest);
        if broker.end_transaction(name, self.epoch, commit, delay).is_err() {
            self.dead = true;
            return Err(self.fenced());
        }
        Ok(())
    }

    pub(super) fn abort(&mut self) -> Result<(), LinkError> {
        self.alive()?;
        if self.commit != Commit::None {
            return Err(LinkError::Fatal("abort while the outcome of a commit is not known".into()));
        }
        self.spill(); // a part may have left before it could be dropped
        self.alive()?;
        self.in_flight.clear();
        self.failed = false;
        if let Some(name) = self.transactional_id.clone() {
            self.end(&name, false)?;
        }
        self.begun = false;
        Ok(())
    }
}
