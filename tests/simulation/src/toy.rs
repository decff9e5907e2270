//! A small worker of its own, right or wrong on purpose: the harness must accept the right one and find each flaw.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::clock::Clock;
use millstream_engine::guarantee::Guarantee;
use millstream_engine::link::{Event, InputPartition, Link, LinkError, Outgoing, Output};
use millstream_engine::sharing::Sharing;
use millstream_engine::sim::{Cluster, SimClock, SimLink, Stored};
use millstream_engine::worker::{Progress, Stop};
use serde_json::Value;

use crate::disk::Disk;
use crate::oracle;
use crate::program::{Expected, Mapping, OUTPUT_RECORD_BYTES_MAX, Program, Seen, Subject};
use crate::scenario::Scenario;
use crate::workload::THRESHOLD;

/// What is wrong with a toy worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// After an undone epoch it goes on where it was.
    ForgetsSeek,
    /// It goes back to where it believes the epoch began, not to what the group has committed.
    TrustsItself,
    /// It commits what the producer has not delivered.
    CommitsUnflushed,
    /// It gives partitions back without ending the epoch first.
    DropsEpochOnRevoke,
    /// It produces the ledger after the commit.
    LedgerAfterCommit,
    /// It takes a commit whose answer was lost for a success.
    TakesRetryForSuccess,
    /// It takes a refused commit for a success.
    TakesRefusalForSuccess,
}

impl Flaw {
    /// All real flaws, with names for the command line.
    pub const ALL: [(&'static str, Self); 7] = [
        ("forgets-seek", Self::ForgetsSeek),
        ("trusts-itself", Self::TrustsItself),
        ("commits-unflushed", Self::CommitsUnflushed),
        ("drops-epoch-on-revoke", Self::DropsEpochOnRevoke),
        ("ledger-after-commit", Self::LedgerAfterCommit),
        ("takes-retry-for-success", Self::TakesRetryForSuccess),
        ("takes-refusal-for-success", Self::TakesRefusalForSuccess),
    ];
}

/// Toy workers with that flaw.
#[derive(Debug, Clone, Copy)]
pub struct Toy(pub Flaw);

impl Program for Toy {
    fn start(
        &self,
        _part: usize,
        scenario: &Scenario,
        link: SimLink,
        clock: SimClock,
        _disk: (usize, &Disk),
        _sharing: Sharing,
    ) -> Result<Box<dyn Subject>, String> {
        Ok(Box::new(Worker {
            link,
            clock,
            flaw: self.0,
            guarantee: scenario.guarantee,
            epoch: Duration::from_millis(scenario.epoch_ms),
            tasks: BTreeMap::new(),
            phase: Phase::Run,
            event: None,
            due: None,
            begun: false,
            entries: Vec::new(),
            held: Vec::new(),
            stopping: false,
            left: false,
        }))
    }

    fn check(&self, scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
        oracle::check(scenario, self, cluster)
    }
}

impl Mapping for Toy {
    fn expected(&self, _partition: i32, record: &Stored, _seen: &mut Seen) -> Expected {
        match verdict(record) {
            Verdict::Pass => Expected { output: Some(record.clone()), ledger: false },
            Verdict::Drop => Expected { output: None, ledger: false },
            Verdict::Bad => Expected { output: None, ledger: true },
        }
    }

    fn ledger_address(&self, entry: &Stored) -> Option<(i32, i64)> {
        let text = std::str::from_utf8(entry.value.as_deref()?).ok()?;
        let (partition, offset) = text.split_once('@')?;
        Some((partition.parse().ok()?, offset.parse().ok()?))
    }
}

enum Verdict {
    Pass,
    Drop,
    Bad,
}

/// The toy's query: copies records with `V` above the threshold.
fn verdict(record: &Stored) -> Verdict {
    let Some(value) = &record.value else { return Verdict::Drop };
    match serde_json::from_slice::<Value>(value) {
        Err(_) => Verdict::Bad,
        Ok(v) if v["V"].as_i64().is_none_or(|v| v <= THRESHOLD) => Verdict::Drop,
        Ok(_) if record.size() > OUTPUT_RECORD_BYTES_MAX => Verdict::Bad,
        Ok(_) => Verdict::Pass,
    }
}

/// Where a partition's open epoch began, and the next offset to take.
#[derive(Clone, Copy)]
struct Task {
    base: i64,
    next: i64,
}

enum Phase {
    Run,
    Commit { offsets: Vec<(InputPartition, i64)>, flushed: bool },
    Undo { dropped: bool, recover: bool },
}

struct Worker {
    link: SimLink,
    clock: SimClock,
    flaw: Flaw,
    guarantee: Guarantee,
    epoch: Duration,
    tasks: BTreeMap<InputPartition, Task>,
    phase: Phase,
    event: Option<Event>,
    due: Option<Duration>,
    begun: bool,
    /// Ledger entries of the open epoch.
    entries: Vec<String>,
    /// At most once: what is produced after the commit.
    held: Vec<(i32, Stored)>,
    stopping: bool,
    left: bool,
}

impl Subject for Worker {
    fn step(&mut self) -> Result<Progress, Stop> {
        let done = match &self.phase {
            Phase::Run => self.run(),
            Phase::Commit { .. } => self.commit(),
            Phase::Undo { .. } => self.undo(),
        };
        match done {
            Ok(progress) => Ok(progress),
            Err(LinkError::Retry(_)) => Ok(Progress::Waiting),
            Err(LinkError::Abort(_)) => {
                self.phase = Phase::Undo { dropped: false, recover: false };
                Ok(Progress::Busy)
            }
            Err(LinkError::Fenced(_)) => {
                self.phase = Phase::Undo { dropped: false, recover: true };
                Ok(Progress::Busy)
            }
            Err(LinkError::Replaced(cause)) => Err(Stop::Replaced(cause)),
            Err(LinkError::Expired(cause)) => Err(Stop::Expired(cause)),
            Err(LinkError::Fatal(cause)) => Err(Stop::Failed(cause)),
            Err(LinkError::Crash) => Err(Stop::Crash),
        }
    }

    fn stop(&mut self) {
        self.stopping = true;
    }

    fn abandon(&mut self) {
        let _ = self.link.abort();
        let _ = self.link.leave();
    }
}

impl Worker {
    fn run(&mut self) -> Result<Progress, LinkError> {
        if self.event.is_none() {
            self.event = self.link.poll(Duration::ZERO)?;
        }
        match self.event.clone() {
            Some(Event::Assigned(list)) => {
                for (p, offset) in self.link.assign(&list)? {
                    self.tasks.insert(p, Task { base: offset, next: offset });
                }
                self.event = None;
                return Ok(Progress::Busy);
            }
            Some(Event::Revoked { partitions, lost }) => return self.give_back(partitions, lost),
            None => {}
        }
        if self.stopping {
            return self.leave();
        }
        let any = self.fetch()?;
        if self.due.is_some_and(|due| self.clock.monotonic() >= due) {
            return self.end_epoch();
        }
        Ok(if any { Progress::Busy } else { Progress::Idle })
    }

    fn is_open(&self) -> bool {
        self.begun || self.due.is_some()
    }

    fn give_back(&mut self, partitions: Vec<InputPartition>, lost: bool) -> Result<Progress, LinkError> {
        if self.flaw == Flaw::DropsEpochOnRevoke {
            self.tasks.clear();
        } else if self.is_open() {
            if !lost {
                return self.end_epoch();
            }
            self.tasks.clear();
            self.phase = Phase::Undo { dropped: false, recover: false };
            return Ok(Progress::Busy);
        }
        self.deliver_rest()?;
        self.link.unassign(&partitions)?;
        self.event = None;
        self.tasks.clear();
        Ok(Progress::Busy)
    }

    /// At most once: whatever is not delivered now is lost, which is allowed.
    fn deliver_rest(&mut self) -> Result<(), LinkError> {
        if self.guarantee == Guarantee::AtMostOnce
            && let Err(e @ LinkError::Crash) = self.link.flush()
        {
            return Err(e);
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<Progress, LinkError> {
        if self.is_open() {
            return self.end_epoch();
        }
        if !self.left {
            self.deliver_rest()?;
            self.link.leave()?;
            self.left = true;
        }
        Ok(if self.tasks.is_empty() { Progress::Left } else { Progress::Busy })
    }

    fn fetch(&mut self) -> Result<bool, LinkError> {
        let mut any = false;
        for (&p, task) in &mut self.tasks {
            let mut passed: Vec<(i32, Stored)> = Vec::new();
            let mut entries = Vec::new();
            let mut next = task.next;
            let fetched = self.link.fetch(p, 16, &mut |records| {
                for r in records.iter().filter(|r| r.offset >= task.next) {
                    next = r.offset + 1;
                    let record = Stored {
                        timestamp: r.timestamp,
                        key: r.key.map(<[u8]>::to_vec),
                        value: r.value.map(<[u8]>::to_vec),
                        headers: Stored::own_headers(r.headers),
                    };
                    match verdict(&record) {
                        Verdict::Pass => passed.push((p.partition, record)),
                        Verdict::Drop => {}
                        Verdict::Bad => entries.push(format!("{}@{}", p.partition, r.offset)),
                    }
                }
            });
            if next == task.next {
                fetched?;
                continue;
            }
            any = true;
            task.next = next;
            self.due.get_or_insert(self.clock.monotonic() + self.epoch);
            self.entries.append(&mut entries);
            fetched.map_err(lost)?;
            if self.guarantee == Guarantee::AtMostOnce {
                self.held.append(&mut passed);
                continue;
            }
            if !self.begun {
                self.link.begin().map_err(lost)?;
                self.begun = true;
            }
            produce(&mut self.link, &passed)?;
        }
        Ok(any)
    }

    fn end_epoch(&mut self) -> Result<Progress, LinkError> {
        if self.guarantee != Guarantee::AtMostOnce {
            if !self.begun {
                self.link.begin()?;
                self.begun = true;
            }
            if self.flaw != Flaw::LedgerAfterCommit {
                produce_entries(&mut self.link, &self.entries)?;
            }
        }
        let offsets = self.tasks.iter().filter(|(_, t)| t.next > t.base).map(|(&p, t)| (p, t.next)).collect();
        self.phase = Phase::Commit { offsets, flushed: false };
        Ok(Progress::Busy)
    }

    fn commit(&mut self) -> Result<Progress, LinkError> {
        let Phase::Commit { offsets, flushed } = &mut self.phase else { return Ok(Progress::Busy) };
        if !*flushed && self.guarantee != Guarantee::AtMostOnce && self.flaw != Flaw::CommitsUnflushed {
            self.link.flush()?;
            *flushed = true;
        }
        match (self.link.commit(offsets), self.flaw) {
            (Err(LinkError::Retry(_)), Flaw::TakesRetryForSuccess) => self.link.recover()?,
            (Err(LinkError::Abort(_)), Flaw::TakesRefusalForSuccess) => self.link.abort()?,
            (result, _) => result?,
        }
        for (p, offset) in std::mem::take(offsets) {
            if let Some(task) = self.tasks.get_mut(&p) {
                task.base = offset;
            }
        }
        self.phase = Phase::Run;
        self.begun = false;
        self.due = None;
        let entries = std::mem::take(&mut self.entries);
        let held = std::mem::take(&mut self.held);
        if self.guarantee == Guarantee::AtMostOnce {
            // What Kafka refuses now is lost, which is allowed.
            for result in [produce(&mut self.link, &held), produce_entries(&mut self.link, &entries)] {
                if let Err(e @ (LinkError::Crash | LinkError::Fatal(_) | LinkError::Replaced(_))) = result {
                    return Err(e);
                }
            }
        } else if self.flaw == Flaw::LedgerAfterCommit && !entries.is_empty() {
            self.link.begin()?;
            self.begun = true;
            produce_entries(&mut self.link, &entries)?;
        }
        Ok(Progress::Busy)
    }

    fn undo(&mut self) -> Result<Progress, LinkError> {
        let Phase::Undo { dropped, recover } = &mut self.phase else { return Ok(Progress::Busy) };
        if !*dropped {
            if *recover {
                self.link.recover()?
            } else {
                self.link.abort()?
            }
            *dropped = true;
        }
        self.begun = false;
        self.due = None;
        self.entries.clear();
        self.held.clear();
        if self.event.is_none() {
            self.event = self.link.poll(Duration::ZERO)?;
        }
        if let Some(Event::Revoked { partitions, .. }) = &self.event {
            self.link.unassign(partitions)?;
            self.event = None;
            self.tasks.clear();
        }
        let kept: Vec<InputPartition> = self.tasks.keys().copied().collect();
        if !kept.is_empty() && self.flaw != Flaw::ForgetsSeek {
            let targets = match self.flaw {
                Flaw::TrustsItself => self.tasks.iter().map(|(&p, t)| (p, t.base)).collect(),
                _ => self.link.committed(&kept)?,
            };
            self.link.seek(&targets)?;
            for (p, offset) in targets {
                self.tasks.insert(p, Task { base: offset, next: offset });
            }
        }
        self.phase = Phase::Run;
        Ok(Progress::Busy)
    }
}

/// A call in the middle of an epoch cannot be repeated: the epoch is lost.
fn lost(error: LinkError) -> LinkError {
    match error {
        LinkError::Retry(text) => LinkError::Abort(text),
        other => other,
    }
}

fn produce(link: &mut SimLink, records: &[(i32, Stored)]) -> Result<(), LinkError> {
    let partitions = link.partitions(Output(0)).max(1);
    let headers: Vec<_> = records.iter().map(|(_, r)| r.lend_headers()).collect();
    let mut records = records.iter().zip(&headers).map(|((from, r), headers)| Outgoing {
        partition: from % partitions,
        timestamp: r.timestamp,
        key: r.key.as_deref(),
        value: r.value.as_deref(),
        headers,
    });
    link.produce(Output(0), &mut records)
}

fn produce_entries(link: &mut SimLink, entries: &[String]) -> Result<(), LinkError> {
    let mut records = entries.iter().map(|e| Outgoing {
        partition: 0,
        timestamp: 0,
        key: None,
        value: Some(e.as_bytes()),
        headers: &[],
    });
    link.produce(Output(1), &mut records)
}
