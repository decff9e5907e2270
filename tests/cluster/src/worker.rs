//! `cluster worker`: the smallest honest worker over the product's own link to Kafka. It copies each input topic to an
//! output topic, partition by partition, in transactional epochs, with its own name as the key. The proofs start
//! several of it as processes, and kill them.
//!
//! It prints a JSON line for whatever a proof waits for, and leaves the group when its stdin is closed.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use millstream_engine::link::{Event, InputPartition, Link, LinkError, Outgoing, Output, Record};
use millstream_kafka::{KafkaConfig, KafkaLink, LinkConfig, StartAt};
use serde_json::{Value, json};

use crate::clock::{self, Timer};
use crate::error::{Doing, Result};

/// `cluster worker`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// `HOST:PORT,...`
    #[arg(long)]
    bootstrap: String,
    /// Consumer group.
    #[arg(long)]
    group: String,
    /// Input topics.
    #[arg(long, value_delimiter = ',')]
    inputs: Vec<String>,
    /// Output topics, one for each input.
    #[arg(long, value_delimiter = ',')]
    outputs: Vec<String>,
    /// Name: of the member, of its transactions, and key of what it writes.
    #[arg(long)]
    id: String,
    /// Static membership under the name.
    #[arg(long = "static")]
    static_membership: bool,
    /// Length of an epoch, ms.
    #[arg(long, default_value_t = 100)]
    epoch_ms: u64,
}

impl Options {
    /// The worker's name.
    pub(crate) fn name(&self) -> &str {
        &self.id
    }
}

/// Most records taken from a partition at once.
const RUN: usize = 1024;
/// How often a call is repeated that may succeed later.
const ATTEMPTS: u32 = 100;

/// Where a partition stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// First offset that is not processed yet.
    next: i64,
    /// First offset of the open epoch.
    base: i64,
}

struct Worker<'a, L> {
    link: L,
    name: &'a [u8],
    epoch: Duration,
    due: Timer,
    places: BTreeMap<InputPartition, Place>,
    /// A transaction was begun and has something in it.
    open: bool,
    committed: bool,
    /// Copies of values on their way from one partition to the producer.
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Works until stdin is closed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    std::thread::spawn(move || {
        let mut lines = std::io::stdin().lock().lines();
        while lines.next().is_some_and(|line| line.is_ok()) {}
        seen.store(true, Ordering::Relaxed);
    });
    let link = open(options)?;
    tell("ready", Value::Null);
    let epoch = Duration::from_millis(options.epoch_ms);
    let mut worker = Worker {
        link,
        name: options.id.as_bytes(),
        epoch,
        due: Timer::start(epoch),
        places: BTreeMap::new(),
        open: false,
        committed: false,
        bytes: Vec::new(),
        ends: Vec::new(),
    };
    let ended = worker.work(&stop).doing("working").and_then(|()| worker.leave().doing("leaving"));
    tell("ended", json!(ended.as_ref().err().map(ToString::to_string)));
    ended
}

/// The link of a worker of the product: exactly once, from the earliest record.
fn open(options: &Options) -> Result<KafkaLink> {
    let name = format!("{}-{}", options.group, options.id);
    let instance = if options.static_membership { name.as_str() } else { "" };
    let mut config = LinkConfig::new(KafkaConfig::new(&options.bootstrap), &options.group, instance);
    config.transactional_id = Some(name.clone());
    config.inputs.clone_from(&options.inputs);
    config.outputs.clone_from(&options.outputs);
    config.reset = StartAt::Earliest;
    KafkaLink::open(config).doing("opening the link")
}

/// Prints `{"at":MS,"event":"...","detail":...}`. A reader that is gone is no reason to stop: stdin says that.
fn tell(event: &str, detail: Value) {
    let mut out = std::io::stdout().lock();
    let line = json!({ "at": clock::wall_ms(), "event": event, "detail": detail });
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

impl<L: Link> Worker<'_, L> {
    fn work(&mut self, stop: &AtomicBool) -> Result<(), LinkError> {
        while !stop.load(Ordering::Relaxed) {
            let moved = match self.copy() {
                Ok(moved) => moved,
                Err(error) => {
                    self.undo(error)?;
                    0
                }
            };
            let wait = if moved == 0 { Duration::from_millis(1) } else { Duration::ZERO };
            self.serve(wait)?;
            if self.due.over() {
                self.end_epoch()?;
            }
        }
        Ok(())
    }

    /// What is here of every partition goes to the producer; how many records.
    fn copy(&mut self) -> Result<usize, LinkError> {
        let mut moved = 0;
        let partitions: Vec<InputPartition> = self.places.keys().copied().collect();
        for partition in partitions {
            self.bytes.clear();
            self.ends.clear();
            let (bytes, ends, mut next) = (&mut self.bytes, &mut self.ends, None);
            self.link.fetch(partition, RUN, &mut |records: &[Record<'_>]| {
                for record in records {
                    bytes.extend_from_slice(record.value.unwrap_or_default());
                    ends.push(bytes.len());
                    next = Some(record.offset + 1);
                }
            })?;
            let (Some(next), Some(place)) = (next, self.places.get_mut(&partition)) else { continue };
            if !self.open {
                self.link.begin()?;
                self.open = true;
            }
            place.next = next;
            let (name, bytes, timestamp) = (self.name, &self.bytes, clock::wall_ms());
            let starts = std::iter::once(0).chain(self.ends.iter().copied());
            let mut records = starts.zip(&self.ends).map(|(start, end)| Outgoing {
                partition: partition.partition,
                timestamp,
                key: Some(name),
                value: bytes.get(start..*end),
                headers: &[],
            });
            self.link.produce(Output(partition.input), &mut records)?;
            moved += self.ends.len();
        }
        Ok(moved)
    }

    /// One event of the group at most.
    fn serve(&mut self, wait: Duration) -> Result<(), LinkError> {
        let event = match self.link.poll(wait) {
            Ok(event) => event,
            Err(error) => return self.undo(error),
        };
        match event {
            None => Ok(()),
            Some(Event::Assigned(partitions)) => self.assigned(&partitions),
            Some(Event::Revoked { partitions, lost }) => {
                if lost {
                    self.undo(LinkError::Abort("lost its partitions".to_owned()))?;
                } else {
                    self.end_epoch()?;
                }
                self.places.retain(|p, _| !partitions.contains(p));
                self.link.unassign(&partitions)
            }
        }
    }

    fn assigned(&mut self, partitions: &[InputPartition]) -> Result<(), LinkError> {
        let pairs: Vec<(u16, i32)> = partitions.iter().map(|p| (p.input, p.partition)).collect();
        tell("assigned", json!(pairs));
        let starts = again(|| self.link.assign(partitions))?;
        self.places.extend(starts.into_iter().map(|(p, offset)| (p, Place { next: offset, base: offset })));
        Ok(())
    }

    /// Commits what is open, or undoes it.
    fn end_epoch(&mut self) -> Result<(), LinkError> {
        self.due = Timer::start(self.epoch);
        if !self.open {
            return Ok(());
        }
        let moved = self.places.iter().filter(|(_, place)| place.next > place.base);
        let offsets: Vec<(InputPartition, i64)> = moved.map(|(p, place)| (*p, place.next)).collect();
        let ended = again(|| self.link.flush()).and_then(|()| again(|| self.link.commit(&offsets)));
        if let Err(error) = ended {
            return self.undo(error);
        }
        self.open = false;
        self.places.values_mut().for_each(|place| place.base = place.next);
        if !std::mem::replace(&mut self.committed, true) {
            tell("committed", Value::Null);
        }
        Ok(())
    }

    /// Drops the open epoch and goes back to what is committed.
    fn undo(&mut self, error: LinkError) -> Result<(), LinkError> {
        tell("aborted", json!(format!("{error:?}")));
        match error {
            LinkError::Replaced(_) | LinkError::Expired(_) | LinkError::Fatal(_) | LinkError::Crash => {
                return Err(error);
            }
            LinkError::Fenced(_) => again(|| self.link.recover())?,
            LinkError::Retry(_) | LinkError::Abort(_) => match again(|| self.link.abort()) {
                Err(LinkError::Fenced(_)) => again(|| self.link.recover())?,
                other => other?,
            },
        }
        self.open = false;
        let partitions: Vec<InputPartition> = self.places.keys().copied().collect();
        let committed = again(|| self.link.committed(&partitions))?;
        again(|| self.link.seek(&committed))?;
        for (partition, offset) in committed {
            self.places.insert(partition, Place { next: offset, base: offset });
        }
        Ok(())
    }

    /// Ends well: the last epoch, then the group.
    fn leave(&mut self) -> Result<(), LinkError> {
        self.end_epoch()?;
        self.link.leave()?;
        let timer = Timer::start(Duration::from_secs(10));
        while !self.places.is_empty() {
            self.serve(Duration::from_millis(10))?;
            if timer.over() {
                return Err(LinkError::Fatal("no revocation after leaving".to_owned()));
            }
        }
        Ok(())
    }
}

/// Repeats what may succeed later.
fn again<T>(mut call: impl FnMut() -> Result<T, LinkError>) -> Result<T, LinkError> {
    for _ in 0..ATTEMPTS {
        match call() {
            Err(LinkError::Retry(why)) => {
                tell("retried", json!(why));
                clock::pause_ms(50);
            }
            other => return other,
        }
    }
    Err(LinkError::Abort(format!("no success in {ATTEMPTS} attempts")))
}
