//! What a feed makes of records beside their columns: headers, keys and values that are not there, event time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Int64Type, Schema as ArrowSchema};
use millstream_plan::topology::{SourceNode, TimeColumn};
use millstream_types::{Column, Format, FormatSpec, Role, Schema, SqlType, arrow_field};

use super::Feed;
use crate::batch::Batch;
use crate::error::EngineError;
use crate::ledger::Ledger;
use crate::link::{Header, InputPartition, Record};

const FROM: InputPartition = InputPartition { input: 0, partition: 3 };

/// Reads all columns of a topic with JSON keys and values.
fn source(columns: &[(&str, SqlType, Role)], timestamp: Option<TimeColumn>) -> SourceNode {
    let column =
        |(name, ty, role): &(&str, SqlType, Role)| Column { name: (*name).into(), ty: ty.clone(), role: role.clone() };
    let schema = Schema::new(columns.iter().map(column));
    let fields: Vec<_> = schema.columns().iter().map(|c| arrow_field(&c.name, &c.ty)).collect();
    SourceNode {
        topic: "t".into(),
        key_format: FormatSpec::key(Format::Json, schema.key_count()),
        value_format: FormatSpec::value(Format::Json),
        used: (0..schema.columns().len()).collect(),
        schema,
        pseudo: vec![],
        timestamp,
        window: None,
        rows: Arc::new(ArrowSchema::new(fields)),
    }
}

fn record<'a>(key: Option<&'a str>, value: Option<&'a str>, headers: &'a [Header<'a>]) -> Record<'a> {
    Record { offset: 7, timestamp: 5, key: key.map(str::as_bytes), value: value.map(str::as_bytes), headers }
}

/// One batch of these records and what the ledger says about the others.
fn feed(source: &SourceNode, records: &[Record<'_>]) -> Result<(Batch, Vec<String>), EngineError> {
    let (mut feed, mut ledger) =
        (Feed::new(source, &millstream_schemas::Registry::none())?, Ledger::new("q", vec!["t".into()]));
    feed.push(FROM, records, &mut ledger);
    let batch = feed.finish(FROM, &mut ledger)?.expect("some record");
    let entries = ledger.entries().iter().map(|e| String::from_utf8_lossy(&e.json).into_owned()).collect();
    Ok((batch, entries))
}

fn header<'a>(key: &'a str, value: Option<&'a str>) -> Header<'a> {
    Header { key: key.as_bytes(), value: value.map(str::as_bytes) }
}

#[test]
fn headers_travel_beside_the_rows_and_in_their_columns() {
    let source = source(
        &[
            ("H", Role::headers_type(), Role::Headers),
            ("A", SqlType::Bytes, Role::Header("a".into())),
            ("V", SqlType::Bigint, Role::Value),
        ],
        None,
    );
    let headers = [header("a", Some("1")), header("b", None), header("a", Some("2"))];
    let records = [
        record(None, Some(r#"{"V":1}"#), &headers),
        record(None, Some("no json"), &headers),
        record(None, Some(r#"{"V":2}"#), &[]),
    ];
    let (batch, ledger) = feed(&source, &records).expect("decodes");
    assert_eq!(ledger.len(), 1);
    let column = |i: usize| -> &ArrayRef { batch.rows.column(i) };
    assert_eq!(column(0).as_primitive::<Int64Type>().values(), &[1, 2]);
    let lists = column(1).as_list::<i32>();
    assert_eq!((lists.value_length(0), lists.value_length(1), lists.null_count()), (3, 0, 0));
    assert_eq!(column(2).as_binary::<i32>().iter().collect::<Vec<_>>(), [Some(&b"2"[..]), None]);
    let kept = batch.clone().filter(&vec![true, false].into()).expect("filters");
    let beside = kept.headers.expect("are there");
    assert_eq!(beside.row(0).collect::<Vec<_>>(), headers);

    let (without, _) = feed(&source, &records[2..]).expect("decodes");
    assert!(without.headers.is_none());
    assert_eq!(without.rows.column(1).as_list::<i32>().value_length(0), 0);
    assert!(without.rows.column(2).is_null(0));
}

#[test]
fn what_means_null_as_a_whole_is_no_key_and_no_value() {
    let columns =
        [("K1", SqlType::Integer, Role::Key), ("K2", SqlType::Integer, Role::Key), ("V", SqlType::Bigint, Role::Value)];
    let records = [
        record(None, Some("{}"), &[]),
        record(Some("null"), None, &[]),
        record(Some(r#"{"K1":null}"#), Some("null"), &[]),
    ];
    let (batch, ledger) = feed(&source(&columns, None), &records).expect("decodes");
    assert!(ledger.is_empty());
    let keyless = batch.keyless.as_ref().expect("some are").iter().collect::<Vec<_>>();
    assert_eq!(keyless, [true, true, false]);
    assert_eq!((0..3).map(|row| batch.is_absent(row)).collect::<Vec<_>>(), [false, true, true]);
    let (batch, _) = feed(&source(&columns, None), &[record(Some("{}"), Some("{}"), &[])]).expect("decodes");
    assert!(batch.keyless.is_none());
}

#[test]
fn a_column_may_tell_the_time() {
    let columns = [("T", SqlType::Bigint, Role::Value)];
    let column = |strict| Some(TimeColumn { position: 0, format: None, strict });
    let values = [r#"{"T":10}"#, r#"{"T":-1}"#, "{}", r#"{"T":30}"#];
    let mut records: Vec<Record<'_>> = values.iter().map(|v| record(None, Some(v), &[])).collect();
    records.push(record(None, None, &[]));
    let (batch, ledger) = feed(&source(&columns, column(false)), &records).expect("decodes");
    assert_eq!(batch.time.as_ref(), [10, 30, 5]);
    assert!(ledger.len() == 2 && ledger[0].contains("is negative") && ledger[1].contains("is null"), "{ledger:?}");
    let error = feed(&source(&columns, column(true)), &records).expect_err("stops").to_string();
    let expected = "Fatal user code error in TimestampExtractor callback for record at offset 7 of partition 3";
    assert!(error.starts_with(expected), "{error}");
}
