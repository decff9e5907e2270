//! Tables over hand-made batches: what a row was, deletions, records without a key.

use arrow::array::AsArray;
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::Int32Type;
use datafusion_expr::Operator as Op;
use millstream_plan::topology::{RowKey, Step};
use millstream_types::{Column as SqlColumn, Format, FormatSpec, Role, SqlType};

use super::{batch, binary, column, filter, number, project, run_steps};
use crate::batch::{Batch, Change};

fn table(remember: bool) -> Step {
    let columns = vec![SqlColumn { name: "A".into(), ty: SqlType::Integer, role: Role::Key }];
    let key = RowKey { format: FormatSpec::key(Format::Kafka, 1), columns };
    Step::Table { remember: remember.then_some(key) }
}

/// Of each row the number, or nothing when it is deleted.
fn told(batches: &[Batch]) -> Vec<(i32, bool)> {
    let numbers = |b: &Batch| -> Vec<(i32, bool)> {
        let column = b.rows.column(0).as_primitive::<Int32Type>();
        (0..b.len()).map(|row| (column.value(row), b.is_absent(row))).collect()
    };
    batches.iter().flat_map(numbers).collect()
}

#[test]
fn a_table_knows_what_its_rows_were() {
    let input = batch(vec![Some(1), Some(2), Some(1), Some(1), Some(1)], Some(vec![false, false, false, true, false]));
    let (out, _) = run_steps(&[table(true)], input);
    let Change::Upsert { deleted: Some(deleted), before: Some(before) } = &out[0].change else { panic!("{out:?}") };
    assert_eq!(deleted, &BooleanBuffer::from(vec![false, false, false, true, false]));
    assert_eq!(before.there, BooleanBuffer::from(vec![false, false, true, true, false]));
    assert_eq!(before.rows.column(0).as_primitive::<Int32Type>().value(2), 1);
}

#[test]
fn deletions_pass_a_projection_and_a_filter_only_where_a_row_had_passed() {
    let rows = vec![Some(1), Some(5), Some(1), Some(5), Some(5)];
    let absent = vec![false, false, true, true, true];
    let condition = || filter(binary(column(), Op::Gt, number(2)));
    // 1 never passes; the second deletion of 5 deletes nothing.
    let (out, _) = run_steps(&[table(true), condition()], batch(rows.clone(), Some(absent.clone())));
    assert_eq!(told(&out), [(5, false), (5, true)]);
    // Where nobody knows, everything that is not there is deleted.
    let (out, _) = run_steps(&[table(false), condition()], batch(rows.clone(), Some(absent.clone())));
    assert_eq!(told(&out), [(1, true), (5, false), (1, true), (5, true), (5, true)]);
    let (out, ledger) = run_steps(&[table(false), project(column())], batch(rows, Some(absent)));
    assert_eq!(told(&out), [(1, false), (5, false), (1, true), (5, true), (5, true)]);
    assert!(ledger.entries().is_empty());
}

#[test]
fn records_of_a_table_without_a_key_are_recorded_and_passed_over() {
    let input = Batch { keyless: Some(vec![true, false].into()), ..batch(vec![None, Some(3)], None) };
    let (out, ledger) = run_steps(&[table(true)], input);
    assert_eq!(told(&out), [(3, false)]);
    let entry = String::from_utf8_lossy(&ledger.entries()[0].json).into_owned();
    assert!(ledger.entries().len() == 1 && entry.contains("no key") && entry.contains("\"offset\":10"), "{entry}");
}
