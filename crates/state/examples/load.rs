//! What a read-modify-write of a store costs under the load of benchmark b5 (count, sum and max by customer: keys of 8
//! bytes, states of 24): `cargo run --release -p millstream-state --example load -- KEYS RECORDS_PER_EPOCH SECONDS ROUNDS`.
//!
//! Each variant keeps its own store, filled once; rounds run every variant once, in an order that rotates, and medians
//! over the rounds are printed. Every epoch gives out its changes, as for a changelog. `table` and `pages` are what the
//! store was chosen over (docs/decisions/0010): the limit, which can take no snapshots, and a map that shares structure.

use std::collections::HashMap;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use millstream_state::{HashStore, OrderedStore, Slices};

/// Records of a batch.
const BATCH: u64 = 2048;

/// Something that can run an epoch.
trait Subject {
    fn add(&mut self, key: &[u8; 8], amount: i64);
    fn expect(&mut self, _keys: &[u8], _offsets: &[i32]) {}
    /// Gives out the changes and commits, or undoes the epoch.
    fn end(&mut self, commit: bool) -> usize;
    fn bytes(&self) -> usize;
    /// Takes a snapshot (and drops the one before), or just drops it.
    fn hold(&mut self, hold: bool);
}

fn state(old: Option<&[u8]>, amount: i64) -> [u8; 24] {
    let field = |i: usize| {
        let bytes = old.and_then(|old| old.get(i * 8..)).and_then(|rest| rest.first_chunk::<8>());
        bytes.map_or(0, |bytes| i64::from_le_bytes(*bytes))
    };
    let mut new = [0; 24];
    new[..8].copy_from_slice(&(field(0) + 1).to_le_bytes());
    new[8..16].copy_from_slice(&(field(1) + amount).to_le_bytes());
    new[16..].copy_from_slice(&field(2).max(amount).to_le_bytes());
    new
}

macro_rules! layered {
    ($name:ident, $store:ty, $snapshot:ty) => {
        struct $name {
            store: $store,
            held: Option<$snapshot>,
        }
        impl Subject for $name {
            fn add(&mut self, key: &[u8; 8], amount: i64) {
                let done = self.store.update(key, |old, new| {
                    new.extend_from_slice(&state(old, amount));
                    true
                });
                black_box(done.is_ok());
            }
            fn expect(&mut self, keys: &[u8], offsets: &[i32]) {
                if let Ok(keys) = Slices::new(offsets, keys) {
                    self.store.expect(keys);
                }
            }
            fn end(&mut self, commit: bool) -> usize {
                let changed = self.store.changes().map(|(k, v)| k.len() + v.map_or(0, <[u8]>::len)).sum();
                if commit {
                    self.store.commit(None)
                } else {
                    self.store.abort()
                }
                changed
            }
            fn bytes(&self) -> usize {
                self.store.bytes()
            }
            fn hold(&mut self, hold: bool) {
                self.held = hold.then(|| self.store.reader().snapshot());
            }
        }
    };
}
layered!(Hash, HashStore, millstream_state::HashSnapshot);
layered!(Ordered, OrderedStore, millstream_state::OrderedSnapshot);

/// A key and what it had.
type Undo = (Box<[u8]>, Option<[u8; 24]>);

/// One table changed in place, what it held before in a log: no layers, no snapshots.
#[derive(Default)]
struct Table {
    table: HashMap<Box<[u8]>, ([u8; 24], u64)>,
    undo: Vec<Undo>,
    epoch: u64,
}

impl Subject for Table {
    fn add(&mut self, key: &[u8; 8], amount: i64) {
        match self.table.get_mut(key.as_slice()) {
            Some((value, epoch)) => {
                if *epoch != self.epoch {
                    *epoch = self.epoch;
                    self.undo.push((key.as_slice().into(), Some(*value)));
                }
                *value = state(Some(value), amount);
            }
            None => {
                self.undo.push((key.as_slice().into(), None));
                self.table.insert(key.as_slice().into(), (state(None, amount), self.epoch));
            }
        }
    }
    fn end(&mut self, commit: bool) -> usize {
        let mut changed = 0;
        for (key, old) in self.undo.drain(..).rev() {
            match (commit, old) {
                (true, _) => changed += key.len() + self.table.get(&key).map_or(0, |(value, _)| value.len()),
                (false, Some(old)) => drop(self.table.insert(key, (old, 0))),
                (false, None) => drop(self.table.remove(&key)),
            }
        }
        self.epoch += 1;
        changed
    }
    fn bytes(&self) -> usize {
        // Keys are allocations of their own, 16 bytes at least; both tables count.
        self.table.capacity() * 8 / 7 * (16 + 32 + 1) + self.table.len() * 32 + self.undo.capacity() * 48
    }
    fn hold(&mut self, _: bool) {}
}

/// Shared pages: the epoch works on a copy of the page table, and pages are copied when they are first written to. The
/// committed table is a snapshot like any other.
struct Pages {
    work: Vec<std::sync::Arc<Page>>,
    committed: Vec<std::sync::Arc<Page>>,
    held: Option<Vec<std::sync::Arc<Page>>>,
    dirty: Vec<u32>,
}

#[derive(Default)]
struct Page {
    keys: Vec<[u8; 8]>,
    values: Vec<[u8; 24]>,
    dirty: bool,
}

impl Clone for Page {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), values: self.values.clone(), dirty: false }
    }
}

impl Pages {
    fn new(keys: u64) -> Self {
        let work = (0..keys / 16 + 1).map(|_| std::sync::Arc::default()).collect::<Vec<_>>();
        Self { committed: work.clone(), work, held: None, dirty: Vec::new() }
    }
}

impl Subject for Pages {
    fn add(&mut self, key: &[u8; 8], amount: i64) {
        let hash = u128::from(u64::from_le_bytes(*key).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let at = ((hash * self.work.len() as u128) >> 64) as usize;
        let page = std::sync::Arc::make_mut(&mut self.work[at]);
        if !page.dirty {
            page.dirty = true;
            self.dirty.push(at as u32);
        }
        match page.keys.iter().position(|k| k == key) {
            Some(i) => page.values[i] = state(Some(&page.values[i]), amount),
            None => {
                page.keys.push(*key);
                page.values.push(state(None, amount));
            }
        }
    }
    fn end(&mut self, commit: bool) -> usize {
        let mut changed = 0;
        for at in self.dirty.drain(..) {
            let at = at as usize;
            if commit {
                changed += self.work[at].keys.len() * 32;
                self.committed[at] = std::sync::Arc::clone(&self.work[at]);
            } else {
                self.work[at] = std::sync::Arc::clone(&self.committed[at]);
            }
        }
        changed
    }
    fn bytes(&self) -> usize {
        let own = |pages: &[std::sync::Arc<Page>]| pages.iter().map(|p| 80 + p.keys.capacity() * 32).sum::<usize>();
        own(&self.work) + self.work.len() * 16 + self.held.as_ref().map_or(0, |h| own(h) + h.len() * 8)
    }
    fn hold(&mut self, hold: bool) {
        self.held = hold.then(|| self.committed.clone());
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Plain,
    /// Every second epoch is undone.
    Aborts,
    /// One snapshot for the whole round.
    Held,
    /// A snapshot taken at each commit, and held until the next.
    Churn,
}

struct Load {
    keys: u64,
    epoch: u64,
    time: Duration,
}

/// ns per record and the most bytes.
fn round(subject: &mut dyn Subject, load: &Load, mode: Mode, chance: &mut fastrand::Rng) -> (f64, usize) {
    let start = now();
    let (mut records, mut most, mut epochs) = (0, 0, 0_u64);
    subject.hold(mode == Mode::Held);
    let offsets = (0..=BATCH as i32).map(|i| i * 8).collect::<Vec<_>>();
    let mut keys = Vec::new();
    while start.elapsed() < load.time {
        for _ in 0..load.epoch / BATCH {
            keys.clear();
            (0..BATCH).for_each(|_| keys.extend_from_slice(&chance.u64(..load.keys).to_be_bytes()));
            subject.expect(&keys, &offsets);
            for key in keys.as_chunks().0 {
                subject.add(key, chance.i64(..1000));
            }
        }
        records += load.epoch / BATCH * BATCH;
        epochs += 1;
        most = most.max(subject.bytes());
        black_box(subject.end(mode != Mode::Aborts || epochs % 2 == 0));
        if mode == Mode::Churn {
            subject.hold(true);
        }
    }
    let time = start.elapsed();
    subject.hold(false);
    (time.as_nanos() as f64 / records as f64, most)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |i: usize, or: u64| std::env::args().nth(i).map_or(Ok(or), |text| text.parse());
    let (keys, epoch) = (argument(1, 100_000)?, argument(2, 500_000)?);
    let (seconds, rounds) = (argument(3, 10)?, argument(4, 3)?);
    let only = std::env::args().nth(5);
    let load = Load { keys, epoch, time: Duration::from_secs(seconds) };
    let chance = &mut fastrand::Rng::with_seed(1);
    let mut out = std::io::stdout().lock();
    let mut subjects: Vec<(&str, Box<dyn Subject>)> = vec![
        ("table", Box::new(Table::default())),
        ("pages", Box::new(Pages::new(keys))),
        ("hash", Box::new(Hash { store: HashStore::new(1), held: None })),
        ("ordered", Box::new(Ordered { store: OrderedStore::new(1), held: None })),
    ];
    subjects.retain(|(name, _)| only.as_ref().is_none_or(|only| only.split(',').any(|o| o == *name)));
    for (name, subject) in &mut subjects {
        let start = now();
        for key in 0..keys {
            subject.add(&key.wrapping_mul(7_919).rem_euclid(keys).to_be_bytes(), 1);
            if key % epoch == epoch - 1 {
                subject.end(true);
            }
        }
        subject.end(true);
        let each = start.elapsed().as_nanos() as f64 / keys as f64;
        writeln!(out, "{name:<8} filled: {each:.0} ns a key, {} MB", subject.bytes() >> 20)?;
    }
    let mut found: HashMap<(usize, usize), Vec<(f64, usize)>> = HashMap::new();
    let modes = [Mode::Plain, Mode::Aborts, Mode::Held, Mode::Churn];
    for turn in 0..rounds as usize {
        for (m, &mode) in modes.iter().enumerate() {
            for i in 0..subjects.len() {
                let i = (i + turn) % subjects.len();
                let (name, subject) = &mut subjects[i];
                if *name != "table" || matches!(mode, Mode::Plain | Mode::Aborts) {
                    found.entry((i, m)).or_default().push(round(subject.as_mut(), &load, mode, chance));
                }
            }
        }
    }
    for (i, (name, _)) in subjects.iter().enumerate() {
        for (m, mode) in modes.iter().enumerate() {
            let Some(all) = found.get_mut(&(i, m)) else { continue };
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (ns, _) = all[all.len() / 2];
            let most = all.iter().map(|a| a.1).max().unwrap_or_default() >> 20;
            let (low, high) = (all[0].0, all[all.len() - 1].0);
            writeln!(out, "{name:<8} {mode:<8?} {ns:>6.0} ns a record ({low:.0}–{high:.0}), {most} MB at most")?;
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a stopwatch is what this program is")]
fn now() -> Instant {
    Instant::now()
}
