//! Joins of tables.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use millstream_plan::topology::{JoinForm, JoinKind, Step};

use super::{Given, KINDS, Row, Told, arrow_schema, batch, check, given, join};
use crate::ledger::Ledger;
use crate::operator::{Context, Turn, operators};

pub(super) type Table = BTreeMap<i32, (Row, i64)>;

/// The row that two sides make, if they make one.
pub(super) fn joined(kind: JoinKind, left: Option<Row>, right: Option<Row>) -> Option<(Option<Row>, Option<Row>)> {
    match (left, right) {
        (Some(_), Some(_)) => Some((left, right)),
        (Some(_), None) => kind.keeps_left().then_some((left, None)),
        (None, Some(_)) => kind.keeps_right().then_some((None, right)),
        (None, None) => None,
    }
}

pub(super) fn change(table: &mut Table, k: i32, v: Option<Option<i32>>, time: i64) -> Option<(Row, i64)> {
    match v {
        Some(v) => table.insert(k, ((Some(k), v), time)),
        None => table.remove(&k),
    }
}

fn row(kept: Option<&(Row, i64)>) -> Option<Row> {
    kept.map(|(row, _)| *row)
}

/// Tables by their keys, change by change: what the row of the result was and is.
fn tables(kind: JoinKind, records: &[Given]) -> Vec<Told> {
    let (mut left, mut right) = (Table::new(), Table::new());
    let mut out = Vec::new();
    for Given { left: is_left, k, v, time } in records.iter().copied() {
        let Some(k) = k else { continue };
        let was = joined(kind, row(left.get(&k)), row(right.get(&k)));
        change(if is_left { &mut left } else { &mut right }, k, v, time);
        let is = joined(kind, row(left.get(&k)), row(right.get(&k)));
        let other = if is_left { right.get(&k) } else { left.get(&k) };
        if other.is_some() || was.is_some() || is.is_some() {
            let time = other.map_or(time, |(_, other)| time.max(*other));
            let (left, right) = is.unwrap_or_default();
            out.push(Told { key: Some(k), left, right, time, deleted: is.is_none(), before: was });
        }
    }
    out
}

#[test]
fn tables_are_joined_by_their_keys() {
    for seed in 0..12 {
        let records = given(&mut fastrand::Rng::with_seed(seed), 300, true);
        for kind in KINDS {
            let expected = tables(kind, &records);
            check(&join(JoinForm::TableTable, kind, None), &records, &expected, &format!("seed {seed}, {kind:?}"));
        }
    }
}

/// A table that points to rows of another one, change by change. A result is known by the key of the left side.
pub(super) fn foreign(kind: JoinKind, records: &[Given]) -> Vec<Told> {
    let (mut left, mut right) = (Table::new(), Table::new());
    let mut out = Vec::new();
    for Given { left: is_left, k, v, time } in records.iter().copied() {
        let Some(k) = k else { continue };
        if is_left {
            let points_to = |row: Option<Row>| row.and_then(|(_, v)| v);
            let was = row(left.get(&k));
            let was_found = points_to(was).and_then(|key| right.get(&key)).copied();
            change(&mut left, k, v, time);
            let is = row(left.get(&k));
            let found = points_to(is).and_then(|key| right.get(&key)).copied();
            let before = joined(kind, was, row(was_found.as_ref()));
            let after = joined(kind, is, row(found.as_ref()));
            let told_before = was.is_some() && (kind.keeps_left() || points_to(was).is_some());
            if after.is_some() || told_before {
                let seen = if is.is_some() { found } else { was_found };
                let time = seen.map_or(time, |(_, seen)| time.max(seen));
                let (left, right) = after.unwrap_or_default();
                out.push(Told { key: Some(k), left, right, time, deleted: after.is_none(), before });
            }
        } else {
            let was = row(right.get(&k));
            change(&mut right, k, v, time);
            let is = row(right.get(&k));
            for (own, _) in left.values().filter(|((_, v), _)| *v == Some(k)) {
                let (before, after) = (joined(kind, Some(*own), was), joined(kind, Some(*own), is));
                let (left, right) = after.unwrap_or_default();
                out.push(Told { key: own.0, left, right, time, deleted: after.is_none(), before });
            }
        }
    }
    out
}

#[test]
fn a_table_points_to_rows_of_another() {
    for seed in 0..12 {
        let records = given(&mut fastrand::Rng::with_seed(seed), 300, true);
        for kind in [JoinKind::Inner, JoinKind::Left] {
            let expected = foreign(kind, &records);
            check(&join(JoinForm::ForeignKey, kind, None), &records, &expected, &format!("seed {seed}, {kind:?}"));
        }
    }
}

/// Rows of both sides come together, but none of the left ones has got as far as the join.
#[test]
fn rows_of_the_right_side_alone_have_their_own_columns() {
    for kind in [JoinKind::Right, JoinKind::Full] {
        let mut steps = join(JoinForm::TableTable, kind, None);
        for step in &mut steps {
            let Step::Join(node) = step else { continue };
            node.left_rows = arrow_schema(&["K", "V", "W"]);
            node.rows = arrow_schema(&["KEY", "L_K", "L_V", "L_W", "R_K", "R_V"]);
        }
        let (mut join, mut out) = (operators(&steps).unwrap(), Vec::new());
        let mut ledger = Ledger::new("q", vec!["left".into(), "right".into()]);
        let cx = &mut Context { ledger: &mut ledger, late: &mut Vec::new() };
        let right = batch(&[Given { left: false, k: Some(1), v: Some(Some(2)), time: 3 }]);
        let meeting = join.last_mut().unwrap();
        meeting.push_turns(Vec::new(), right, &[Turn { right: true, until: 7 }], cx, &mut out).unwrap();
        let row: Vec<Option<i32>> =
            out[0].rows.columns().iter().map(|c| c.as_primitive::<Int32Type>().iter().next().flatten()).collect();
        assert_eq!((row, out[0].len()), (vec![Some(1), None, None, None, Some(1), Some(2)], 1), "{kind:?}");
    }
}
