//! Somebody else in a process who reads the input, too: then the process reads it once for both.
//!
//! The company comes and goes, takes what it likes when it likes, and checks that nothing of what it follows is left out. The
//! reading has no thread here: it is stepped when the process is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_engine::link::{Header, LinkError, Record, Waker};
use millstream_engine::sharing::{Found, Reads, Sharing, Stepped, Subscription, Taken, TopicReader};
use millstream_engine::sim::{Cluster, Rng, SimLink, Stored};
use millstream_engine::worker::{Progress, Stop};
use millstream_plan::topology::SourceNode;

use crate::program::{INPUT, Subject};

/// Decoded bytes of a partition that wait: a few records.
const WAITING_BYTES: usize = 4 * 1024;

/// What the broker has sent to the process: committed records, and how far they go.
#[derive(Debug, Default)]
struct Mirror {
    partitions: BTreeMap<i32, (Vec<(i64, Stored)>, i64)>,
    /// The next fetch fails.
    fails: bool,
}

/// Reads the mirror.
struct Reader {
    mirror: Arc<Mutex<Mirror>>,
    next: BTreeMap<i32, (i64, Option<i64>)>,
}

/// The reading's side of a process, and the one who reads besides its worker.
pub(crate) struct Company {
    cluster: Cluster,
    rng: Rng,
    mirror: Arc<Mutex<Mirror>>,
    now: Arc<AtomicU64>,
    reads: Arc<Mutex<Vec<Reads>>>,
    sharing: Sharing,
    other: Subscription,
    /// Where the other is in each partition, and whether it follows.
    places: Vec<(i64, bool)>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Company {
    /// For a new process. Error: nobody else can read that.
    pub(crate) fn new(cluster: &Cluster, source: &SourceNode, partitions: i32, seed: u64) -> Result<Self, String> {
        let (mirror, now, reads) = (Arc::default(), Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (opened, shelf, clock) = (Arc::clone(&mirror), Arc::clone(&reads), Arc::clone(&now));
        let sharing = Sharing::with(
            Box::new(move |_| Ok(Box::new(Reader { mirror: Arc::clone(&opened), next: BTreeMap::new() }))),
            Box::new(move |reads| {
                lock(&shelf).push(reads);
                Ok(())
            }),
            Box::new(move || Duration::from_millis(clock.load(Ordering::Relaxed))),
            WAITING_BYTES,
        );
        // It reads fewer columns than the worker.
        let mut rng = Rng::with_seed(seed);
        let columns = source.used.iter().copied().filter(|_| rng.bool()).collect();
        let other = sharing
            .subscribe(
                &source.reading(columns, &Default::default()),
                &millstream_schemas::Registry::none(),
                Arc::new(|| {}),
            )
            .ok_or("nothing is shared")?;
        let places = vec![(0, false); usize::try_from(partitions).unwrap_or(0)];
        Ok(Self { cluster: cluster.clone(), rng, mirror, now, reads, sharing, other, places })
    }

    /// Where the process' worker reads.
    pub(crate) fn sharing(&self) -> Sharing {
        self.sharing.clone()
    }

    /// Time for the reading and for the other. Error: something was left out.
    fn turn(&mut self) -> Result<(), String> {
        self.now.store(self.cluster.clock().elapsed_ms().unsigned_abs(), Ordering::Relaxed);
        if self.cluster.outage_left() == 0 {
            self.receive();
        }
        for _ in 0..self.rng.usize(0..3) {
            // Without the lock: who reads may end, and somebody else begin.
            let all = std::mem::take(&mut *lock(&self.reads));
            for mut reads in all {
                if reads.step() != Stepped::Ended {
                    lock(&self.reads).push(reads);
                }
            }
        }
        if self.places.is_empty() || self.rng.bool() {
            return Ok(());
        }
        let place = self.rng.usize(0..self.places.len());
        self.act(place)
    }

    fn receive(&mut self) {
        let mut mirror = lock(&self.mirror);
        for partition in (0..).take(self.places.len()) {
            let end = self.cluster.stable_offset(INPUT, partition);
            if mirror.partitions.get(&partition).is_none_or(|(_, until)| *until != end) {
                let records = self.cluster.committed_records(INPUT, partition);
                mirror.partitions.insert(partition, (records, end));
            }
        }
        mirror.fails |= self.rng.u16(0..2_000) == 0;
    }

    /// The other joins, takes or leaves.
    fn act(&mut self, place: usize) -> Result<(), String> {
        let partition = i32::try_from(place).unwrap_or(0);
        let (offset, follows) = self.places[place];
        if !follows {
            let last = lock(&self.mirror).partitions.get(&partition).map_or(0, |(_, end)| *end);
            let from = if self.rng.bool() { offset } else { self.rng.i64(0..=last) };
            let at_end = self.rng.bool();
            self.places[place] = (from, self.other.join(partition, from, at_end));
            return Ok(());
        }
        if self.rng.u8(0..20) == 0 {
            self.other.leave(partition);
            self.places[place].1 = false;
            return Ok(());
        }
        match self.other.take(partition) {
            Taken::Nothing { .. } => Ok(()),
            Taken::Gone => {
                self.cluster.count("others went on alone");
                self.places[place].1 = false;
                Ok(())
            }
            Taken::Chunk { chunk, .. } => {
                let mirror = lock(&self.mirror);
                let there = mirror.partitions.get(&partition).map_or(0, |(records, _)| {
                    records.iter().filter(|(at, _)| (offset..chunk.next).contains(at)).count()
                });
                self.cluster.count("others took");
                self.places[place].0 = offset.max(chunk.next);
                if chunk.count(offset) == there {
                    return Ok(());
                }
                let (got, next) = (chunk.count(offset), chunk.next);
                Err(format!("of partition {partition} {got} records from {offset} to {next} came instead of {there}"))
            }
        }
    }
}

impl TopicReader for Reader {
    fn begin(&mut self, partition: i32, from: i64) -> Result<(), LinkError> {
        self.next.insert(partition, (from, None));
        Ok(())
    }

    fn end(&mut self, partition: i32) {
        self.next.remove(&partition);
    }

    fn fetch(&mut self, partition: i32, max: usize, each: &mut dyn FnMut(&[Record<'_>])) -> Result<Found, LinkError> {
        let mut mirror = lock(&self.mirror);
        if std::mem::take(&mut mirror.fails) {
            return Err(LinkError::Retry("simulated: a reading fails".into()));
        }
        let (Some((records, end)), Some((next, told))) =
            (mirror.partitions.get(&partition), self.next.get_mut(&partition))
        else {
            return Ok(Found::default());
        };
        // A few at a time, so that there are many chunks.
        let some: Vec<&(i64, Stored)> = records.iter().filter(|(at, _)| at >= next).take(max.min(5)).collect();
        let headers: Vec<Vec<Header<'_>>> = some.iter().map(|(_, r)| r.lend_headers()).collect();
        let lent: Vec<Record<'_>> =
            some.iter().zip(&headers).map(|((at, r), headers)| record(*at, r, headers)).collect();
        if !lent.is_empty() {
            each(&lent);
        }
        *next = lent.last().map_or(*next, |last| last.offset + 1);
        let over = records.last().is_none_or(|(at, _)| at < next);
        if over {
            *next = (*next).max(*end);
        }
        let news = over && *told != Some(*end);
        *told = if over { Some(*end) } else { None };
        Ok(Found { records: lent.len(), end: news.then_some(*end) })
    }

    fn wait(&mut self, _: Duration) {}

    fn waker(&self) -> Waker {
        Arc::new(|| {})
    }
}

fn record<'a>(offset: i64, stored: &'a Stored, headers: &'a [Header<'a>]) -> Record<'a> {
    Record { offset, timestamp: stored.timestamp, key: stored.key.as_deref(), value: stored.value.as_deref(), headers }
}

/// A worker in a process with company.
pub(crate) struct Accompanied {
    /// Ends first.
    pub(crate) worker: Box<dyn Subject>,
    pub(crate) company: Company,
}

impl Subject for Accompanied {
    fn step(&mut self) -> Result<Progress, Stop> {
        self.company.turn().map_err(Stop::Failed)?;
        self.worker.step()
    }

    fn stop(&mut self) {
        self.worker.stop();
    }

    fn abandon(&mut self) {
        self.worker.abandon();
    }

    fn relink(&mut self, link: SimLink) -> Result<bool, String> {
        self.worker.relink(link)
    }
}
