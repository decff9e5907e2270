//! Rankings over hand-made batches: what is merged, what is kept, and that it comes back from a changelog.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use datafusion_physical_expr::expressions::Column;
use millstream_plan::topology::{Projection, Rank, RankedBy, RowKey, Step};
use millstream_types::{Column as SqlColumn, Format, FormatSpec, Role, SqlType};

use super::super::{Context, Operator, end_epoch, operators, run};
use super::groups::{Row, batch, table};
use crate::batch::{Batch, Change};
use crate::ledger::Ledger;

/// `ROW_NUMBER() OVER (PARTITION BY G ORDER BY V DESC) <= limit`
pub(super) fn rank(limit: usize) -> Step {
    let group = SqlColumn { name: "G".into(), ty: SqlType::Integer, role: Role::Key };
    let fields = [("K", DataType::Int32), ("G", DataType::Int32), ("V", DataType::Int32), ("N", DataType::Int64)];
    Step::Rank(Box::new(Rank {
        key: RowKey { format: FormatSpec::key(Format::Kafka, 1), columns: vec![group.clone()] },
        partition: vec![Projection { column: group, expr: Arc::new(Column::new("G", 1)), sql: "G".into() }],
        moves: false,
        order: vec![RankedBy {
            expr: Arc::new(Column::new("V", 2)),
            descending: true,
            nulls_first: false,
            sql: "V".into(),
        }],
        limit,
        before: true,
        sql: "ROW_NUMBER() OVER (PARTITION BY G ORDER BY V DESC)".into(),
        rows: Arc::new(Schema::new(fields.map(|(name, ty)| Field::new(name, ty, true)).to_vec())),
    }))
}

/// `group number: was -> key @time`
fn told(batch: &Batch) -> Vec<String> {
    let Change::Upsert { deleted, before: Some(before) } = &batch.change else { panic!("no changes") };
    let ints = |rows: &arrow::array::RecordBatch, at| rows.column(at).as_primitive::<Int32Type>().clone();
    let (keys, groups, was) = (ints(&batch.rows, 0), ints(&batch.rows, 1), ints(&before.rows, 0));
    let numbers = batch.rows.column(3).as_primitive::<Int64Type>();
    let line = |row: usize| {
        let gone = deleted.as_ref().is_some_and(|bits| bits.value(row));
        let was = if before.there.value(row) { format!("{} -> ", was.value(row)) } else { String::new() };
        let now = if gone { "gone".into() } else { keys.value(row).to_string() };
        format!("{} {}: {was}{now} @{}", groups.value(row), numbers.value(row), batch.time[row])
    };
    (0..batch.len()).map(line).collect()
}

struct Run {
    operators: Vec<Box<dyn Operator>>,
    ledger: Ledger,
    state: BTreeMap<(usize, Vec<u8>), Vec<u8>>,
}

impl Run {
    fn of(steps: &[Step], merges: bool) -> Self {
        let mut operators = operators(steps).unwrap();
        for operator in &mut operators {
            operator.track();
            if merges {
                operator.merge_updates();
            }
        }
        Self { operators, ledger: Ledger::new("q", vec!["t".into()]), state: BTreeMap::new() }
    }

    /// An epoch of these rows.
    fn epoch(&mut self, rows: &[Row]) -> Vec<String> {
        let (mut out, mut late) = (Vec::new(), Vec::new());
        let mut cx = Context { ledger: &mut self.ledger, late: &mut late };
        for part in rows.chunks(2) {
            run(&mut self.operators, batch(part, 0), &mut cx, &mut out).unwrap();
        }
        end_epoch(&mut self.operators, &mut cx, &mut out).unwrap();
        for (at, operator) in self.operators.iter_mut().enumerate() {
            let state = &mut self.state;
            operator
                .save(&mut |key, value| {
                    match value {
                        Some(value) => drop(state.insert((at, key.to_vec()), value.to_vec())),
                        // Nothing is deleted that was never written.
                        None => assert!(state.remove(&(at, key.to_vec())).is_some()),
                    }
                    Ok(())
                })
                .unwrap();
        }
        out.iter().flat_map(told).collect()
    }

    /// New operators that know what these have saved.
    fn restarted(self, steps: &[Step], merges: bool) -> Self {
        let mut new = Self::of(steps, merges);
        for ((at, key), value) in self.state.iter().rev() {
            new.operators[*at].load(key, value).unwrap();
        }
        Self { state: self.state, ..new }
    }
}

#[test]
fn what_an_epoch_changes_leaves_as_one() {
    let steps = [rank(2)];
    let mut run = Run::of(&steps, true);
    let rows = [(1, Some(1), Some(2), 10), (2, Some(1), Some(3), 11), (3, Some(1), Some(9), 12)];
    assert_eq!(run.epoch(&rows), ["1 1: 3 @12", "1 2: 2 @12"]);
    // It comes in behind the last: nothing leaves.
    assert_eq!(run.epoch(&[(4, Some(1), Some(1), 13)]), [""; 0]);
    let mut run = run.restarted(&steps, true);
    assert_eq!(run.epoch(&[(5, Some(1), Some(5), 14), (6, Some(2), Some(5), 15)]), ["1 2: 2 -> 5 @14", "2 1: 6 @15"]);
}

#[test]
fn a_stream_keeps_no_more_than_may_leave() {
    let steps = [rank(2)];
    for merges in [false, true] {
        let mut run = Run::of(&steps, merges);
        for i in 0..20 {
            run.epoch(&[(i, Some(1), Some(i), 0), (i, Some(2), Some(-i), 0), (i, Some(i), None, 0)]);
        }
        // Two of each of twenty groups at most.
        assert_eq!((run.operators[0].held(), run.state.len()), (22, 22));
        let mut run = run.restarted(&steps, merges);
        assert_eq!(run.operators[0].held(), 22);
        assert_eq!(run.epoch(&[(99, Some(1), Some(50), 7)]), ["1 1: 19 -> 99 @7", "1 2: 18 -> 19 @7"]);
    }
}

#[test]
fn a_table_keeps_all_rows_and_lets_them_move_up() {
    let steps = [table(), rank(1)];
    for merges in [false, true] {
        let mut run = Run::of(&steps, merges);
        run.epoch(&[(1, Some(1), Some(3), 0), (2, Some(1), Some(2), 1), (3, Some(1), Some(1), 2)]);
        let mut run = run.restarted(&steps, merges);
        assert_eq!(run.epoch(&[(1, None, None, 3)]), ["1 1: 1 -> 2 @3"]);
        assert_eq!(run.epoch(&[(2, Some(2), Some(2), 4)]), ["1 1: 2 -> 3 @4", "2 1: 2 @4"]);
        assert_eq!(run.epoch(&[(3, None, None, 5)]), ["1 1: 3 -> gone @5"]);
        assert_eq!((run.operators[1].held(), run.state.len()), (1, 2));
    }
}

#[test]
fn damaged_state_is_refused() {
    let mut run = Run::of(&[rank(2)], false);
    assert!(run.operators[0].load(b"short", b"").is_err());
    assert!(run.operators[0].load(&[0; 8], &[9; 20]).is_err(), "newer");
}
