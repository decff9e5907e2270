//! The matrix of casts.

use serde_json::json;

use super::{check, evaluate, evaluate_in};
use crate::Settings;

#[test]
fn numbers_to_numbers() {
    check("CAST(L AS INT)", "INTEGER", json!(-1_294_967_296), json!(null));
    check("CAST(I AS BIGINT)", "BIGINT", json!(7), json!(null));
    check("CAST(I AS DOUBLE)", "DOUBLE", json!(7.0), json!(null));
    check("CAST(-2.7E0 AS INT)", "INTEGER", json!(-2), json!(-2));
    check("CAST(1E300 AS INT)", "INTEGER", json!(i32::MAX), json!(i32::MAX));
    check("CAST(-1E300 AS BIGINT)", "BIGINT", json!(i64::MIN), json!(i64::MIN));
    check("CAST(I AS DECIMAL(3, 1))", "DECIMAL(3, 1)", json!("7.0"), json!(null));
    check("CAST(N AS INT)", "INTEGER", json!(12), json!(null));
    check("CAST(-N AS BIGINT)", "BIGINT", json!(-12), json!(null));
    check("CAST(3000000000.9 AS INT)", "INTEGER", json!(-1_294_967_296), json!(-1_294_967_296));
    check("CAST(N AS DOUBLE)", "DOUBLE", json!(12.34), json!(null));
    check("CAST(N AS DECIMAL(3, 1))", "DECIMAL(3, 1)", json!("12.3"), json!(null));
    check("CAST(12.35 AS DECIMAL(3, 1))", "DECIMAL(3, 1)", json!("12.4"), json!("12.4"));
    check("CAST(D AS DECIMAL(2, 0))", "DECIMAL(2, 0)", json!("3"), json!(null));
    check("CAST(0.99E0 AS DECIMAL(2, 1))", "DECIMAL(2, 1)", json!("1.0"), json!("1.0"));
    check("CAST(N AS DECIMAL(50, 10))", "DECIMAL(50, 10)", json!("12.3400000000"), json!(null));
    check("CAST(W AS DOUBLE)", "DOUBLE", json!(1.234_567_890_123_456_8e33), json!(null));
}

#[test]
fn what_does_not_fit_fails_the_row() {
    let overflow = |p, s, limit, value| {
        json!(format!(
            "failed: Numeric field overflow: A field with precision {p} and scale {s} must round to an absolute value less \
             than 10^{limit}. Got {value}"
        ))
    };
    check("CAST(D * 100 AS DECIMAL(2, 1))", "DECIMAL(2, 1)", overflow(2, 1, 1, "250"), json!(null));
    check("CAST('99.95' AS DECIMAL(3, 1))", "DECIMAL(3, 1)", overflow(3, 1, 2, "99.95"), overflow(3, 1, 2, "99.95"));
    check("CAST(I * 100 AS DECIMAL(2, 1))", "DECIMAL(2, 1)", overflow(2, 1, 1, "a larger number"), json!(null));
    check("CAST(T AS INT)", "INTEGER", json!("failed: Cannot cast 'Stream' to INTEGER"), json!(null));
    check(
        "CAST(T AS DATE)",
        "DATE",
        json!("failed: Failed to parse date 'Stream': Text 'Stream-01-01' could not be parsed at index 0"),
        json!(null),
    );
    check(
        "CAST('NaN' AS DOUBLE)",
        "DOUBLE",
        json!("failed: Cannot cast 'NaN' to DOUBLE"),
        json!("failed: Cannot cast 'NaN' to DOUBLE"),
    );
    let long = format!("CAST('{}' AS INT)", "é".repeat(100));
    assert!(evaluate(&long).1[0].as_str().unwrap().ends_with(&format!("'{}…' to INTEGER", "é".repeat(64))));
}

#[test]
fn nulls_become_texts_where_the_session_says_so() {
    let settings = Settings::of([("ksql.cast.strings.preserve.nulls", "false")]);
    for (expr, full, null) in [
        ("CAST(I AS STRING)", json!("7"), json!("null")),
        ("CAST(B AS STRING)", json!("true"), json!("null")),
        ("CAST(A AS STRING)", json!("[10, 20, null]"), json!("null")),
        ("CAST(T AS STRING)", json!("Stream"), json!(null)),
        (
            "CAST(T AS DATE) IS NULL",
            json!("failed: Failed to parse date 'Stream': Text 'Stream-01-01' could not be parsed at index 0"),
            json!(true),
        ),
        ("CAST(I AS BIGINT)", json!(7), json!(null)),
    ] {
        assert_eq!(evaluate_in(&settings, expr).1, [full, null], "{expr}");
    }
}

#[test]
fn texts_to_everything() {
    for (text, ty, expected) in [
        (" 42 ", "INT", json!(42)),
        ("+42", "BIGINT", json!(42)),
        ("1e3", "DOUBLE", json!(1000.0)),
        ("1.5d", "DOUBLE", json!(1.5)),
        ("0.01", "DECIMAL(2, 1)", json!("0.0")),
        ("1e2", "DECIMAL(5, 1)", json!("100.0")),
        ("-.5", "DECIMAL(2, 1)", json!("-0.5")),
        ("YE", "BOOLEAN", json!(true)),
        (" t", "BOOLEAN", json!(true)),
        ("on", "BOOLEAN", json!(false)),
        ("", "BOOLEAN", json!(false)),
        ("AQI=", "BYTES", json!("AQI=")),
        ("AQI", "BYTES", json!("AQI=")),
        ("2020-02-29", "DATE", json!(18_321)),
        ("01:02", "TIME", json!(3_720_000)),
        ("2020-01-01T00:00:00.123Z", "TIMESTAMP", json!(1_577_836_800_123i64)),
    ] {
        check(
            &format!("CAST('{text}' AS {ty})"),
            &evaluate(&format!("CAST(NULL AS {ty})")).0,
            expected.clone(),
            expected,
        );
    }
}

#[test]
fn everything_to_text() {
    check("CAST(B AS STRING)", "STRING", json!("true"), json!(null));
    check("CAST(I AS STRING)", "STRING", json!("7"), json!(null));
    check("CAST(D AS STRING)", "STRING", json!("2.5"), json!(null));
    check("CAST(N AS STRING)", "STRING", json!("12.34"), json!(null));
    check("CAST(W AS STRING)", "STRING", json!("1234567890123456789012345678901234.56"), json!(null));
    check("CAST(DA AS STRING)", "STRING", json!("2020-01-01"), json!(null));
    check("CAST(TI AS STRING)", "STRING", json!("01:02:03"), json!(null));
    check("CAST(TS AS STRING)", "STRING", json!("2020-01-01T00:00:00.123"), json!(null));
    check("CAST(A AS STRING)", "STRING", json!("[10, 20, null]"), json!(null));
    check("CAST(M AS STRING)", "STRING", json!("{a=1, b=null}"), json!(null));
    check("CAST(ST AS STRING)", "STRING", json!("Struct{F=5,G=Struct{H=deep}}"), json!(null));
    for (double, text) in [
        ("1E0", "1.0"),
        ("1E7", "1.0E7"),
        ("12345678.9E0", "1.23456789E7"),
        ("9999999E0", "9999999.0"),
        ("1E-3", "0.001"),
        ("9.99E-4", "9.99E-4"),
        ("-1.5E300", "-1.5E300"),
        ("0E0", "0.0"),
        ("1E10", "1.0E10"),
    ] {
        check(&format!("CAST({double} AS STRING)"), "STRING", json!(text), json!(text));
    }
}

#[test]
fn times_to_times_and_collections_to_collections() {
    check("CAST(TS AS DATE)", "DATE", json!(18_262), json!(null));
    check("CAST(TS AS TIME)", "TIME", json!(123), json!(null));
    check("DATEADD(DAYS, 3, DA)", "DATE", json!(18_265), json!(null));
    check("TIMESTAMPSUB(HOURS, 1, TS)", "TIMESTAMP", json!(1_577_833_200_123i64), json!(null));
    check("FORMAT_TIMESTAMP(TS, 'H:mm z', 'Asia/Tokyo')", "STRING", json!("9:00 JST"), json!(null));
    check("CAST(DA AS TIMESTAMP)", "TIMESTAMP", json!(1_577_836_800_000i64), json!(null));
    check("CAST(A AS ARRAY<STRING>)", "ARRAY<STRING>", json!(["10", "20", null]), json!(null));
    check("CAST(M AS MAP<STRING, DOUBLE>)", "MAP<STRING, DOUBLE>", json!({"a": 1.0, "b": null}), json!(null));
    check(
        "CAST(ST AS STRUCT<F STRING, X INT>)",
        "STRUCT<`F` STRING, `X` INTEGER>",
        json!({"F": "5", "X": null}),
        json!(null),
    );
    check("CAST(I AS INT)", "INTEGER", json!(7), json!(null));
    check("CAST(NULL AS ARRAY<INT>)", "ARRAY<INTEGER>", json!(null), json!(null));
    check(
        "CAST(ARRAY['1', 'x'] AS ARRAY<INT>)",
        "ARRAY<INTEGER>",
        json!("failed: Cannot cast 'x' to INTEGER"),
        json!("failed: Cannot cast 'x' to INTEGER"),
    );
}

#[test]
fn null_has_any_type() {
    for ty in [
        "BOOLEAN",
        "INTEGER",
        "BIGINT",
        "DOUBLE",
        "DECIMAL(4, 2)",
        "DECIMAL(40, 2)",
        "STRING",
        "BYTES",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "ARRAY<INTEGER>",
        "MAP<STRING, INTEGER>",
        "STRUCT<`A` INTEGER>",
        "STRUCT< >",
        "ARRAY<MAP<STRING, STRUCT<`A` ARRAY<DECIMAL(40, 2)>>>>",
    ] {
        check(&format!("CAST(NULL AS {ty})"), ty, json!(null), json!(null));
    }
}

/// Casts of what a row holds must not fail the other rows of its batch.
#[test]
fn a_bad_collection_fails_its_own_row_only() {
    let catalog = crate::testing::catalog(
        "CREATE STREAM S (A ARRAY<STRING>, M MAP<STRING, STRING>, ST STRUCT<F STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');",
    );
    let rows = ["1", "x", "3"].map(|v| json!({"A": [v], "M": {"k": v}, "ST": {"F": v}}));
    for (cast, good) in [
        ("CAST(A AS ARRAY<INT>)", [json!([1]), json!([3])]),
        ("CAST(M AS MAP<STRING, INT>)", [json!({"k": 1}), json!({"k": 3})]),
        ("CAST(ST AS STRUCT<F INT>)", [json!({"F": 1}), json!({"F": 3})]),
    ] {
        let sql = format!("SELECT {cast} AS X FROM S EMIT CHANGES;");
        let statement = millstream_sql::parse(&sql).unwrap().remove(0);
        let Ok(crate::Plan::Select { topology, .. }) = crate::plan(&statement, &catalog, &Settings::default()) else {
            panic!("{cast}")
        };
        let results = crate::testing::run(&topology, &rows);
        let values: Vec<_> = results.rows.iter().map(|r| r["X"].clone()).collect();
        assert_eq!(values, [good[0].clone(), json!(null), good[1].clone()], "{cast}");
        assert_eq!(results.failures, ["Cannot cast 'x' to INTEGER"], "{cast}");
    }
}
