//! Windows of which everything is on disk give what windows in memory give, and leave the same behind.

use std::collections::BTreeMap;

use millstream_plan::topology::{Step, WindowKind};
use millstream_state::{Disk, Image};

use super::super::{Context, Operator, operators, run};
use super::disk::{Changes, changes, commit, lean, left};
use super::groups::{Row, aggregate, batch, told, window};
use crate::ledger::Ledger;

/// What rows give in an epoch, and what it changes of the state.
fn epoch(operators: &mut [Box<dyn Operator>], rows: &[Row]) -> (Vec<String>, Changes) {
    let (mut ledger, mut out) = (Ledger::new("q", vec!["t".into()]), Vec::new());
    for part in rows.chunks(4) {
        let mut cx = Context { ledger: &mut ledger, late: &mut Vec::new() };
        run(operators, batch(part, 0), &mut cx, &mut out).unwrap();
    }
    (out.iter().flat_map(told).collect(), changes(operators.first_mut().unwrap().as_mut()))
}

/// Operators that have nothing in memory.
fn fresh(step: &Step, image: &Image) -> Vec<Box<dyn Operator>> {
    let mut operators = operators(std::slice::from_ref(step)).unwrap();
    operators.iter_mut().for_each(|operator| lean(operator.as_mut(), image));
    operators
}

fn rows(random: &mut fastrand::Rng, now: &mut i64) -> Vec<Row> {
    (0..random.usize(1..12))
        .map(|_| {
            *now += random.i64(0..9);
            let late = if random.u8(0..4) == 0 { random.i64(0..40) } else { 0 };
            (0, Some(random.i32(0..5)), Some(random.i32(-9..9)), (*now - late).max(0))
        })
        .collect()
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
        let mut here = operators(std::slice::from_ref(&step)).unwrap();
        here.iter_mut().for_each(|operator| operator.track());
        let image = disk.image(&format!("{seed}")).unwrap();
        let (mut there, mut state, mut now) = (fresh(&step, &image), BTreeMap::new(), 0);
        for _ in 0..20 {
            let rows = rows(&mut random, &mut now);
            let (told, changes) = epoch(&mut here, &rows);
            for (key, value) in changes {
                match value {
                    Some(value) => drop(state.insert(key, Some(value))),
                    None => drop(state.remove(&key)),
                }
            }
            let (told_there, changes) = epoch(&mut there, &rows);
            assert_eq!(told_there, told, "seed {seed}");
            commit(there[0].as_ref(), &changes, &image);
            assert_eq!(left(there[0].as_ref(), &image), state.clone().into_iter().collect::<Changes>(), "seed {seed}");
            // Now and then they start over, as when they have taken in too much.
            if random.bool() {
                there = fresh(&step, &image);
            }
        }
    }
}
