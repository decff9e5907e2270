//! Aggregation over hand-made batches: windows and their order, late rows, final results, rows that are taken back; and
//! that sizes of batches do not show.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::{BinaryExpr, Column, Literal};
use millstream_functions::{Limits, find_aggregate};
use millstream_plan::topology::{Aggregate, AggregateCall, Projection, RowKey, Step, WindowKind, Windowing};
use millstream_types::{Column as SqlColumn, Format, FormatSpec, Role, SqlType};

use super::super::{Context, Operator, end_epoch, hand_over, operators, run};
use crate::batch::{Batch, Change, Origin};
use crate::ledger::Ledger;
use crate::link::InputPartition;

/// A row: key, group, value, time. No group and no value: deleted, where rows are those of a table.
pub(super) type Row = (i32, Option<i32>, Option<i32>, i64);

fn sql_column(name: &str, ty: SqlType, role: Role) -> SqlColumn {
    SqlColumn { name: name.into(), ty, role }
}

/// `SELECT G, SUM(V), COUNT(V) … GROUP BY G`.
pub(super) fn aggregate(window: Option<Windowing>, before: bool) -> Step {
    let group = sql_column("G", SqlType::Integer, Role::Key);
    let value: Arc<dyn PhysicalExpr> = Arc::new(Column::new("V", 2));
    let call = |name: &str, ty| AggregateCall {
        column: sql_column(name, ty, Role::Value),
        args: vec![Arc::clone(&value)],
        sql: format!("{name}(V)"),
        filter: None,
        function: Arc::new(find_aggregate(name).unwrap().resolve(&[Some(SqlType::Integer)]).unwrap()),
        constants: vec![],
        limits: Limits::default(),
    };
    let fields = [("G", DataType::Int32), ("S", DataType::Int32), ("C", DataType::Int64)];
    Step::Aggregate(Box::new(Aggregate {
        key: RowKey { format: FormatSpec::key(Format::Kafka, 1), columns: vec![group.clone()] },
        group: vec![Projection { column: group, expr: Arc::new(Column::new("G", 1)), sql: "G".into() }],
        moves: false,
        calls: vec![call("SUM", SqlType::Integer), call("COUNT", SqlType::Bigint)],
        window,
        late: None,
        ttl: None,
        at_end: false,
        pseudo: vec![],
        before,
        rows: Arc::new(Schema::new(fields.map(|(name, ty)| Field::new(name, ty, true)).to_vec())),
    }))
}

/// `HAVING SUM(V) > 5`
fn having() -> Step {
    let sum = Arc::new(Column::new("S", 1));
    let predicate = BinaryExpr::new(sum, datafusion_expr::Operator::Gt, Arc::new(Literal::new(5.into())));
    Step::Filter { predicate: Arc::new(predicate), sql: "SUM(V) > 5".into() }
}

pub(super) fn table() -> Step {
    let columns = vec![sql_column("K", SqlType::Integer, Role::Key)];
    Step::Table { remember: Some(RowKey { format: FormatSpec::key(Format::Kafka, 1), columns }) }
}

pub(super) fn batch(rows: &[Row], first: usize) -> Batch {
    let fields = ["K", "G", "V"].map(|name| Field::new(name, DataType::Int32, true));
    let column =
        |of: &dyn Fn(&Row) -> Option<i32>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int32Array>()) };
    let columns = vec![column(&|r| Some(r.0)), column(&|r| r.1), column(&|r| r.2)];
    let absent: BooleanBuffer = rows.iter().map(|r| r.1.is_none() && r.2.is_none()).collect();
    Batch {
        rows: RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns).unwrap(),
        time: rows.iter().map(|r| r.3).collect(),
        change: Change::Append { absent: Some(absent) },
        keyless: None,
        windows: None,
        headers: None,
        origin: Origin {
            partition: InputPartition { input: 0, partition: 0 },
            offsets: (0..rows.len()).map(|i| (first + i) as i64).collect(),
        },
    }
}

/// Results as text: group, `start-end` of its window, sum and count or `gone`, time.
pub(super) fn told(batch: &Batch) -> Vec<String> {
    let group = batch.rows.column(0).as_primitive::<Int32Type>();
    let (sum, count) = (batch.rows.column(1).as_primitive::<Int32Type>(), batch.rows.column(2));
    let count = count.as_primitive::<Int64Type>();
    let row = |row: usize| {
        let window = batch.windows.as_ref().map(|w| format!(" {}-{}", w.start[row], w.end[row])).unwrap_or_default();
        let result =
            if batch.is_absent(row) { "gone".into() } else { format!("{}/{}", sum.value(row), count.value(row)) };
        format!("{}{window}: {result} @{}", group.value(row), batch.time[row])
    };
    (0..batch.len()).map(row).collect()
}

/// The results of rows that come in batches of that size, and how many rows were recorded.
fn results(steps: &[Step], rows: &[Row], size: usize) -> (Vec<String>, usize) {
    let mut operators: Vec<Box<dyn Operator>> = operators(steps).unwrap();
    let mut ledger = Ledger::new("q", vec!["t".into()]);
    let mut out = Vec::new();
    for (i, chunk) in rows.chunks(size).enumerate() {
        run(
            &mut operators,
            batch(chunk, i * size),
            &mut Context { ledger: &mut ledger, late: &mut Vec::new() },
            &mut out,
        )
        .unwrap();
    }
    (out.iter().flat_map(told).collect(), ledger.entries().len())
}

fn check(steps: &[Step], rows: &[Row], expected: &[&str], recorded: usize) {
    for size in [1, 2, 100] {
        let (found, entries) = results(steps, rows, size);
        assert_eq!(found, expected, "batches of {size}");
        assert_eq!(entries, recorded, "batches of {size}");
    }
}

pub(super) fn window(kind: WindowKind, grace: i64, last_only: bool) -> Option<Windowing> {
    let size = match kind {
        WindowKind::Time { size, .. } => size,
        WindowKind::Session { gap } => gap,
    };
    Some(Windowing { kind, grace, retention: size + grace, last_only })
}

fn add(group: i32, value: i32, time: i64) -> Row {
    (0, Some(group), Some(value), time)
}

#[test]
fn every_row_of_a_stream_has_a_result_with_the_latest_time() {
    let rows =
        [add(1, 10, 5), add(2, 7, 6), add(1, 1, 3), (0, None, Some(9), 7), (0, Some(1), None, 8), (0, None, None, 9)];
    // The row without a group is recorded; the record without a value is nobody's mistake.
    check(&[aggregate(None, false)], &rows, &["1: 10/1 @5", "2: 7/1 @6", "1: 11/2 @5", "1: 11/2 @8"], 1);
}

#[test]
fn having_deletes_what_it_let_pass_and_nothing_else() {
    let rows = [add(1, 3, 0), add(1, 4, 1), add(2, 1, 2), add(1, -5, 3), add(1, -5, 4), add(1, 20, 5)];
    let expected = ["1: 7/2 @1", "1: gone @3", "1: 17/5 @5"];
    check(&[aggregate(None, true), having()], &rows, &expected, 0);
}

#[test]
fn a_changed_row_of_a_table_leaves_its_group_before_it_joins_another() {
    let put = |key, group, value, time| (key, Some(group), Some(value), time);
    let delete = |key, time| (key, None, None, time);
    let rows = [put(1, 1, 10, 0), put(2, 1, 5, 1), put(1, 2, 10, 2), put(2, 1, 6, 3), delete(2, 4), delete(3, 5)];
    let expected = ["1: 10/1 @0", "1: 15/2 @1", "1: 5/1 @2", "2: 10/1 @2", "1: 6/1 @3", "1: 0/0 @4"];
    check(&[table(), aggregate(None, false)], &rows, &expected, 0);
}

#[test]
fn hopping_windows_are_updated_oldest_first_and_late_rows_are_recorded() {
    let kind = WindowKind::Time { size: 10, advance: 5 };
    let rows = [add(1, 1, 7), add(1, 2, 21), add(1, 3, 12), add(1, 4, 8), add(2, 5, 12)];
    // At 21 with a grace of 3, windows that end at 18 or before are closed.
    let expected = [
        "1 0-10: 1/1 @7",
        "1 5-15: 1/1 @7",
        "1 15-25: 2/1 @21",
        "1 20-30: 2/1 @21",
        "1 10-20: 3/1 @12",
        "2 10-20: 5/1 @12",
    ];
    check(&[aggregate(window(kind, 3, false), false)], &rows, &expected, 1);
}

#[test]
fn the_end_of_time_ends_no_loop() {
    let kind = WindowKind::Time { size: 10, advance: 4 };
    let (found, recorded) =
        results(&[aggregate(window(kind, 1, false), false)], &[add(1, 1, i64::MAX), add(1, 1, 5)], 1);
    assert!(!found.is_empty() && recorded == 1, "{found:?}");
    let session = window(WindowKind::Session { gap: i64::MAX }, 0, true);
    assert_eq!(results(&[aggregate(session, false)], &[add(1, 1, i64::MAX), add(1, 1, 5)], 2).0, Vec::<String>::new());
}

#[test]
fn final_results_leave_once_in_the_order_of_windows_and_keys() {
    let kind = WindowKind::Time { size: 10, advance: 10 };
    let rows = [add(2, 1, 3), add(1, 1, 4), add(2, 1, 5), add(1, 1, 13), add(3, 9, 2), add(1, 1, 15), add(9, 1, 22)];
    let expected = ["1 0-10: 1/1 @4", "2 0-10: 2/2 @5", "3 0-10: 9/1 @2", "1 10-20: 2/2 @15"];
    // The one at 13 closes nothing yet: grace is 5.
    check(&[aggregate(window(kind, 5, true), false)], &rows[..6], &expected[..3], 0);
    let late = [&rows[..], &[add(1, 1, 1)]].concat();
    check(
        &[aggregate(window(kind, 0, true), false)],
        &late,
        &["1 0-10: 1/1 @4", "2 0-10: 2/2 @5", "1 10-20: 2/2 @15"],
        2,
    );
}

#[test]
fn sessions_merge_and_say_that_the_old_ones_are_gone() {
    let kind = WindowKind::Session { gap: 5 };
    let rows = [add(1, 1, 10), add(1, 2, 20), add(2, 8, 20), add(1, 4, 15), add(1, 1, 3), add(1, 1, 20)];
    let expected = [
        "1 10-10: 1/1 @10",
        "1 20-20: 2/1 @20",
        "2 20-20: 8/1 @20",
        "1 10-10: gone @10",
        "1 20-20: gone @20",
        "1 10-20: 7/3 @20",
        // Not near enough, and too late: it would have ended before 20 - 5 - 10.
        "1 10-20: gone @20",
        "1 10-20: 8/4 @20",
    ];
    check(&[aggregate(window(kind, 10, false), false)], &rows, &expected, 1);
}

#[test]
fn sizes_of_batches_do_not_show() {
    let mut random = fastrand::Rng::with_seed(42);
    let time = |size, advance| WindowKind::Time { size, advance };
    let kinds = [None, Some(time(20, 20)), Some(time(20, 6)), Some(WindowKind::Session { gap: 4 })];
    for round in 0..10 {
        let rows: Vec<Row> = (0..200)
            .map(|i| {
                let deleted = random.u8(..8) == 0;
                let value = (!deleted).then(|| random.i32(-3..9));
                let group = (!deleted && random.u8(..20) > 0).then(|| random.i32(0..4));
                (random.i32(0..6), group, value, (i * 2 + random.i64(-15..15)).max(0))
            })
            .collect();
        for kind in kinds {
            for last_only in [false, true] {
                for before in [false, true] {
                    let windowing = kind.and_then(|kind| window(kind, random.i64(0..10), last_only));
                    let mut steps = vec![aggregate(windowing, before)];
                    steps.extend(before.then(having));
                    let single = results(&steps, &rows, 1);
                    assert!(!single.0.is_empty(), "round {round}: {kind:?}");
                    assert_eq!(single, results(&steps, &rows, 7), "round {round}: {kind:?} {last_only} {before}");
                    assert_eq!(single, results(&steps, &rows, 200), "round {round}: {kind:?} {last_only} {before}");
                }
            }
        }
        let steps = [table(), aggregate(None, true), having()];
        assert_eq!(results(&steps, &rows, 1), results(&steps, &rows, 200), "round {round}: table");
    }
}

#[test]
fn a_query_in_another_form_goes_on_with_its_groups() {
    let mut ledger = Ledger::new("q", vec!["t".into()]);
    let mut told_by = |operators: &mut [Box<dyn Operator>], rows: &[Row]| {
        let mut out = Vec::new();
        run(operators, batch(rows, 0), &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out).unwrap();
        out.iter().flat_map(told).collect::<Vec<_>>()
    };
    let mut earlier = operators(&[aggregate(None, false)]).unwrap();
    assert_eq!(told_by(&mut earlier, &[add(1, 4, 0)]), ["1: 4/1 @0"]);
    let mut operators_now = operators(&[aggregate(None, true), having()]).unwrap();
    hand_over(earlier, &mut operators_now);
    assert_eq!(told_by(&mut operators_now, &[add(1, 5, 1)]), ["1: 9/2 @1"]);
    // Groups in windows are others.
    let mut other = operators(&[aggregate(window(WindowKind::Session { gap: 5 }, 0, false), false)]).unwrap();
    hand_over(operators_now, &mut other);
    assert_eq!(told_by(&mut other, &[add(1, 5, 2)]), ["1 2-2: 5/1 @2"]);
}

#[test]
fn groups_of_rows_that_end_leave_once() {
    let Step::Aggregate(node) = aggregate(None, false) else { panic!() };
    let rows: [Row; 5] = [
        (1, Some(7), Some(1), 1),
        (2, Some(8), Some(2), 9),
        (3, None, Some(3), 2),
        (4, Some(7), None, 3),
        (5, Some(7), Some(4), 2),
    ];
    for size in 1..=rows.len() {
        let mut operators =
            operators(&[Step::Aggregate(Box::new(Aggregate { at_end: true, ..*node.clone() }))]).unwrap();
        let mut ledger = Ledger::new("q", vec!["t".into()]);
        let mut out = Vec::new();
        for (i, part) in rows.chunks(size).enumerate() {
            run(
                &mut operators,
                batch(part, i * size),
                &mut Context { ledger: &mut ledger, late: &mut Vec::new() },
                &mut out,
            )
            .unwrap();
        }
        assert!(out.is_empty(), "before the end");
        assert_eq!(operators[0].held(), 3);
        for _ in 0..2 {
            end_epoch(&mut operators, &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out).unwrap();
        }
        assert_eq!(out.len(), 1);
        let numbers = |column: usize| out[0].rows.column(column).as_primitive::<Int32Type>().iter().collect::<Vec<_>>();
        assert_eq!(numbers(0), [Some(7), Some(8), None], "null is a group");
        assert_eq!(numbers(1), [Some(5), Some(2), Some(3)]);
        assert_eq!(out[0].rows.column(2).as_primitive::<Int64Type>().values(), &[2, 1, 1]);
        assert_eq!(out[0].time.as_ref(), [3, 9, 2]);
        assert!(ledger.entries().is_empty());
    }
}
