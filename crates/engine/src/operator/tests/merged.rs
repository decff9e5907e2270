//! Aggregations whose updates of an epoch leave as one: what leaves, what it replaces, and what is taken back.

use super::super::{Context, Operator, end_epoch, operators, run};
use super::groups::{Row, aggregate, batch, table, told, window};
use crate::batch::{Batch, Change};
use crate::ledger::Ledger;
use millstream_plan::topology::{Step, WindowKind};

/// The same with the results of each batch merged; before each result what it replaces.
fn merged(steps: &[Step], rows: &[Row], size: usize) -> Vec<String> {
    let mut operators: Vec<Box<dyn Operator>> = operators(steps).unwrap();
    operators.iter_mut().for_each(|operator| operator.merge_updates());
    let mut ledger = Ledger::new("q", vec!["t".into()]);
    let mut out = Vec::new();
    for (i, chunk) in rows.chunks(size).enumerate() {
        // An epoch takes several batches.
        for (j, part) in chunk.chunks(2).enumerate() {
            let batch = batch(part, i * size + j * 2);
            run(&mut operators, batch, &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out).unwrap();
        }
        end_epoch(&mut operators, &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out).unwrap();
    }
    let told_both = |batch: &Batch| -> Vec<String> {
        let now = told(batch);
        let Change::Upsert { before: Some(before), .. } = &batch.change else { return now };
        let was = told(&Batch { rows: before.rows.clone(), change: Change::Append { absent: None }, ..batch.clone() });
        let pair = |((row, now), was): ((usize, String), String)| {
            let result = was.split(' ').find(|part| part.contains('/')).unwrap_or_default();
            if before.there.value(row) { format!("{result} -> {now}") } else { format!("-> {now}") }
        };
        now.into_iter().enumerate().zip(was).map(pair).collect()
    };
    out.iter().flat_map(told_both).collect()
}

#[test]
fn updates_of_an_epoch_leave_as_one() {
    let rows =
        [(1, Some(1), Some(2), 10), (2, Some(2), Some(3), 11), (3, Some(1), Some(4), 9), (4, Some(1), Some(1), 12)];
    assert_eq!(merged(&[aggregate(None, false)], &rows, 3), ["2: 3/1 @11", "1: 6/2 @10", "1: 7/3 @12"]);
    assert_eq!(merged(&[aggregate(None, true)], &rows, 3), ["-> 2: 3/1 @11", "-> 1: 6/2 @10", "6/2 -> 1: 7/3 @12"]);
    // As if each had left: the last ones are the same.
    assert_eq!(merged(&[aggregate(None, false)], &rows, 1).len(), 4);
}

#[test]
fn updates_of_tables_leave_as_one() {
    // Key 1 moves from group 1 to 2 and is deleted; what the groups had before the epoch is what is replaced.
    let rows = [(1, Some(1), Some(2), 10), (2, Some(1), Some(5), 11), (1, Some(2), Some(2), 12), (1, None, None, 13)];
    assert_eq!(
        merged(&[table(), aggregate(None, true)], &rows, 2),
        ["-> 1: 7/2 @11", "7/2 -> 1: 5/1 @12", "-> 2: 0/0 @13"]
    );
}

#[test]
fn updates_of_windows_leave_as_one_before_they_are_forgotten() {
    let window = window(WindowKind::Time { size: 10, advance: 10 }, 0, false);
    let rows =
        [(1, Some(1), Some(2), 1), (1, Some(1), Some(3), 2), (2, Some(2), Some(1), 45), (1, Some(1), Some(1), 3)];
    let expected = ["-> 1 0-10: 5/2 @2", "-> 2 40-50: 1/1 @45"];
    assert_eq!(merged(&[aggregate(window, true)], &rows, 4), expected);
    assert_eq!(merged(&[aggregate(window, true)], &rows, 2), expected);
}

#[test]
fn sessions_that_grow_within_an_epoch_leave_once() {
    let window = window(WindowKind::Session { gap: 5 }, 100, false);
    let rows = [
        (1, Some(1), Some(1), 10),
        (1, Some(1), Some(2), 13),
        (1, Some(1), Some(3), 30),
        (1, Some(1), Some(4), 12),
        (1, Some(1), Some(5), 16),
        (1, Some(1), Some(6), 31),
    ];
    // Two epochs: 10-13 goes on to 16, 30 to 31; a row inside of 10-13 changes no bounds.
    let expected = [
        "1 10-13: 3/2 @13",
        "1 30-30: 3/1 @30",
        "1 10-13: gone @13",
        "1 10-16: 12/4 @16",
        "1 30-30: gone @30",
        "1 30-31: 9/2 @31",
    ];
    assert_eq!(merged(&[aggregate(window, false)], &rows, 3), expected);
    assert_eq!(
        merged(&[aggregate(window, false)], &rows, 6),
        ["1 10-16: 12/4 @16", "1 30-31: 9/2 @31"],
        "what was never told is not taken back"
    );
    let inside = [(1, Some(1), Some(1), 10), (1, Some(1), Some(2), 13), (1, Some(1), Some(3), 11)];
    assert_eq!(merged(&[aggregate(window, true)], &inside, 2), ["-> 1 10-13: 3/2 @13", "3/2 -> 1 10-13: 6/3 @13"]);
    // Two sessions become one.
    let joined =
        [(1, Some(1), Some(1), 10), (1, Some(1), Some(2), 18), (1, Some(1), Some(3), 14), (1, Some(1), Some(4), 50)];
    assert_eq!(
        merged(&[aggregate(window, true)], &joined, 2),
        [
            "-> 1 10-10: 1/1 @10",
            "-> 1 18-18: 2/1 @18",
            "1/1 -> 1 10-10: gone @10",
            "2/1 -> 1 18-18: gone @18",
            "-> 1 10-18: 6/3 @18",
            "-> 1 50-50: 4/1 @50"
        ]
    );
}

#[test]
fn groups_that_are_due_are_deleted_as_they_have_left() {
    let Step::Aggregate(mut node) = aggregate(None, true) else { unreachable!() };
    node.ttl = Some(100);
    let steps = [Step::Aggregate(node)];
    let rows =
        [(1, Some(1), Some(2), 10), (2, Some(1), Some(3), 20), (3, Some(2), Some(1), 115), (4, Some(1), Some(4), 200)];
    assert_eq!(merged(&steps, &rows, 2), ["-> 1: 5/2 @20", "5/2 -> 1: gone @120", "-> 2: 1/1 @115", "-> 1: 4/1 @200"]);
    assert_eq!(merged(&steps, &rows, 4), ["-> 2: 1/1 @115", "-> 1: 4/1 @200"], "what was never told is not taken back");
    // What is deleted is what has left, not what it has become meanwhile.
    let rows =
        [(1, Some(1), Some(2), 10), (2, Some(2), Some(1), 11), (3, Some(1), Some(3), 20), (4, Some(2), Some(1), 300)];
    assert_eq!(
        merged(&steps, &rows, 2),
        ["-> 1: 2/1 @10", "-> 2: 1/1 @11", "1/1 -> 2: gone @111", "2/1 -> 1: gone @120", "-> 2: 1/1 @300"]
    );
}
