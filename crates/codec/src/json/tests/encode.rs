//! What is written.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, Date32Array, Float64Array, Int64Array, StringArray, Time32MillisecondArray,
    TimestampMillisecondArray,
};
use arrow::buffer::BooleanBuffer;
use millstream_types::{Column, SqlType};

use super::{BARE, WRAPPED, array, column, decimal, decoder_of, encoded, finish, map, structs};
use crate::{Payloads, encoder};

/// Writes one row of one bare column.
fn check(ty: SqlType, values: ArrayRef, expected: &[Option<&str>]) {
    let found = encoded(BARE, &[column("C", ty)], &[values]);
    assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
}

#[test]
fn scalars_are_written_as_jackson_does() {
    let doubles = vec![Some(1.0), Some(1e10), Some(-0.001), Some(f64::NAN), Some(f64::NEG_INFINITY), None];
    check(
        SqlType::Double,
        Arc::new(Float64Array::from(doubles)),
        &[Some("1.0"), Some("1.0E10"), Some("-0.001"), Some("\"NaN\""), Some("\"-Infinity\""), None],
    );
    check(
        SqlType::Bigint,
        Arc::new(Int64Array::from(vec![Some(i64::MIN), None])),
        &[Some("-9223372036854775808"), None],
    );
    check(
        SqlType::String,
        Arc::new(StringArray::from(vec![
            "plain",
            "",
            "q\"b\\s/",
            "\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}",
            "é😀 and then something longer\u{1b}|",
            "12345678\"",
        ])),
        &[
            Some(r#""plain""#),
            Some(r#""""#),
            Some(r#""q\"b\\s/""#),
            Some("\"\\u0000\\b\\t\\n\\u000B\\f\\r\\u001F\u{7f}\""),
            Some("\"é😀 and then something longer\\u001B|\""),
            Some(r#""12345678\"""#),
        ],
    );
    check(
        SqlType::Bytes,
        Arc::new(BinaryArray::from_opt_vec(vec![Some(b"variations"), Some(b""), None])),
        &[Some("\"dmFyaWF0aW9ucw==\""), Some("\"\""), None],
    );
    check(SqlType::Date, Arc::new(Date32Array::from(vec![-10])), &[Some("-10")]);
    check(SqlType::Time, Arc::new(Time32MillisecondArray::from(vec![86_400_000])), &[Some("86400000")]);
    check(
        SqlType::Timestamp,
        Arc::new(TimestampMillisecondArray::from(vec![1_526_075_913_000])),
        &[Some("1526075913000")],
    );
}

/// Reads and writes again.
fn copied(columns: &[Column], payload: &str) -> String {
    let mut decoder = decoder_of(WRAPPED, columns);
    decoder.push(Some(payload.as_bytes())).unwrap();
    encoded(WRAPPED, columns, &finish(&mut *decoder)).remove(0).unwrap()
}

#[test]
fn objects_have_all_columns_under_their_stored_names() {
    let columns = [
        column("A", SqlType::Integer),
        column("with \"quotes\"", array(array(SqlType::Integer))),
        column("M", map(structs(&[("f", SqlType::Boolean), ("D", decimal(6, 4))]))),
        column("E", structs(&[])),
        column("W", decimal(60, 2)),
    ];
    for (payload, expected) in [
        ("{}", r#"{"A":null,"with \"quotes\"":null,"M":null,"E":null,"W":null}"#),
        (r#"{"a":1.9,"with \"quotes\"":[[1,null],[],null],"m":{"k\n":{"f":true,"d":10},"n":null},"e":{},"w":-1e3}"#, {
            r#"{"A":1,"with \"quotes\"":[[1,null],[],null],"M":{"k\n":{"f":true,"D":10.0000},"n":null},"E":{},"W":-1000.00}"#
        }),
    ] {
        assert_eq!(copied(&columns, payload), expected);
        assert_eq!(copied(&columns, expected), expected);
    }
}

#[test]
fn slices_of_arrays_are_written_as_they_look() {
    let columns = [
        column("L", array(SqlType::String)),
        column("M", map(SqlType::Bigint)),
        column("S", structs(&[("X", array(SqlType::Integer))])),
    ];
    let payloads: Vec<_> = (0..10)
        .map(|i| match i % 3 {
            0 => format!(r#"{{"L":["{i}","x"],"M":{{"k{i}":{i}}},"S":{{"X":[{i}]}}}}"#),
            1 => r#"{"L":null,"M":null,"S":null}"#.to_owned(),
            _ => format!(r#"{{"L":[],"M":{{}},"S":{{"X":[{i},null]}}}}"#),
        })
        .collect();
    let mut decoder = decoder_of(WRAPPED, &columns);
    payloads.iter().for_each(|payload| assert_eq!(decoder.push(Some(payload.as_bytes())), Ok(true)));
    let arrays = finish(&mut *decoder);
    for (start, length) in [(0, 10), (3, 4), (7, 3), (5, 0)] {
        let slices: Vec<_> = arrays.iter().map(|array| array.slice(start, length)).collect();
        let found: Vec<_> = encoded(WRAPPED, &columns, &slices).into_iter().map(Option::unwrap).collect();
        assert_eq!(found, payloads[start..start + length]);
    }
}

#[test]
fn absent_rows_are_null_payloads_wrapped_or_not() {
    let columns = [column("C", SqlType::Integer)];
    let mut decoder = decoder_of(BARE, &columns);
    for payload in ["1", "null", "3", "null"] {
        decoder.push(Some(payload.as_bytes())).unwrap();
    }
    let arrays = finish(&mut *decoder);
    let absent = BooleanBuffer::from(vec![false, false, true, true]);
    for (spec, expected) in
        [(WRAPPED, [Some("{\"C\":1}"), Some("{\"C\":null}"), None, None]), (BARE, [Some("1"), None, None, None])]
    {
        let mut out = Payloads::default();
        encoder(spec, &columns).unwrap().encode(&arrays, Some(&absent), &mut out).unwrap();
        let found: Vec<_> = out.iter().map(|p| p.map(|bytes| std::str::from_utf8(bytes).unwrap())).collect();
        assert_eq!(found, expected);
    }
}
