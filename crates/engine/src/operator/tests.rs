//! Filter and projection over hand-made batches: nulls, absent values, failing rows.

pub(in crate::operator) mod disk;
mod distinct;
mod groups;
mod merged;
mod on_disk;
mod ranks;
mod spread;
mod tables;

use std::sync::Arc;

use arrow::array::{AsArray, Int32Array, RecordBatch};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion_expr::Operator as Op;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::{BinaryExpr, Column, Literal};
use millstream_plan::topology::{Projection, Step};
use millstream_types::{Column as SqlColumn, Role, SqlType};

use super::{Context, operators, run};
use crate::batch::{Batch, Change, Origin};
use crate::ledger::Ledger;
use crate::link::InputPartition;

fn column() -> Arc<dyn PhysicalExpr> {
    Arc::new(Column::new("A", 0))
}

fn number(n: i32) -> Arc<dyn PhysicalExpr> {
    Arc::new(Literal::new(n.into()))
}

fn binary(left: Arc<dyn PhysicalExpr>, op: Op, right: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
    Arc::new(BinaryExpr::new(left, op, right))
}

/// Rows of column A at offsets 10, 11, …; `absent` rows stand for records without a value.
fn batch(values: Vec<Option<i32>>, absent: Option<Vec<bool>>) -> Batch {
    let n = values.len() as i64;
    let schema = Arc::new(Schema::new(vec![Field::new("A", DataType::Int32, true)]));
    Batch {
        rows: RecordBatch::try_new(schema, vec![Arc::new(Int32Array::from(values))]).expect("valid batch"),
        time: (0..n).map(|i| i * 1000).collect::<Vec<_>>().into(),
        change: Change::Append { absent: absent.map(BooleanBuffer::from) },
        keyless: None,
        windows: None,
        headers: None,
        origin: Origin {
            partition: InputPartition { input: 0, partition: 0 },
            offsets: ScalarBuffer::from((10..10 + n).collect::<Vec<_>>()),
        },
    }
}

fn run_steps(steps: &[Step], input: Batch) -> (Vec<Batch>, Ledger) {
    let mut ledger = Ledger::new("q", vec!["t".into()]);
    let mut out = Vec::new();
    run(
        &mut operators(steps).expect("runs"),
        input,
        &mut Context { ledger: &mut ledger, late: &mut Vec::new() },
        &mut out,
    )
    .expect("runs");
    (out, ledger)
}

fn filter(predicate: Arc<dyn PhysicalExpr>) -> Step {
    Step::Filter { predicate, sql: "condition".into() }
}

fn project(expr: Arc<dyn PhysicalExpr>) -> Step {
    let column = SqlColumn { name: "B".into(), ty: SqlType::Integer, role: Role::Value };
    Step::Project {
        columns: vec![Projection { column, expr, sql: "projection".into() }],
        rows: Arc::new(Schema::new(vec![Field::new("B", DataType::Int32, true)])),
    }
}

fn ints(batch: &Batch) -> Vec<Option<i32>> {
    batch.rows.column(0).as_primitive::<Int32Type>().iter().collect()
}

#[test]
fn a_filter_keeps_true_rows_with_their_time_and_offset() {
    let (out, ledger) =
        run_steps(&[filter(binary(column(), Op::Gt, number(2)))], batch(vec![Some(1), Some(3), None, Some(5)], None));
    assert_eq!(out.len(), 1);
    assert_eq!(ints(&out[0]), [Some(3), Some(5)]);
    assert_eq!(out[0].time.as_ref(), [1000, 3000]);
    assert_eq!(out[0].origin.offsets.as_ref(), [11, 13]);
    assert!(ledger.entries().is_empty());
}

#[test]
fn a_record_without_value_fails_any_condition_and_is_nobodys_mistake() {
    // 1 / 0 fails for row 0; row 1 has no value, so its failure does not count.
    let division = binary(binary(number(1), Op::Divide, column()), Op::GtEq, number(0));
    let (out, ledger) =
        run_steps(&[filter(division)], batch(vec![Some(0), Some(0), Some(1)], Some(vec![false, true, false])));
    assert_eq!(ints(&out[0]), [Some(1)]);
    assert_eq!(ledger.entries().len(), 1);
}

#[test]
fn a_projection_passes_absent_rows_through_and_nulls_failing_ones() {
    let division = binary(number(100), Op::Divide, column());
    let (out, ledger) =
        run_steps(&[project(division)], batch(vec![Some(5), Some(0), None], Some(vec![false, false, true])));
    assert_eq!(ints(&out[0]), [Some(20), None, None]);
    assert!(out[0].is_absent(2) && !out[0].is_absent(1));
    let entry = String::from_utf8_lossy(&ledger.entries()[0].json).into_owned();
    assert!(ledger.entries().len() == 1 && entry.contains("\"offset\":11") && entry.contains("projection"), "{entry}");
}

#[test]
fn nothing_left_is_no_batch() {
    let (out, _) = run_steps(
        &[filter(binary(column(), Op::Gt, number(100))), project(column())],
        batch(vec![Some(1), None], None),
    );
    assert!(out.is_empty());
}
