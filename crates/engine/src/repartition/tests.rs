//! Rows that were sent through a topic give the groups that they give without it, whatever becomes of the order between
//! partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion_physical_expr::expressions::Column;
use millstream_plan::topology::{Projection, Repartition, RowKey};
use millstream_types::{Column as SqlColumn, Format, FormatSpec, Role, SqlType};

use super::{RowFeed, RowSink};
use crate::batch::{Batch, Before, Change, Origin};
use crate::driver::{MemoryLink, TopicRecord};
use crate::ledger::Ledger;
use crate::link::{InputPartition, Output, Record};

fn schema(names: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Int32, true)).collect::<Vec<_>>()))
}

fn rows(rows: &[(Option<i32>, i32)]) -> RecordBatch {
    let groups: ArrayRef = Arc::new(rows.iter().map(|r| r.0).collect::<Int32Array>());
    let values: ArrayRef = Arc::new(rows.iter().map(|r| Some(r.1)).collect::<Int32Array>());
    RecordBatch::try_new(schema(&["G", "V"]), vec![groups, values]).unwrap()
}

fn batch(now: &[(Option<i32>, i32)], change: Change) -> Batch {
    let at = InputPartition { input: 0, partition: 0 };
    let n = now.len() as i64;
    let origin = Origin { partition: at, offsets: (0..n).collect() };
    let time = (0..n).map(|i| 100 + i).collect();
    Batch { rows: rows(now), time, change, keyless: None, windows: None, headers: None, origin }
}

/// What a batch becomes behind a topic, and the number of ledger entries.
fn sent(batch: &Batch) -> (Vec<TopicRecord>, usize) {
    let group = SqlColumn { name: "G".into(), ty: SqlType::Integer, role: Role::Key };
    let node = Repartition::Grouped {
        group: vec![Projection { column: group.clone(), expr: Arc::new(Column::new("G", 0)), sql: "G".into() }],
        key: RowKey { format: FormatSpec::key(Format::Kafka, 1), columns: vec![group] },
    };
    let (mut link, mut ledger) = (MemoryLink::default(), Ledger::new("q", vec!["t".into()]));
    let written = RowSink::new(&node, Output(0)).unwrap().write(batch, &mut link, &mut ledger).unwrap();
    assert_eq!(written, link.records.len());
    (link.records, ledger.entries().len())
}

fn read(records: &[TopicRecord]) -> Batch {
    let mut feed = RowFeed::new(&schema(&["G", "V", "KEY"]));
    for (offset, record) in (0..).zip(records) {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        feed.push(&[Record { offset, timestamp: record.timestamp, key, value, headers: &[] }]);
    }
    feed.finish(InputPartition { input: 0, partition: 0 }).unwrap().unwrap()
}

fn numbers(rows: &RecordBatch, column: usize) -> Vec<Option<i32>> {
    rows.column(column).as_primitive::<Int32Type>().iter().collect()
}

#[test]
fn rows_of_a_stream_arrive_with_their_groups_and_those_without_are_recorded() {
    let (records, recorded) = sent(&batch(&[(Some(7), 1), (None, 2), (Some(8), 3)], Change::Append { absent: None }));
    assert_eq!((records.len(), recorded), (2, 1));
    assert_eq!(records[0].key.as_deref(), Some([0, 0, 0, 7].as_slice()));
    let read = read(&records);
    assert_eq!(numbers(&read.rows, 0), [Some(7), Some(8)]);
    assert_eq!(numbers(&read.rows, 1), [Some(1), Some(3)]);
    assert_eq!(numbers(&read.rows, 2), [Some(7), Some(8)], "the group's own column");
    assert_eq!(read.time.as_ref(), [100, 102]);
    assert!(matches!(read.change, Change::Append { absent: None }));
}

#[test]
fn changes_of_a_table_leave_one_group_and_enter_another() {
    let now = [(Some(1), 10), (Some(2), 20), (Some(3), 30), (None, 0)];
    let was = [(Some(1), 5), (Some(1), 6), (None, 0), (Some(3), 7)];
    let before = Before { rows: rows(&was), there: BooleanBuffer::from(vec![true, true, false, true]) };
    let deleted = Some(BooleanBuffer::from(vec![false, false, false, true]));
    let (records, recorded) = sent(&batch(&now, Change::Upsert { deleted, before: Some(before) }));
    assert_eq!(recorded, 0, "a deleted row has no group");
    let mut sums: BTreeMap<i32, i32> = BTreeMap::new();
    let read = read(&records);
    let Change::Upsert { deleted, before: Some(before) } = &read.change else { panic!("{:?}", read.change) };
    let gone = deleted.clone().map(|bits| BooleanArray::new(bits, None));
    for row in 0..read.len() {
        if before.there.value(row) {
            let group = before.rows.column(2).as_primitive::<Int32Type>().value(row);
            *sums.entry(group).or_default() -= before.rows.column(1).as_primitive::<Int32Type>().value(row);
        }
        if !gone.as_ref().is_some_and(|gone| gone.value(row)) {
            let group = read.rows.column(2).as_primitive::<Int32Type>().value(row);
            *sums.entry(group).or_default() += read.rows.column(1).as_primitive::<Int32Type>().value(row);
        }
    }
    // Within a group one record, between groups two.
    assert_eq!(records.len(), 5);
    assert_eq!(sums.into_iter().collect::<Vec<_>>(), [(1, 10 - 5 - 6), (2, 20), (3, 30 - 7)]);
}

#[test]
fn records_of_anybody_else_stop_the_query() {
    let (records, _) = sent(&batch(&[(Some(7), 1)], Change::Append { absent: None }));
    let whole = records[0].value.clone().unwrap();
    for length in 0..whole.len() {
        let mut feed = RowFeed::new(&schema(&["G", "V", "KEY"]));
        feed.push(&[Record { offset: 3, timestamp: 0, key: None, value: Some(&whole[..length]), headers: &[] }]);
        let error = feed.finish(InputPartition { input: 0, partition: 2 }).unwrap_err().to_string();
        assert!(error.contains("partition 2 of a repartition topic is damaged: offset 3"), "{error}");
    }
}
