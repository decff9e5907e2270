//! One run: workers, a writer and everything that befalls them, in an order that the seed decides.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use millstream_engine::guarantee::Guarantee;
use millstream_engine::link::LinkError;
use millstream_engine::sim::{Cluster, LinkConfig, Rates, Reset, Rng, SimLink};
use millstream_engine::worker::{Progress, Stop};

use crate::company::{Accompanied, Company};
use crate::disk::Disk;
use crate::oracle;
use crate::program::{Part, Program, Subject, Topic};
use crate::scenario::Scenario;
use crate::workload::Write;

/// Moves after the last fault within which everything must be done, and then within which everybody must have left.
const SETTLE_MOVES_MAX: usize = 4_000;
/// How deep stalls nest: while one process stands still another one may, and beyond that only time goes by.
const STALLS_NESTED_MAX: usize = 2;
/// Places for processes that were replaced while they stood still.
const ZOMBIES: usize = 2;
/// Longest time that a frozen, stalled or crashed process stays away, ms: more than any session timeout.
const AWAY_MS_MAX: i64 = 900;
/// Longest outage of the broker, ms: more than a worker waits for the outcome of a commit.
const OUTAGE_MS_MAX: i64 = 40_000;
/// Longest time between two moves in an outage, ms.
const OUTAGE_PACE_MS: i64 = 1_000;

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// What is wrong, in words; empty if nothing is.
    pub violations: Vec<String>,
    /// What happened how often.
    pub counts: BTreeMap<String, u64>,
    /// The trace, if one was asked for.
    pub trace: Vec<String>,
}

type Process = Rc<RefCell<Box<dyn Subject>>>;

/// A place for a process.
#[derive(Default)]
struct Slot {
    /// The process; `None`: it is down.
    process: Option<Process>,
    /// When it moves again, or starts again, ms.
    wakes_at: i64,
    /// The place that the process was started for: it has that one's names.
    home: usize,
}

/// Who writes the input.
#[derive(Default)]
struct Writer {
    waiting: VecDeque<Write>,
    /// Open transactions: id, moves until the end, whether it commits.
    open: Vec<(String, usize, bool)>,
    transactions: usize,
}

struct Run {
    scenario: Scenario,
    program: &'static dyn Program,
    cluster: Cluster,
    disk: Disk,
    topics: Vec<Topic>,
    parts: Vec<Part>,
    /// How many places are for workers: one a process and part.
    places: usize,
    rng: RefCell<Rng>,
    /// Places of the workers, part by part, then of zombies.
    slots: RefCell<Vec<Slot>>,
    writer: RefCell<Writer>,
    stalls: Cell<usize>,
    /// Everybody is asked to leave; nobody starts again.
    closing: Cell<bool>,
    violations: RefCell<Vec<String>>,
}

/// Runs a scenario to its end and checks it.
pub fn run(scenario: &Scenario, program: &'static dyn Program, trace: bool) -> Outcome {
    millstream_functions::chance::seed(scenario.seed ^ 0xcafe);
    let cluster = Cluster::new(scenario.seed ^ 0x5eed, scenario.rates, scenario.settings);
    if trace {
        cluster.keep_trace();
    }
    let topics = program.topics(scenario);
    topics.iter().for_each(|t| cluster.create_topic(t.name, t.partitions, t.record_bytes_max));
    let mut rng = Rng::with_seed(scenario.seed ^ 0xacc1_de47);
    let waiting = program.writes(scenario, &mut rng).into();
    let parts = program.parts(scenario);
    let places = scenario.workers * parts.len();
    let disk = match Disk::new(scenario.seed) {
        Ok(disk) => disk,
        Err(cause) => return Outcome { violations: vec![cause], counts: cluster.counts(), trace: cluster.trace() },
    };
    let run = Rc::new(Run {
        scenario: scenario.clone(),
        program,
        cluster: cluster.clone(),
        disk,
        topics,
        parts,
        places,
        rng: RefCell::new(rng),
        slots: RefCell::new((0..places + ZOMBIES).map(|_| Slot::default()).collect()),
        writer: RefCell::new(Writer { waiting, ..Writer::default() }),
        stalls: Cell::new(0),
        closing: Cell::new(false),
        violations: RefCell::default(),
    });
    let weak: Weak<Run> = Rc::downgrade(&run);
    cluster.set_meanwhile(Rc::new(move || {
        if let Some(run) = weak.upgrade() {
            run.meanwhile();
        }
    }));
    run.disturb();
    run.settle();
    let mut violations = run.violations.take();
    if violations.is_empty() {
        violations = program.check(scenario, &cluster);
    }
    run.disk.count(&cluster);
    Outcome { violations, counts: cluster.counts(), trace: cluster.trace() }
}

impl Run {
    fn now(&self) -> i64 {
        self.cluster.clock().elapsed_ms()
    }

    fn draw<T>(&self, from: impl FnOnce(&mut Rng) -> T) -> T {
        from(&mut self.rng.borrow_mut())
    }

    fn chance(&self, per_10_000: u32) -> bool {
        self.draw(|rng| rng.u32(0..10_000)) < per_10_000
    }

    fn is_broken(&self) -> bool {
        !self.violations.borrow().is_empty()
    }

    /// The part in which things go wrong.
    fn disturb(&self) {
        for left in (1..=self.scenario.moves).rev() {
            self.pass(self.scenario.pace_ms);
            self.write(left);
            self.act(self.any_place());
            self.befall();
            if self.is_broken() {
                return;
            }
        }
    }

    /// A place to move: mostly a worker's, sometimes a zombie's.
    fn any_place(&self) -> usize {
        let places = self.places;
        self.draw(|rng| if rng.u8(0..6) == 0 { places + rng.usize(0..ZOMBIES) } else { rng.usize(0..places) })
    }

    fn pass(&self, most_ms: i64) {
        let outage = self.cluster.outage_left();
        let most_ms = if outage > 0 { outage.min(OUTAGE_PACE_MS) } else { most_ms };
        let ms = self.draw(|rng| rng.i64(0..=most_ms));
        self.cluster.advance(ms);
    }

    /// Writes so that the input is complete when the moves that are `left` are done.
    fn write(&self, left: usize) {
        if self.cluster.outage_left() > 0 {
            return;
        }
        let mut writer = self.writer.borrow_mut();
        let writes =
            writer.waiting.len() / left + usize::from(self.draw(|r| r.usize(0..left)) < writer.waiting.len() % left);
        for _ in 0..writes {
            writer.write_next(&self.cluster);
        }
        writer.end_due(&self.cluster, false);
    }

    /// What happens to a process from outside, between two of its calls or while it stands still in one.
    fn befall(&self) {
        if self.chance(self.scenario.outage) {
            let longest = if self.draw(|rng| rng.bool()) { 400 } else { OUTAGE_MS_MAX };
            self.cluster.outage(self.draw(|rng| rng.i64(20..longest)));
        }
        let i = self.draw(|rng| rng.usize(0..self.places));
        let now = self.now();
        let mut slots = self.slots.borrow_mut();
        let Some(process) = slots[i].process.clone() else { return };
        if self.chance(self.scenario.freeze) {
            slots[i].wakes_at = now + self.draw(|rng| rng.i64(50..AWAY_MS_MAX));
            self.cluster.count("frozen");
            self.cluster.note(|| format!("w{i} frozen until {}", slots[i].wakes_at));
        }
        let still = slots[i].wakes_at > now || process.try_borrow_mut().is_err();
        // Who stands still is sometimes given up: somebody starts it a second time, and later the first one wakes.
        if still && self.chance(self.scenario.replace * 20) {
            let free = (self.places..slots.len()).find(|&z| slots[z].process.is_none());
            if let Some(z) = free {
                slots[z] = Slot { process: Some(process), wakes_at: slots[i].wakes_at, home: i };
                slots[i] = Slot::default();
                self.cluster.count("replaced while frozen");
                self.cluster.note(|| format!("w{i} replaced while frozen"));
                return;
            }
        }
        if self.chance(self.scenario.depart)
            && let Ok(mut process) = process.try_borrow_mut()
        {
            process.stop();
            self.cluster.count("asked to leave");
            self.cluster.note(|| format!("w{i} asked to leave"));
        }
    }

    /// A process stands still in the middle of a call; the others go on.
    fn meanwhile(&self) {
        let until = self.now() + self.draw(|rng| rng.i64(20..AWAY_MS_MAX));
        if self.stalls.get() >= STALLS_NESTED_MAX {
            self.cluster.advance(until - self.now());
            return;
        }
        self.stalls.set(self.stalls.get() + 1);
        while self.now() < until {
            self.pass(20);
            self.act(self.any_place());
            self.befall();
        }
        self.stalls.set(self.stalls.get() - 1);
    }

    /// Nothing goes wrong any more: everything must be done soon, and then everybody leaves.
    fn settle(&self) {
        if self.is_broken() {
            return;
        }
        self.cluster.note(|| "---- no more faults".into());
        self.cluster.set_rates(Rates::default());
        self.slots.borrow_mut().iter_mut().skip(self.places).for_each(|slot| *slot = Slot::default());
        self.writer.borrow_mut().end_due(&self.cluster, true);
        if !self.go_on_until(|| self.is_done()) {
            self.violation("the input was not worked off after the faults had ended");
        }
        let last = self.program.last_writes(&self.scenario);
        if !last.is_empty() {
            for input in last {
                self.cluster.append(input.topic, input.partition, input.record, None);
            }
            if !self.go_on_until(|| self.is_done()) {
                self.violation("what was written last was not worked off");
            }
        }
        self.cluster.note(|| "---- everybody leaves".into());
        self.closing.set(true);
        let processes: Vec<Process> = self.slots.borrow().iter().filter_map(|s| s.process.clone()).collect();
        processes.iter().for_each(|p| p.borrow_mut().stop());
        if !self.go_on_until(|| self.slots.borrow().iter().all(|s| s.process.is_none())) {
            self.violation("not everybody has left");
        }
        if !self.go_on_until(|| !self.cluster.is_unsettled()) {
            self.violation("a transaction was left open");
        }
    }

    fn go_on_until(&self, done: impl Fn() -> bool) -> bool {
        for i in 0..SETTLE_MOVES_MAX * self.parts.len() {
            if self.is_broken() {
                return true; // it is wrong already, and said so
            }
            if i % 8 == 0 && done() {
                return true;
            }
            self.pass(self.scenario.pace_ms);
            self.act(i % self.places);
        }
        false
    }

    fn is_done(&self) -> bool {
        let read = |part: &Part, topic: &str| {
            let partitions = self.topics.iter().find(|t| t.name == topic).map_or(0, |t| t.partitions);
            (0..partitions).all(|p| oracle::unread(&self.cluster, part.group, topic, p) == Some(0))
        };
        !self.cluster.is_unsettled() && self.parts.iter().all(|part| part.inputs.iter().all(|topic| read(part, topic)))
    }

    fn violation(&self, what: &str) {
        self.violations.borrow_mut().push(what.to_owned());
    }

    /// One move of the process at that place, if it can move.
    fn act(&self, i: usize) {
        let (process, home) = {
            let mut slots = self.slots.borrow_mut();
            let zombie = i >= self.places;
            let Some(slot) = slots.get_mut(i).filter(|s| s.wakes_at <= self.now()) else { return };
            match &slot.process {
                Some(process) => (Rc::clone(process), slot.home),
                None if zombie || self.closing.get() => return,
                None => {
                    drop(slots);
                    return self.start(i);
                }
            }
        };
        self.disk.turn(&self.cluster);
        let Ok(mut moving) = process.try_borrow_mut() else { return }; // it stands still in a call
        let result = match moving.step() {
            Err(Stop::Replaced(cause) | Stop::Expired(cause)) => self.replaced(home, moving.as_mut(), cause),
            other => other,
        };
        if let Err(Stop::Failed(cause)) = &result {
            if !is_simulated(cause) {
                self.violation(&format!("w{i} gave up: {cause}"));
            }
            moving.abandon();
        }
        drop(moving);
        self.after(&process, result);
    }

    /// Another has the name of this process, which takes it back or gives up. The runtime does so by the time it has had it; here
    /// chance decides, so that two of one name sometimes take it from each other for as long as both are there.
    fn replaced(&self, home: usize, process: &mut dyn Subject, cause: String) -> Result<Progress, Stop> {
        if self.draw(|rng| rng.u8(0..4)) == 0 {
            return Err(Stop::Failed(cause));
        }
        let link = match self.open(home) {
            Ok(link) => link,
            Err(LinkError::Crash) => return Err(Stop::Crash),
            Err(LinkError::Fatal(fatal)) => return Err(Stop::Failed(fatal)),
            Err(_) => return Err(Stop::Failed(cause)),
        };
        if !process.relink(link).map_err(Stop::Failed)? {
            return Err(Stop::Failed(cause));
        }
        self.cluster.count("took its name back");
        Ok(Progress::Busy)
    }

    /// What follows from a step; while it lasted the process may have moved to another place.
    fn after(&self, process: &Process, result: Result<Progress, Stop>) {
        let (away, reason) = match result {
            Ok(Progress::Busy | Progress::Idle) => return,
            Ok(Progress::Waiting) => (self.draw(|rng| rng.i64(1..30)), None),
            Ok(Progress::Left) => (self.draw(|rng| rng.i64(0..AWAY_MS_MAX)), Some("left")),
            // Most are restarted at once, as a supervisor does; some stay away longer than their session.
            Err(Stop::Crash) => {
                let most = if self.draw(|rng| rng.u8(0..3)) == 0 { AWAY_MS_MAX } else { 40 };
                (self.draw(|rng| rng.i64(0..most)), Some("crashed"))
            }
            Err(Stop::Failed(_) | Stop::Replaced(_) | Stop::Expired(_)) => {
                (self.draw(|rng| rng.i64(0..100)), Some("gave up and started again"))
            }
        };
        let now = self.now();
        let mut slots = self.slots.borrow_mut();
        let place = slots.iter_mut().find(|s| s.process.as_ref().is_some_and(|p| Rc::ptr_eq(p, process)));
        let Some(slot) = place else { return };
        slot.wakes_at = slot.wakes_at.max(now + away);
        if let Some(reason) = reason {
            slot.process = None;
            self.cluster.count(reason);
        }
    }

    /// Who else reads the input in a new process.
    fn company(&self) -> Result<Option<Company>, String> {
        let Some(source) = self.program.source().filter(|_| self.scenario.shares) else { return Ok(None) };
        Company::new(&self.cluster, &source, self.scenario.inputs, self.draw(|rng| rng.u64(..))).map(Some)
    }

    /// A link of the process at that place.
    fn open(&self, place: usize) -> Result<SimLink, LinkError> {
        let transactional = self.scenario.guarantee == Guarantee::ExactlyOnce;
        let generation = self.draw(|rng| rng.u16(..));
        let (number, i) = (place / self.scenario.workers, place % self.scenario.workers);
        let part = &self.parts[number];
        let name = if self.parts.len() == 1 { format!("w{i}") } else { format!("w{i}.{number}") };
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let link = self.cluster.open(LinkConfig {
            name: format!("{name}/{generation:04x}"),
            group: part.group.into(),
            instance: self.scenario.static_members.then(|| format!("instance-{i}")),
            transactional_id: transactional.then(|| format!("transactional-{i}-{number}")),
            inputs: owned(&part.inputs),
            outputs: owned(&part.outputs),
            reset: if part.whole { Reset::Earliest } else { self.scenario.reset },
        })?;
        self.cluster.note(|| format!("{name} started as {generation:04x}"));
        Ok(link)
    }

    fn start(&self, place: usize) {
        let number = place / self.scenario.workers;
        let link = match self.open(place) {
            Ok(link) => link,
            Err(LinkError::Fatal(cause)) if !is_simulated(&cause) => return self.violation(&cause),
            Err(_) => return, // next time
        };
        let company = match self.company() {
            Ok(company) => company,
            Err(cause) => return self.violation(&cause),
        };
        let sharing = company.as_ref().map(Company::sharing).unwrap_or_default();
        match self.program.start(number, &self.scenario, link, self.cluster.clock(), (place, &self.disk), sharing) {
            Ok(worker) => {
                let subject = match company {
                    Some(company) => Box::new(Accompanied { worker, company }),
                    None => worker,
                };
                self.cluster.count("started");
                if let Some(slot) = self.slots.borrow_mut().get_mut(place) {
                    slot.process = Some(Rc::new(RefCell::new(subject)));
                    slot.home = place;
                }
            }
            Err(cause) => self.violation(&cause),
        }
    }
}

/// Whether a process gave up for a reason that the harness made; a supervisor then starts it again.
fn is_simulated(cause: &str) -> bool {
    cause.contains("FENCED_INSTANCE_ID") || cause.contains("simulated: not authorised")
}

impl Writer {
    fn write_next(&mut self, cluster: &Cluster) {
        let Some(write) = self.waiting.pop_front() else { return };
        self.transactions += 1;
        let id = write.transaction.map(|_| format!("writer-{}", self.transactions));
        for input in write.inputs {
            cluster.append(input.topic, input.partition, input.record, id.as_deref());
        }
        if let (Some(id), Some((moves, commit))) = (id, write.transaction) {
            self.open.push((id, moves, commit));
        }
    }

    /// Ends the transactions that are due, or all of them.
    fn end_due(&mut self, cluster: &Cluster, all: bool) {
        for (id, moves, commit) in std::mem::take(&mut self.open) {
            if all || moves == 0 {
                cluster.end_transaction(&id, commit);
            } else {
                self.open.push((id, moves - 1, commit));
            }
        }
    }
}
