//! Lists to rows over hand-made batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, ListArray, RecordBatch};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion_physical_expr::expressions::Column as ColumnExpr;
use millstream_plan::topology::Unnesting;
use millstream_types::{Column, Role, SqlType};

use super::{FlatMap, ROWS_MAX};
use crate::batch::{Batch, Change, Origin};
use crate::ledger::Ledger;
use crate::link::InputPartition;
use crate::operator::{Context, Operator};

fn lists(rows: &[Option<&[i32]>]) -> ArrayRef {
    let lengths = OffsetBuffer::from_lengths(rows.iter().map(|r| r.map_or(0, <[i32]>::len)));
    let items: Vec<i32> = rows.iter().flatten().copied().flatten().copied().collect();
    let nulls = NullBuffer::from_iter(rows.iter().map(Option::is_some));
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    Arc::new(ListArray::new(item, lengths, Arc::new(Int32Array::from(items)), Some(nulls)))
}

fn batch(columns: Vec<ArrayRef>, absent: Option<Vec<bool>>) -> Batch {
    let fields = (0..).zip(&columns).map(|(i, c): (i32, _)| Field::new(format!("L{i}"), c.data_type().clone(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let rows = RecordBatch::try_new(Arc::new(schema), columns).expect("valid batch");
    let n = rows.num_rows() as i64;
    Batch {
        rows,
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

/// Appends the elements of all columns.
fn run(input: Batch) -> Vec<Batch> {
    let schema = input.rows.schema();
    let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let made = |name: &String| Field::new(format!("E{name}"), DataType::Int32, true);
    let fields = schema.fields().iter().map(|f| f.as_ref().clone()).chain(names.iter().map(made));
    let rows: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let unnesting = |(i, name): (usize, &String)| Unnesting {
        column: Column { name: format!("E{name}"), ty: SqlType::Integer, role: Role::Value },
        expr: Arc::new(ColumnExpr::new(name, i)),
        sql: name.clone(),
    };
    let lists: Vec<Unnesting> = names.iter().enumerate().map(unnesting).collect();
    let (mut ledger, mut out) = (Ledger::new("q", vec!["t".into()]), Vec::new());
    FlatMap::new(&lists, &rows)
        .push(input, &mut Context { ledger: &mut ledger, late: &mut Vec::new() }, &mut out)
        .expect("runs");
    out
}

fn ints(batch: &Batch, column: usize) -> Vec<Option<i32>> {
    batch.rows.column(column).as_primitive::<Int32Type>().iter().collect()
}

#[test]
fn lists_side_by_side_go_to_the_end_of_the_longest() {
    let first = lists(&[Some(&[1, 2, 3]), Some(&[]), None, Some(&[4])]);
    let second = lists(&[Some(&[5]), Some(&[]), Some(&[6, 7]), Some(&[8])]);
    let out = run(batch(vec![first, second], Some(vec![false, false, false, true])));
    assert_eq!(out.len(), 1);
    assert_eq!(ints(&out[0], 2), [Some(1), Some(2), Some(3), None, None]);
    assert_eq!(ints(&out[0], 3), [Some(5), None, None, Some(6), Some(7)]);
    // What travels beside the columns goes with each row.
    assert_eq!(out[0].time.as_ref(), [0, 0, 0, 2000, 2000]);
    assert_eq!(out[0].origin.offsets.as_ref(), [10, 10, 10, 12, 12]);
    assert!(!out[0].is_absent(0));
}

#[test]
fn many_elements_leave_in_pieces() {
    let long: Vec<i32> = (0..ROWS_MAX as i32 * 2 + 1).collect();
    let out = run(batch(vec![lists(&[Some(&long), Some(&[7])])], None));
    assert_eq!(out.iter().map(Batch::len).collect::<Vec<_>>(), [ROWS_MAX, ROWS_MAX, 2]);
    let all: Vec<i32> = out.iter().flat_map(|b| ints(b, 1)).flatten().collect();
    assert_eq!(all, [long, vec![7]].concat());
}

#[test]
fn rows_without_elements_are_no_batch() {
    assert!(run(batch(vec![lists(&[None, Some(&[])])], None)).is_empty());
}
