//! Operators of which everything is on disk give what they give in memory, and leave the same behind.

use std::collections::BTreeMap;

use millstream_plan::topology::{Step, WindowKind};
use millstream_state::{Disk, Image};

use super::super::{Context, Operator, end_epoch, operators, run};
use super::disk::{Changes, changes, commit, lean, left};
use super::distinct::step as distinct;
use super::groups::{Row, aggregate, batch, table, window};
use super::ranks::rank;
use crate::batch::{Batch, Change};
use crate::ledger::Ledger;

/// All that a batch says, row by row.
fn told(batch: &Batch) -> Vec<String> {
    let row = |row: usize| {
        let window = batch.windows.as_ref().map(|windows| (windows.start[row], windows.end[row]));
        let was = match &batch.change {
            Change::Upsert { before: Some(before), .. } if before.there.value(row) => {
                format!("was {:?}", before.rows.slice(row, 1).columns())
            }
            _ => String::new(),
        };
        let gone = if batch.is_absent(row) { "gone" } else { "" };
        format!("{:?} {window:?} @{} {gone} {was}", batch.rows.slice(row, 1).columns(), batch.time[row])
    };
    (0..batch.len()).map(row).collect()
}

/// What rows give in an epoch, and what it changes of the state of the last operator.
fn epoch(operators: &mut [Box<dyn Operator>], rows: &[Row]) -> (Vec<String>, Changes) {
    let (mut ledger, mut out, mut late) = (Ledger::new("q", vec!["t".into()]), Vec::new(), Vec::new());
    let mut cx = Context { ledger: &mut ledger, late: &mut late };
    for part in rows.chunks(4) {
        run(operators, batch(part, 0), &mut cx, &mut out).unwrap();
    }
    end_epoch(operators, &mut cx, &mut out).unwrap();
    (out.iter().flat_map(told).collect(), changes(operators.last_mut().unwrap().as_mut()))
}

fn rows(random: &mut fastrand::Rng, now: &mut i64) -> Vec<Row> {
    (0..random.usize(1..12))
        .map(|_| {
            *now += random.i64(0..9);
            let late = if random.u8(0..4) == 0 { random.i64(0..40) } else { 0 };
            let (key, time) = (random.i32(0..6), (*now - late).max(0));
            if random.u8(0..8) == 0 {
                return (key, None, None, time);
            }
            (key, Some(random.i32(0..5)), Some(random.i32(-9..9)), time)
        })
        .collect()
}

/// How operators are run.
#[derive(Default)]
struct Way {
    /// Updates are merged.
    merges: bool,
    /// The one in memory starts over when the one on disk does.
    together: bool,
}

/// All entries.
type State = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Runs epochs through these steps: the last one with all that it keeps in memory, and on disk.
fn check(steps: &[Step], way: &Way, random: &mut fastrand::Rng, image: &Image, what: &str) {
    let made = || {
        let mut operators = operators(steps).unwrap();
        if way.merges {
            operators.iter_mut().for_each(|operator| operator.merge_updates());
        }
        operators
    };
    let (mut here, mut there) = (made(), made());
    here.last_mut().unwrap().track();
    lean(there.last_mut().unwrap().as_mut(), image);
    let (mut state, mut now) = (State::new(), 0);
    for _ in 0..20 {
        let rows = rows(random, &mut now);
        let (told_here, changes) = epoch(&mut here, &rows);
        apply(changes, &mut state);
        let (told_there, changes) = epoch(&mut there, &rows);
        assert_eq!(told_there, told_here, "{what}");
        let last = there.last_mut().unwrap();
        commit(last.as_ref(), &changes, image);
        assert_eq!(left(last.as_ref(), image), state.clone().into_iter().collect::<Changes>(), "{what}");
        // Now and then it starts over, as when it has taken in too much.
        if random.bool() {
            *last = made().pop().unwrap();
            lean(last.as_mut(), image);
            if way.together {
                let last = here.last_mut().unwrap();
                *last = made().pop().unwrap();
                state.iter().for_each(|(key, value)| last.load(key, value.as_deref().unwrap()).unwrap());
                last.track();
            }
        }
    }
}

/// Applies changes to all there is.
fn apply(changes: Changes, state: &mut State) {
    for (key, value) in changes {
        match value {
            Some(value) => drop(state.insert(key, Some(value))),
            None => drop(state.remove(&key)),
        }
    }
}

#[test]
fn windows_on_disk_are_windows() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..80 {
        let mut random = fastrand::Rng::with_seed(seed);
        let kind = match seed % 5 {
            0 => WindowKind::Time { size: 10, advance: 10 },
            1 => WindowKind::Time { size: 20, advance: 5 },
            2 => WindowKind::Time { size: 3, advance: 10 },
            _ => WindowKind::Session { gap: random.i64(0..9) },
        };
        let step = aggregate(window(kind, random.i64(0..30), seed % 2 == 0), false);
        let image = disk.image(&format!("{seed}")).unwrap();
        check(&[step], &Way::default(), &mut random, &image, &format!("seed {seed}"));
    }
}

#[test]
fn groups_whose_values_are_apart_on_disk_are_groups() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..100 {
        let mut random = fastrand::Rng::with_seed(seed);
        let time = |size, advance| Some(WindowKind::Time { size, advance });
        let kind = match seed % 5 {
            0 | 1 => None,
            2 => time(20, 20),
            3 => time(20, 5),
            _ => time(3, 10),
        };
        let mut steps = vec![distinct(kind.and_then(|kind| window(kind, random.i64(0..30), random.bool())))];
        if seed % 5 == 0 {
            steps.insert(0, table());
        }
        let way = Way { merges: random.bool(), ..Way::default() };
        let image = disk.image(&format!("{seed}")).unwrap();
        check(&steps, &way, &mut random, &image, &format!("seed {seed}"));
    }
}

/// As when a query is replaced by one that counts DISTINCT values, or does so no longer.
#[test]
fn entries_of_the_other_form_are_found_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..24 {
        let mut random = fastrand::Rng::with_seed(seed);
        let kind = (seed % 3 > 0).then_some(WindowKind::Time { size: 40, advance: 20 });
        let windows = kind.and_then(|kind| window(kind, 10, seed % 3 == 1));
        let (mut was, mut is) = (aggregate(windows, false), distinct(windows));
        if random.bool() {
            std::mem::swap(&mut was, &mut is);
        }
        let (mut state, mut now) = (State::new(), 0);
        let image = disk.image(&format!("{seed}")).unwrap();
        let mut before = operators(&[was]).unwrap();
        before[0].track();
        for _ in 0..3 {
            let changes = epoch(&mut before, &rows(&mut random, &mut now)).1;
            commit(before[0].as_ref(), &changes, &image);
            apply(changes, &mut state);
        }
        let made = || operators(std::slice::from_ref(&is)).unwrap();
        let (mut here, mut there) = (made(), made());
        state.iter().for_each(|(key, value)| here[0].load(key, value.as_deref().unwrap()).unwrap());
        here[0].track();
        lean(there[0].as_mut(), &image);
        for _ in 0..6 {
            let rows = rows(&mut random, &mut now);
            let (told_here, changes) = epoch(&mut here, &rows);
            apply(changes, &mut state);
            let (told_there, changes) = epoch(&mut there, &rows);
            assert_eq!(told_there, told_here, "seed {seed}");
            commit(there[0].as_ref(), &changes, &image);
            if kind.is_none() {
                // All at once: the key of an entry in one form may be that of another one in the other form.
                assert_eq!(left(there[0].as_ref(), &image), state.clone().into_iter().collect::<Changes>());
            }
            if random.bool() {
                there = made();
                lean(there[0].as_mut(), &image);
            }
        }
    }
}

#[test]
fn groups_with_a_ttl_on_disk_are_groups() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..80 {
        let mut random = fastrand::Rng::with_seed(seed);
        let Step::Aggregate(mut node) = aggregate(None, seed % 3 == 0) else { panic!() };
        node.ttl = Some(random.i64(1..60));
        let mut steps = vec![Step::Aggregate(node)];
        if random.bool() {
            steps.insert(0, table());
        }
        let image = disk.image(&format!("{seed}")).unwrap();
        let way = Way { merges: seed % 2 == 0, ..Way::default() };
        check(&steps, &way, &mut random, &image, &format!("seed {seed}"));
    }
}

#[test]
fn rows_with_a_ttl_on_disk_are_rows() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let Step::Table { remember: Some(key) } = table() else { panic!() };
        let step = Step::Expire { key, ttl: random.i64(1..60), before: seed % 2 == 0 };
        let image = disk.image(&format!("{seed}")).unwrap();
        check(&[step], &Way::default(), &mut random, &image, &format!("seed {seed}"));
    }
}

#[test]
fn ranked_rows_on_disk_are_ranked_rows() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path(), 1 << 20).unwrap();
    for seed in 0..80 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut steps = vec![rank(random.usize(1..4))];
        if random.bool() {
            steps.insert(0, table());
        }
        // The number of the last row is not known to one that starts over after that row has gone.
        let way = Way { merges: seed % 2 == 0, together: true };
        let image = disk.image(&format!("{seed}")).unwrap();
        check(&steps, &way, &mut random, &image, &format!("seed {seed}"));
    }
}
