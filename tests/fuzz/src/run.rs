//! A run: workers, the probe between them, and the watch over the broker's process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::chance::of_part;
use crate::child::{Broker, Usage, usage};
use crate::clock::{Stopwatch, pause_ms, wall_ms};
use crate::memory::Memory;
use crate::probe::Probe;
use crate::report::say;
use crate::tally::Tally;
use crate::tape::save;
use crate::worker::Worker;

/// Clients at a time.
const WORKERS: u64 = 12;
/// Looks at the broker in a run, besides those by time.
const PROBES: u64 = 100;
/// How often the process is measured, ms.
const LOOK_MS: u64 = 100;
/// The longest time without a look at the broker's health.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// How long threads and sockets may take to be given back when all connections are closed.
const SETTLING: Duration = Duration::from_secs(30);
/// A run of so many frames must get everywhere that good clients get.
const DEEP_FROM: u64 = 10_000;
/// Pieces of the last worker's work that are shown when something is wrong.
const SHOWN: usize = 3;

/// What to run against.
#[derive(Debug)]
pub(crate) enum Target {
    /// A broker of this run's own.
    Own(Broker),
    /// One that runs elsewhere, and its process if that is on this machine.
    Other(Option<u32>),
}

impl Target {
    fn pid(&self) -> Option<u32> {
        match self {
            Self::Own(broker) => Some(broker.pid()),
            Self::Other(pid) => *pid,
        }
    }

    fn check(&mut self) -> Result<(), String> {
        match self {
            Self::Own(broker) => broker.check(),
            Self::Other(_) => Ok(()),
        }
    }
}

/// Sends so many frames, drawn from the seed. Errors: a violation, with where its frames were written to.
pub(crate) fn run(target: &mut Target, address: SocketAddr, seed: u64, frames: u64, tape: &Path) -> Result<(), String> {
    let watch = Stopwatch::start();
    let now_ms = wall_ms();
    look(address, seed, now_ms)?;
    pause_ms(500);
    let base = measure(target)?;
    say(&format!("seed {seed}; at first {base:?}"));
    let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let violation = Mutex::new(None);
    let mut memory = Memory::default();
    let workers = std::thread::scope(|scope| {
        let work = |number| {
            let (sent, stop, violation) = (&sent, &stop, &violation);
            scope.spawn(move || {
                let mut worker = Worker::new(address, seed, number, now_ms);
                let share = frames.div_ceil(WORKERS);
                while worker.tally.frames < share && !stop.load(Ordering::Relaxed) {
                    let before = worker.tally.frames;
                    let outcome = worker.work();
                    sent.fetch_add(worker.tally.frames - before, Ordering::Relaxed);
                    if let Err(what) = outcome {
                        complain(
                            violation,
                            stop,
                            format!("{what}\nlast sent:\n{}", worker.tape.last(SHOWN).join("\n")),
                        );
                    }
                }
                worker
            })
        };
        let handles = (1..=WORKERS).map(work).collect::<Vec<_>>();
        let supervised = supervise(target, address, (seed, now_ms, frames), &sent, &mut memory, || {
            handles.iter().all(|handle| handle.is_finished())
        });
        if let Err(what) = supervised {
            complain(&violation, &stop, what);
        }
        handles.into_iter().filter_map(|handle| handle.join().ok()).collect::<Vec<_>>()
    });
    let seconds = watch.elapsed().as_secs_f64();
    let mut all = Tally::default();
    workers.iter().for_each(|worker| all.add(&worker.tally));
    let mut reached = BTreeMap::new();
    for (what, times) in workers.iter().flat_map(Worker::reached) {
        *reached.entry(*what).or_insert(0) += times;
    }
    say(&format!("got as far as good clients: {reached:?}"));
    all.lines().iter().for_each(|line| say(line));
    say(&format!("{:.0} frames/s over {seconds:.0} s with {WORKERS} clients", all.frames as f64 / seconds.max(0.001)));
    say(&memory.line());
    let violation = violation.into_inner().unwrap_or_else(PoisonError::into_inner);
    let outcome = match violation {
        Some(what) => Err(what),
        None if workers.len() < usize::try_from(WORKERS).unwrap_or(0) => {
            Err("a worker of the harness failed".to_owned())
        }
        None if frames >= DEEP_FROM && (reached.is_empty() || reached.values().any(|times| *times == 0)) => {
            Err(format!("the harness does not get deep any more: {reached:?}"))
        }
        None => settle(target, base).and_then(|()| look(address, seed, now_ms)).and_then(|_| memory.check()),
    };
    // What ended the broker's process says more than what clients saw of it.
    let outcome = match (outcome, target.check()) {
        (Err(seen), Err(ended)) if seen != ended => Err(format!("{ended}\n{seen}")),
        (outcome, checked) => outcome.and(checked),
    };
    outcome.map_err(|what| {
        let tapes = workers.into_iter().map(|worker| worker.tape).collect::<Vec<_>>();
        let saved = match save(&tapes, tape) {
            Ok(()) => format!("the last frames are in {}; replay them with --replay", tape.display()),
            Err(e) => format!("the last frames could not be saved: {e}"),
        };
        format!("seed {seed}: {what}\n{saved}")
    })
}

/// The first violation counts; the others follow from it.
fn complain(violation: &Mutex<Option<String>>, stop: &AtomicBool, what: String) {
    stop.store(true, Ordering::Relaxed);
    violation.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
}

/// Looks at the broker until the workers are done.
fn supervise(
    target: &mut Target,
    address: SocketAddr,
    (seed, now_ms, frames): (u64, i64, u64),
    sent: &AtomicU64,
    memory: &mut Memory,
    done: impl Fn() -> bool,
) -> Result<(), String> {
    let (mut probed, mut due, mut strays) = (Stopwatch::start(), frames / PROBES, (0, 0));
    while !done() {
        target.check()?;
        let so_far = sent.load(Ordering::Relaxed);
        memory.note(so_far, measure(target)?.rss_kib);
        if so_far >= due || !probed.within(PROBE_EVERY) {
            due = so_far + frames / PROBES;
            probed = Stopwatch::start();
            // What ended the broker's process says more than what it did not answer.
            let looked = look(address, seed, now_ms);
            target.check()?;
            let (topics, groups) = looked?;
            strays = (strays.0 + topics, strays.1 + groups);
        }
        pause_ms(LOOK_MS);
    }
    say(&format!("cleared away: {} topics and {} groups with damaged names", strays.0, strays.1));
    Ok(())
}

/// Looks at the broker's health and clears up; how many topics and groups were cleared away.
pub(crate) fn look(address: SocketAddr, seed: u64, now_ms: i64) -> Result<(usize, usize), String> {
    let mut probe = Probe::new(address)?;
    let cleared = probe.clear()?;
    probe.create_topics()?;
    probe.roundtrip(&mut of_part(seed, 0), now_ms)?;
    Ok(cleared)
}

fn measure(target: &Target) -> Result<Usage, String> {
    target.pid().map_or(Ok(Usage::default()), usage)
}

/// Waits until threads and sockets are as they were before the first connection.
fn settle(target: &Target, base: Usage) -> Result<(), String> {
    let watch = Stopwatch::start();
    loop {
        let now = measure(target)?;
        if now.threads <= base.threads && now.sockets <= base.sockets {
            say(&format!("at the end {now:?}, settled after {:.1} s", watch.elapsed().as_secs_f64()));
            return Ok(());
        }
        if !watch.within(SETTLING) {
            return Err(format!("threads or sockets are not given back: {base:?} at first, {now:?} at the end"));
        }
        pause_ms(LOOK_MS);
    }
}
