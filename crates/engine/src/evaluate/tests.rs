//! One bad row must cost one null and one entry, wherever it stands.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion_expr::Operator;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::{BinaryExpr, Column, Literal};

use super::{FailedRow, evaluate};

/// 100 / A, which fails for the rows where A is 0.
fn quotient() -> Arc<dyn PhysicalExpr> {
    let hundred = Arc::new(Literal::new(100i32.into()));
    Arc::new(BinaryExpr::new(hundred, Operator::Divide, Arc::new(Column::new("A", 0))))
}

fn rows(values: Vec<Option<i32>>) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("A", DataType::Int32, true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int32Array::from(values))]).expect("valid batch")
}

fn check(values: Vec<Option<i32>>) {
    let mut failed = Vec::new();
    let got = evaluate(&quotient(), &rows(values.clone()), &mut failed).expect("isolated");
    let want: Vec<Option<i32>> = values.iter().map(|v| v.filter(|v| *v != 0).map(|v| 100 / v)).collect();
    let got: Vec<Option<i32>> = got.as_primitive::<Int32Type>().iter().collect();
    assert_eq!(got, want, "{values:?}");
    let want: Vec<usize> = (0..values.len()).filter(|&i| values[i] == Some(0)).collect();
    assert_eq!(failed.iter().map(|f| f.row).collect::<Vec<_>>(), want, "{values:?}");
    assert!(failed.iter().all(|f: &FailedRow| !f.reason.is_empty()));
}

#[test]
fn failing_rows_are_isolated() {
    check(vec![]);
    check(vec![Some(0)]);
    check(vec![Some(5), Some(0)]);
    check(vec![Some(0), Some(5), None]);
    check(vec![Some(0); 7]);
    check((0..1000).map(|i| Some(i % 250)).collect());
    check((0..1000).map(|i| if i % 3 == 0 { None } else { Some(i - 500) }).collect());
}

#[test]
fn a_good_batch_is_evaluated_once_and_keeps_its_length() {
    let mut failed = Vec::new();
    let got = evaluate(&quotient(), &rows((1..=2048).map(Some).collect()), &mut failed).expect("good");
    assert_eq!((got.len(), failed.len()), (2048, 0));
}
