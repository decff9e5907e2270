//! Calls with DISTINCT over hand-made batches: what an epoch writes of the values that groups have seen, and that all of it comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_functions::{ResolvedAggregate, find_aggregate};
use millstream_plan::topology::{Aggregate, Step, WindowKind, Windowing};
use millstream_types::SqlType;

use super::super::{Context, Operator, operators, run};
use super::groups::{Row, aggregate, batch, table, told, window};
use crate::ledger::Ledger;

/// `SELECT G, SUM(DISTINCT V), COUNT(DISTINCT V) … GROUP BY G`
pub(super) fn step(window: Option<Windowing>) -> Step {
    let Step::Aggregate(node) = aggregate(window, false) else { panic!() };
    let mut node: Aggregate = *node;
    for call in &mut node.calls {
        let function = find_aggregate(&call.column.name).unwrap();
        call.function = Arc::new(function.resolve_distinct(&[Some(SqlType::Integer)]).unwrap());
        call.sql = format!("{}(DISTINCT V)", call.column.name);
    }
    Step::Aggregate(Box::new(node))
}

/// `SELECT G, MAX(V), COUNT(V) … GROUP BY G` over rows that may be taken back.
fn largest() -> Step {
    let Step::Aggregate(node) = aggregate(None, false) else { panic!() };
    let mut node: Aggregate = *node;
    let function = find_aggregate("MAX").unwrap().resolve(&[Some(SqlType::Integer)]).unwrap();
    node.calls[0].function = Arc::new(ResolvedAggregate { taken_back: true, ..function });
    node.calls[0].sql = "MAX(V)".into();
    Step::Aggregate(Box::new(node))
}

type State = BTreeMap<(usize, Vec<u8>), Vec<u8>>;

/// Operators, and what they have saved.
struct Run {
    steps: Vec<Step>,
    operators: Vec<Box<dyn Operator>>,
    state: State,
}

impl Run {
    fn of(steps: Vec<Step>, state: State) -> Self {
        let mut operators = operators(&steps).unwrap();
        for ((at, key), value) in state.iter().rev() {
            operators[*at].load(key, value).unwrap();
        }
        operators.iter_mut().for_each(|operator| operator.track());
        Self { steps, operators, state }
    }

    /// The last result of these rows, and how many entries of the aggregation were written and deleted.
    fn epoch(&mut self, rows: &[Row]) -> (String, usize, usize) {
        let (mut ledger, mut out) = (Ledger::new("q", vec!["t".into()]), Vec::new());
        for part in rows.chunks(3) {
            let mut cx = Context { ledger: &mut ledger, late: &mut Vec::new() };
            run(&mut self.operators, batch(part, 0), &mut cx, &mut out).unwrap();
        }
        let (mut written, mut deleted) = (0, 0);
        for (at, operator) in self.operators.iter_mut().enumerate() {
            let counts = at + 1 == self.steps.len();
            let state = &mut self.state;
            operator
                .save(&mut |key, value| {
                    let place = (at, key.to_vec());
                    match value {
                        Some(value) => drop(state.insert(place, value.to_vec())),
                        None => drop(state.remove(&place)),
                    }
                    *if value.is_some() { &mut written } else { &mut deleted } += usize::from(counts);
                    Ok(())
                })
                .unwrap();
        }
        (out.iter().flat_map(told).last().unwrap_or_default(), written, deleted)
    }

    fn restarted(self) -> Self {
        Self::of(self.steps, self.state)
    }
}

fn rows(values: std::ops::Range<i32>) -> Vec<Row> {
    values.map(|value| (value, Some(1), Some(value), i64::from(value))).collect()
}

#[test]
fn an_epoch_writes_the_values_that_are_new() {
    let mut run = Run::of(vec![step(None)], State::new());
    // The group, and of each call a hundred values.
    assert_eq!(run.epoch(&rows(0..100)), ("1: 4950/100 @99".into(), 201, 0));
    assert_eq!(run.epoch(&rows(50..51)), ("1: 4950/100 @99".into(), 1, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&rows(99..101)), ("1: 5050/101 @100".into(), 3, 0));
    assert_eq!(run.restarted().epoch(&rows(0..1)), ("1: 5050/101 @100".into(), 1, 0));
}

#[test]
fn a_value_leaves_with_the_last_row_that_has_it() {
    let mut run = Run::of(vec![table(), step(None)], State::new());
    let row = |key, value| (key, Some(1), Some(value), 0);
    assert_eq!(run.epoch(&[row(1, 7), row(2, 7), row(3, 8)]), ("1: 15/2 @0".into(), 5, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[row(1, 8)]), ("1: 15/2 @0".into(), 5, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[row(2, 8)]), ("1: 8/1 @0".into(), 3, 2));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[(1, None, None, 0), (2, None, None, 0)]), ("1: 8/1 @0".into(), 3, 0));
    assert_eq!(run.restarted().epoch(&[row(3, 9)]), ("1: 9/1 @0".into(), 3, 2));
}

#[test]
fn the_largest_value_of_a_table_may_leave() {
    let mut run = Run::of(vec![table(), largest()], State::new());
    let row = |key, value| (key, Some(1), Some(value), 0);
    // The group, and two values.
    assert_eq!(run.epoch(&[row(1, 7), row(2, 9), row(3, 9)]), ("1: 9/3 @0".into(), 3, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[row(2, 3)]), ("1: 9/3 @0".into(), 3, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[row(3, 8)]), ("1: 8/3 @0".into(), 2, 1));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[(3, None, None, 0)]), ("1: 7/2 @0".into(), 1, 1));
    assert_eq!(run.restarted().epoch(&[(1, None, None, 0)]), ("1: 3/1 @0".into(), 1, 1));
}

#[test]
fn the_values_of_a_window_go_with_it() {
    let tumbling = window(WindowKind::Time { size: 10, advance: 10 }, 0, false);
    let mut run = Run::of(vec![step(tumbling)], State::new());
    let row = |value, time| (value, Some(1), Some(value), time);
    // The group, of each call two values, and how far time has come.
    assert_eq!(run.epoch(&[row(1, 0), row(2, 1)]), ("1 0-10: 3/2 @1".into(), 6, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[row(2, 3), row(5, 4)]), ("1 0-10: 8/3 @4".into(), 4, 0));
    let mut run = run.restarted();
    assert_eq!(run.epoch(&[row(1, 25)]), ("1 20-30: 1/1 @25".into(), 4, 7));
    assert_eq!(run.state.len(), 4);
    assert_eq!(run.restarted().epoch(&[row(1, 26), row(2, 27)]), ("1 20-30: 3/2 @27".into(), 4, 0));
}
