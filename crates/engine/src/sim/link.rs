//! One simulated process' link: every call passes the fault plan before and after it takes effect.

use std::sync::Arc;
use std::time::Duration;

use super::cluster::Cluster;
use super::consumer::Consumer;
use super::faults::{Call, Fault};
use super::producer::Producer;
use super::restore::Restores;
use crate::link::{Event, Fetched, InputPartition, Link, LinkError, Outgoing, Output, Record, Waker};

/// Where a group begins in a partition for which it has no offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// At the first record.
    Earliest,
    /// At the end.
    Latest,
}

/// What a link is made of.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Name in traces.
    pub name: String,
    /// The consumer group.
    pub group: String,
    /// `group.instance.id`; `None`: a dynamic member.
    pub instance: Option<String>,
    /// `transactional.id`; `None`: an idempotent producer without transactions.
    pub transactional_id: Option<String>,
    /// Input topics, by [`InputPartition::input`].
    pub inputs: Vec<String>,
    /// Output topics, by [`Output`].
    pub outputs: Vec<String>,
    /// Where to begin.
    pub reset: Reset,
}

/// A [`Link`] to a [`Cluster`].
#[derive(Debug)]
pub struct SimLink {
    cluster: Cluster,
    config: LinkConfig,
    consumer: Consumer,
    producer: Producer,
    restores: Restores,
    crashed: bool,
}

/// Simulated ms that a poll with nothing to do waits at most.
const POLL_WAIT_MAX_MS: u128 = 5;

impl SimLink {
    /// A link of these settings; `Fatal` if a topic is missing.
    pub(super) fn open(cluster: &Cluster, config: LinkConfig) -> Result<Self, LinkError> {
        let topics = |names: &[String]| -> Result<Vec<usize>, LinkError> {
            let find = |n: &String| cluster.topic(n).ok_or_else(|| LinkError::Fatal(format!("no topic {n}")));
            names.iter().map(find).collect()
        };
        let (inputs, outputs) = (topics(&config.inputs)?, topics(&config.outputs)?);
        let mut link = Self {
            cluster: cluster.clone(),
            consumer: Consumer::new(cluster, &config, inputs),
            producer: Producer::new(cluster, &config, outputs),
            restores: Restores::default(),
            config,
            crashed: false,
        };
        link.call(Call::Open, String::new, |link, _| {
            link.producer.initialise();
            Ok(())
        })?;
        Ok(link)
    }

    /// One call through the fault plan: `body` takes effect between the faults before and after.
    fn call<T>(
        &mut self,
        call: Call,
        detail: impl FnOnce() -> String,
        body: impl FnOnce(&mut Self, Option<Fault>) -> Result<T, LinkError>,
    ) -> Result<T, LinkError> {
        let result = self.enter(call).and_then(|fault| {
            let value = body(self, fault)?;
            self.finish(fault)?;
            Ok(value)
        });
        let quiet = matches!(call, Call::Poll | Call::Fetch) && result.is_ok();
        if !quiet {
            let outcome = match &result {
                Ok(_) => "ok".to_owned(),
                Err(LinkError::Crash) => "CRASH".to_owned(),
                Err(e) => format!("{} ({e})", kind(e)),
            };
            self.cluster.note(|| format!("{} {}{} -> {outcome}", self.config.name, call.name(), detail()));
        }
        if let Err(e) = &result {
            self.cluster.count(&format!("{:<9} -> {}", call.name(), kind(e)));
        }
        result
    }

    fn enter(&mut self, call: Call) -> Result<Option<Fault>, LinkError> {
        if self.crashed {
            return Err(LinkError::Crash);
        }
        self.cluster.advance(0);
        self.consumer.beat();
        let fault = self.cluster.faults.borrow_mut().strike(call, call == Call::Commit && self.producer.is_in_doubt());
        // A stranger can only fence a producer that has an id.
        let fault = fault.filter(|f| *f != Fault::Fenced || self.config.transactional_id.is_some());
        let fault = fault.filter(|f| *f != Fault::Replaced || self.consumer.has_a_name());
        if self.cluster.outage_left() > 0 && !matches!(fault, Some(Fault::CrashBefore | Fault::Stall)) {
            return self.enter_outage(call);
        }
        let Some(fault) = fault else { return Ok(None) };
        self.cluster.count(&format!("fault: {} {}", fault.name(), call.name()));
        self.cluster.note(|| format!("{} fault: {} {}", self.config.name, fault.name(), call.name()));
        match fault {
            Fault::CrashBefore => Err(self.crash()),
            Fault::Retry => Err(LinkError::Retry("simulated timeout".into())),
            Fault::Fatal => Err(LinkError::Fatal("simulated: not authorised".into())),
            Fault::Stall => {
                self.cluster.stall();
                Ok(None)
            }
            Fault::Fenced => {
                self.producer.fence_by_stranger();
                Ok(None)
            }
            Fault::Replaced => {
                self.consumer.replace_itself();
                Ok(None)
            }
            other => Ok(Some(other)),
        }
    }

    /// A call while the broker cannot be reached.
    fn enter_outage(&mut self, call: Call) -> Result<Option<Fault>, LinkError> {
        if !call.needs_broker() {
            return Ok(None);
        }
        // A producer gives its records up after a while.
        if call == Call::Flush && self.cluster.faults.borrow_mut().rng.u8(0..8) == 0 {
            return Ok(Some(Fault::Undelivered));
        }
        Err(LinkError::Retry("the broker cannot be reached".into()))
    }

    fn finish(&mut self, fault: Option<Fault>) -> Result<(), LinkError> {
        match fault {
            Some(Fault::CrashAfter) => Err(self.crash()),
            Some(Fault::LostAck) => Err(LinkError::Retry("simulated lost answer".into())),
            _ => Ok(()),
        }
    }

    /// The process dies. What its producer had on the way may still arrive; the group hears nothing.
    fn crash(&mut self) -> LinkError {
        self.crashed = true;
        self.producer.spill();
        LinkError::Crash
    }
}

fn kind(error: &LinkError) -> &'static str {
    match error {
        LinkError::Retry(_) => "retry",
        LinkError::Abort(_) => "abort",
        LinkError::Fenced(_) => "fenced",
        LinkError::Replaced(_) => "replaced",
        LinkError::Expired(_) => "expired",
        LinkError::Fatal(_) => "fatal",
        LinkError::Crash => "crash",
    }
}

/// `p0@5 p1@7` of the first input, `1/p0@5` of the second.
fn positions(offsets: &[(InputPartition, i64)]) -> String {
    offsets.iter().map(|(p, offset)| format!(" {}@{offset}", partition(*p))).collect()
}

fn partition(p: InputPartition) -> String {
    if p.input == 0 { format!("p{}", p.partition) } else { format!("{}/p{}", p.input, p.partition) }
}

fn partitions(list: &[InputPartition]) -> String {
    list.iter().map(|p| format!(" {}", partition(*p))).collect()
}

impl Link for SimLink {
    fn poll(&mut self, wait: Duration) -> Result<Option<Event>, LinkError> {
        let event = self.call(Call::Poll, String::new, |link, _| {
            link.producer.deliver_some();
            link.consumer.poll()
        })?;
        match &event {
            None => self.cluster.clock().advance(wait.as_millis().min(POLL_WAIT_MAX_MS) as i64),
            Some(Event::Assigned(list)) => {
                self.cluster.note(|| format!("{} assigned:{}", self.config.name, partitions(list)));
            }
            Some(Event::Revoked { partitions: list, lost }) => {
                let how = if *lost { "lost" } else { "revoked" };
                self.cluster.count(&format!("partitions {how}"));
                self.cluster.note(|| format!("{} {how}:{}", self.config.name, partitions(list)));
            }
        }
        Ok(event)
    }

    fn assign(&mut self, list: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        self.call(Call::Assign, || partitions(list), |link, _| link.consumer.assign(list))
    }

    fn unassign(&mut self, list: &[InputPartition]) -> Result<(), LinkError> {
        self.call(Call::Unassign, || partitions(list), |link, _| link.consumer.unassign(list))
    }

    fn fetch(
        &mut self,
        from: InputPartition,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        let name = self.config.name.clone();
        let cluster = self.cluster.clone();
        let fetched =
            self.call(Call::Fetch, || format!(" {}", partition(from)), |link, _| link.consumer.fetch(from, max, each))?;
        if fetched.records > 0 {
            cluster.note(|| format!("{name} fetched {} of {}", fetched.records, partition(from)));
        }
        Ok(fetched)
    }

    fn committed(&mut self, list: &[InputPartition]) -> Result<Vec<(InputPartition, i64)>, LinkError> {
        self.call(Call::Committed, || partitions(list), |link, _| link.consumer.committed(list))
    }

    fn seek(&mut self, to: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        self.call(Call::Seek, || positions(to), |link, _| link.consumer.seek(to))
    }

    fn hold(&mut self, from: InputPartition) -> Result<bool, LinkError> {
        self.call(Call::Fetch, || format!(" hold {}", from.partition), |link, _| link.consumer.hold(from))?;
        Ok(true)
    }

    fn waker(&self) -> Option<Waker> {
        // Nobody waits here.
        Some(Arc::new(|| {}))
    }

    fn restore(
        &mut self,
        changelog: Output,
        partition: i32,
        max: usize,
        each: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<Fetched, LinkError> {
        self.call(
            Call::Restore,
            || format!(" p{partition}"),
            |link, _| {
                let at = link.producer.at(changelog, partition)?;
                link.restores.read(&link.cluster, at, max, each)
            },
        )
    }

    fn begin_restore(&mut self, changelog: Output, partition: i32, from: i64) -> Result<bool, LinkError> {
        self.call(
            Call::Restore,
            || format!(" p{partition} from {from}"),
            |link, _| {
                let at = link.producer.at(changelog, partition)?;
                Ok(link.restores.begin(&link.cluster, at, from))
            },
        )
    }

    fn end_restore(&mut self, changelog: Output, partition: i32) {
        if let Ok(at) = self.producer.at(changelog, partition) {
            self.restores.end(at);
        }
    }

    fn partitions(&self, output: Output) -> i32 {
        self.producer.partitions(output)
    }

    fn max_record_bytes(&self, output: Output) -> usize {
        self.producer.max_record_bytes(output)
    }

    fn begin(&mut self) -> Result<(), LinkError> {
        self.call(Call::Begin, String::new, |link, _| link.producer.begin())
    }

    fn produce(&mut self, output: Output, records: &mut dyn Iterator<Item = Outgoing<'_>>) -> Result<(), LinkError> {
        self.call(
            Call::Produce,
            || format!(" to {}", output.0),
            |link, fault| link.producer.produce(output, records, fault),
        )
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.call(Call::Flush, String::new, |link, fault| link.producer.flush(fault))
    }

    fn commit(&mut self, offsets: &[(InputPartition, i64)]) -> Result<(), LinkError> {
        let crash = self.call(
            Call::Commit,
            || positions(offsets),
            |link, fault| {
                let member = link.consumer.member();
                let at = link.consumer.at_offsets(offsets)?;
                match link.producer.commit(&link.config.group, member, at, fault) {
                    Err(LinkError::Crash) => Err(link.crash()),
                    other => other,
                }
            },
        );
        if crash.is_ok() {
            self.cluster.count("commit");
        }
        crash
    }

    fn abort(&mut self) -> Result<(), LinkError> {
        self.call(Call::Abort, String::new, |link, _| link.producer.abort())
    }

    fn recover(&mut self) -> Result<(), LinkError> {
        self.call(Call::Recover, String::new, |link, _| {
            link.consumer.alive()?;
            link.producer.initialise();
            Ok(())
        })
    }

    fn leave(&mut self) -> Result<(), LinkError> {
        self.call(Call::Leave, String::new, |link, _| link.consumer.leave())
    }
}
