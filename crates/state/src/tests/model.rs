//! Random operations, commits, aborts, snapshots and merges against a `BTreeMap`, whatever the shape.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::SEEDS;
use crate::part::Part;
use crate::{HashStore, OrderedStore, Slices, Snapshot, Store, Values};

pub(super) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Few keys, so that they meet; some share their first eight bytes, some are prefixes of others, one is empty.
pub(super) fn key(rng: &mut Rng, keys: u32) -> Vec<u8> {
    let number = rng.u32(..keys);
    match number % 5 {
        0 => format!("{number}").into_bytes(),
        1 => format!("shared head {number}").into_bytes(),
        2 => vec![0; number as usize % 17],
        3 => number.to_be_bytes().to_vec(),
        _ => [[0xFF; 7].as_slice(), &number.to_le_bytes()].concat(),
    }
}

fn value(rng: &mut Rng) -> Option<Vec<u8>> {
    let len = match rng.u8(..40) {
        0..10 => return None,
        10 => 5000,
        11..30 => 24,
        _ => rng.usize(..60),
    };
    Some(std::iter::repeat_with(|| rng.u8(..)).take(len).collect())
}

fn set(map: &mut Map, key: Vec<u8>, value: Option<Vec<u8>>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

struct Run<P: Part> {
    store: Store<P>,
    now: Map,
    committed: Map,
    held: Vec<(Snapshot<P>, Map)>,
    keys: u32,
    /// What a changelog would hold, compacted.
    log: Map,
}

impl<P: Part> Run<P> {
    fn change(&mut self, rng: &mut Rng) {
        let key = key(rng, self.keys);
        let value = value(rng);
        if rng.bool() {
            self.store.put(&key, value.as_deref()).unwrap();
        } else {
            let expected = self.now.get(&key).cloned();
            let done = self.store.update(&key, |old, new| {
                assert_eq!(old, expected.as_deref());
                new.extend_from_slice(value.as_deref().unwrap_or_default());
                value.is_some()
            });
            done.unwrap();
        }
        set(&mut self.now, key, value);
    }

    fn change_many(&mut self, rng: &mut Rng) {
        let (mut offsets, mut bytes, mut values) = (vec![0], Vec::new(), Values::default());
        for _ in 0..rng.usize(..100) {
            let (key, value) = (key(rng, self.keys), value(rng));
            bytes.extend_from_slice(&key);
            offsets.push(bytes.len() as i32);
            values.push(value.as_deref());
            set(&mut self.now, key, value);
        }
        let keys = Slices::new(&offsets, &bytes).unwrap();
        self.store.put_batch(keys, &values).unwrap();
        let mut found = Values::default();
        self.store.get_batch(keys, &mut found);
        let expected = keys.iter().map(|key| self.now.get(key).map(Vec::as_slice));
        assert!(found.iter().eq(expected));
    }

    fn commit(&mut self) {
        let mut seen = Map::new();
        for (key, value) in self.store.changes() {
            assert!(seen.insert(key.to_vec(), Vec::new()).is_none(), "each key once");
            assert!(value.is_some() || self.committed.contains_key(key), "no deletion of what was never there");
            set(&mut self.log, key.to_vec(), value.map(<[u8]>::to_vec));
        }
        let stamp = self.store.stamp().map_or(0, |stamp| stamp + 1);
        self.store.commit(Some(stamp));
        self.committed = self.now.clone();
        assert_eq!(self.log, self.committed, "the changelog tells the whole story");
    }

    fn check(&self, rng: &mut Rng) {
        same(self.store.iter(), &self.now);
        assert_eq!(self.store.len(), self.now.len());
        assert!(self.store.layers.levels.len() <= crate::LEVELS_MAX);
        let levels = self.store.layers.levels.iter();
        levels.for_each(|level| assert_eq!(level.entries, level.parts.iter().map(|part| part.len()).sum::<usize>()));
        let last = (self.store.reader().snapshot(), self.committed.clone());
        for (snapshot, expected) in self.held.iter().chain([&last]) {
            same(snapshot.iter(), expected);
            assert_eq!(snapshot.len(), expected.len());
            let key = key(rng, self.keys);
            assert_eq!(snapshot.get(&key), expected.get(&key).map(Vec::as_slice));
        }
    }
}

pub(super) fn same<'a>(found: impl Iterator<Item = (&'a [u8], &'a [u8])>, expected: &Map) {
    let mut found = found.map(|(key, value)| (key.to_vec(), value.to_vec())).collect::<Vec<_>>();
    found.sort();
    assert!(found.iter().map(|(k, v)| (k, v)).eq(expected.iter()), "{found:?}\n{expected:?}");
}

fn run<P: Part>(seed: u64, check: impl Fn(&Store<P>, &Map, &mut Rng)) {
    let rng = &mut Rng::with_seed(seed);
    let keys = [4, 30, 300, 5000][rng.usize(..4)];
    let (now, committed, log) = (Map::new(), Map::new(), Map::new());
    let mut run = Run { store: Store::<P>::new(seed), now, committed, held: Vec::new(), keys, log };
    let snapshots = rng.bool();
    for _ in 0..rng.usize(..150) {
        match rng.u8(..20) {
            0..8 => run.change(rng),
            8 | 10 => run.change_many(rng),
            11..14 => run.commit(),
            14 => {
                run.store.abort();
                run.now = run.committed.clone();
            }
            9 => {
                // What is expected need not come.
                let bytes = [1, 2, 3, 0, 0, 0, 7];
                run.store.expect(Slices::new(&[0, 3, 7], &bytes).unwrap());
            }
            15 | 16 if snapshots && run.held.len() < 5 => {
                run.held.push((run.store.reader().snapshot(), run.committed.clone()));
            }
            17 if !run.held.is_empty() => drop(run.held.swap_remove(rng.usize(..run.held.len()))),
            18 => drop(run.store.merge(rng.usize(..50))),
            _ => {
                run.check(rng);
                check(&run.store, &run.now, rng);
            }
        }
    }
    run.check(rng);
    run.commit();
    run.check(rng);
    // Nothing is counted that is not there.
    run.held.clear();
    let usage = run.store.usage.clone();
    assert!(usage.bytes() > 0);
    drop(run);
    assert_eq!(usage.bytes(), 0);
}

#[test]
fn unordered_store_is_the_model() {
    (0..SEEDS).for_each(|seed| run::<crate::part::hash::HashPart>(seed, |_, _, _| ()));
}

#[test]
fn ordered_store_is_the_model() {
    (0..SEEDS).for_each(|seed| run::<crate::part::ordered::OrderedPart>(seed, super::ordered_model::check));
}

/// Parts are split and joined, arenas compacted, levels merged with and without snapshots: more keys than a part holds.
#[test]
fn large_stores_are_the_model() {
    fn large<P: Part>(mut store: Store<P>) {
        let rng = &mut Rng::with_seed(7);
        let (mut now, mut held) = (Map::new(), Vec::new());
        for epoch in 0..60_u32 {
            for _ in 0..3000 {
                let key = rng.u32(..20_000).to_be_bytes().to_vec();
                // Every third time mostly deletions.
                let value = (epoch % 3 != 2 || rng.u8(..8) == 0).then(|| vec![epoch as u8; rng.usize(..80)]);
                store.put(&key, value.as_deref()).unwrap();
                set(&mut now, key, value);
            }
            store.commit(None);
            if epoch % 7 == 0 {
                held.push((store.reader().snapshot(), now.clone()));
            }
            if epoch % 14 == 13 {
                let (snapshot, expected) = held.remove(0);
                same(snapshot.iter(), &expected);
            }
        }
        assert_eq!(store.len(), now.len());
        same(store.iter(), &now);
        held.iter().for_each(|(snapshot, expected)| same(snapshot.iter(), expected));
        drop(held);
        while store.merge(10_000) {}
        assert_eq!(store.layers.levels.len(), 1, "without snapshots all goes into the base");
        assert_eq!(store.layers.levels[0].entries, now.len(), "which remembers no deletions");
        same(store.iter(), &now);
    }
    large(HashStore::new(3));
    large(OrderedStore::new(3));
}

#[test]
fn changes_come_in_the_same_order_every_time() {
    let changes = || {
        let mut store = HashStore::new(11);
        let mut all = Vec::new();
        for epoch in 0..20_u32 {
            (0..2000_u32).for_each(|i| store.put(&(i * epoch % 5000).to_le_bytes(), Some(b"v")).unwrap());
            all.extend(store.changes().map(|(key, _)| key.to_vec()));
            store.commit(None);
        }
        all
    };
    assert_eq!(changes(), changes());
}
