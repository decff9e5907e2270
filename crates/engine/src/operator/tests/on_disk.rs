//! Windows of which everything is on disk give what windows in memory give, and leave the same behind.

use std::collections::BTreeMap;

use millstream_plan::topology::{Step, WindowKind};
use millstream_state::{Disk, Image};

use super::super::{Context, Operator, Saved, operators, run};
use super::groups::{Row, aggregate, batch, told, window};
use crate::ledger::Ledger;

type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// Keys with their new values; `None`: gone.
type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What rows give in an epoch, and what it changes of the state.
fn epoch(operators: &mut [Box<dyn Operator>], rows: &[Row]) -> (Vec<String>, Changes) {
    let (mut ledger, mut out, mut changes) = (Ledger::new("q", vec!["t".into()]), Vec::new(), Changes::new());
    for part in rows.chunks(4) {
        let mut cx = Context { ledger: &mut ledger, late: &mut Vec::new() };
        run(operators, batch(part, 0), &mut cx, &mut out).unwrap();
    }
    let only = operators.first_mut().unwrap();
    only.save(&mut |key, value| {
        changes.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        Ok(())
    })
    .unwrap();
    (out.iter().flat_map(told).collect(), changes)
}

/// Operators that have nothing in memory.
fn lean(step: &Step, image: &Image) -> Vec<Box<dyn Operator>> {
    let mut operators = operators(std::slice::from_ref(step)).unwrap();
    for operator in &mut operators {
        assert!(operator.can_be_on_disk() && !operator.can_be_lean());
        operator.lean(Saved::new(image.clone(), &[7])).unwrap();
        operator.track();
    }
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
    for seed in 0..48 {
        let mut random = fastrand::Rng::with_seed(seed);
        let kind = match seed % 3 {
            0 => WindowKind::Time { size: 10, advance: 10 },
            1 => WindowKind::Time { size: 20, advance: 5 },
            _ => WindowKind::Time { size: 3, advance: 10 },
        };
        let step = aggregate(window(kind, random.i64(0..30), seed % 2 == 0), false);
        let mut here = operators(std::slice::from_ref(&step)).unwrap();
        here.iter_mut().for_each(|operator| operator.track());
        let image = disk.image(&format!("{seed}")).unwrap();
        let (mut there, mut state, mut now) = (lean(&step, &image), State::new(), 0);
        for _ in 0..20 {
            let rows = rows(&mut random, &mut now);
            let (told, changes) = epoch(&mut here, &rows);
            for (key, value) in changes {
                match value {
                    Some(value) => drop(state.insert(key, value)),
                    None => drop(state.remove(&key)),
                }
            }
            let (told_there, changes) = epoch(&mut there, &rows);
            assert_eq!(told_there, told, "seed {seed}");
            let changes = changes.iter().map(|(key, value)| ([&[7], key.as_slice()].concat(), value.as_deref()));
            let changes: Vec<_> = changes.collect();
            image.apply(changes.iter().map(|(key, value)| (key.as_slice(), *value))).unwrap();
            let left = image.range(&[7], &[8]).map(|entry| {
                let (key, value) = entry.unwrap();
                (key.as_ref()[1..].to_vec(), value.as_ref().to_vec())
            });
            assert_eq!(left.collect::<State>(), state, "seed {seed}");
            // Now and then they start over, as when they have taken in too much.
            if random.bool() {
                there = lean(&step, &image);
            }
        }
    }
}
