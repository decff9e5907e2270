//! Each type's cell, nulls included.

use std::sync::Arc;

use arrow::array::{
    BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, Float64Array, Int32Array, Int64Array,
    ListArray, MapBuilder, StringArray, StringBuilder, StructArray, Time32MillisecondArray, TimestampMillisecondArray,
};
use arrow::array::{Int64Builder, MapFieldNames};
use arrow::datatypes::{DataType, Field, Fields, Schema, i256};
use millstream_types::{Role, StructField};

use super::*;

/// The rows of one column of `ty`, as response text.
fn check(ty: SqlType, array: ArrayRef, want: &[&str]) {
    let column = Column { name: "C".into(), ty: ty.clone(), role: Role::Value };
    let schema = Schema::new(vec![Field::new("C", array.data_type().clone(), true)]);
    let rows = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
    let cells = Cells::new(&[column]);
    assert!(cells.fits(&rows), "{ty}: {:?}", rows.schema());
    for (row, want) in want.iter().enumerate() {
        let mut out = Vec::new();
        cells.write_row(&rows, row, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("[{want}]"), "{ty} row {row}");
    }
}

#[test]
fn scalars() {
    check(
        SqlType::Boolean,
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        &["true", "false", "null"],
    );
    check(SqlType::Integer, Arc::new(Int32Array::from(vec![Some(i32::MIN), None])), &["-2147483648", "null"]);
    check(SqlType::Bigint, Arc::new(Int64Array::from(vec![i64::MAX])), &["9223372036854775807"]);
    check(
        SqlType::Double,
        Arc::new(Float64Array::from(vec![1.0, 1e10, 0.1, f64::NAN, f64::NEG_INFINITY])),
        &["1.0", "1.0E10", "0.1", "\"NaN\"", "\"-Infinity\""],
    );
    check(SqlType::String, Arc::new(StringArray::from(vec!["a\"\n\u{1}é"])), &["\"a\\\"\\n\\u0001é\""]);
    check(SqlType::Bytes, Arc::new(BinaryArray::from(vec![&[0_u8, 255][..]])), &["\"AP8=\""]);
}

#[test]
fn decimals_are_plain_numbers() {
    let array = Decimal128Array::from(vec![Some(150), Some(-5), None]).with_precision_and_scale(4, 2).unwrap();
    check(SqlType::Decimal { precision: 4, scale: 2 }, Arc::new(array), &["1.50", "-0.05", "null"]);
    let array = Decimal256Array::from(vec![i256::from_i128(7)]).with_precision_and_scale(50, 20).unwrap();
    check(SqlType::Decimal { precision: 50, scale: 20 }, Arc::new(array), &["0.00000000000000000007"]);
}

#[test]
fn dates_and_times() {
    check(
        SqlType::Date,
        Arc::new(Date32Array::from(vec![0, -1, i32::MAX])),
        &["\"1970-01-01\"", "\"1969-12-31\"", "null"],
    );
    let times = Time32MillisecondArray::from(vec![0, 36_930_000, 36_930_500, 36_900_000]);
    check(SqlType::Time, Arc::new(times), &["\"00:00\"", "\"10:15:30\"", "\"10:15:30.500\"", "\"10:15\""]);
    let stamps = TimestampMillisecondArray::from(vec![0, -1, i64::MAX]);
    check(
        SqlType::Timestamp,
        Arc::new(stamps),
        &["\"1970-01-01T00:00:00.000\"", "\"1969-12-31T23:59:59.999\"", "null"],
    );
}

#[test]
fn nested_values() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    check(SqlType::Array(Arc::new(SqlType::Integer)), Arc::new(list), &["[1,null]", "null", "[]"]);

    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut map = MapBuilder::new(Some(names), StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("k");
    map.values().append_null();
    map.keys().append_value("l");
    map.values().append_value(2);
    map.append(true).unwrap();
    check(
        SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Bigint)),
        Arc::new(map.finish()),
        &["{\"k\":null,\"l\":2}"],
    );

    let fields = Fields::from(vec![Field::new("A", DataType::Utf8, true)]);
    let array = StructArray::new(fields, vec![Arc::new(StringArray::from(vec![Some("x"), None]))], None);
    let ty = SqlType::Struct([StructField { name: "A".into(), ty: SqlType::String }].into());
    check(ty, Arc::new(array), &["{\"A\":\"x\"}", "{\"A\":null}"]);
}

#[test]
fn other_columns_do_not_fit() {
    let schema = Schema::new(vec![Field::new("C", DataType::Int64, true)]);
    let rows = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(vec![1]))]).unwrap();
    let column = Column { name: "C".into(), ty: SqlType::Integer, role: Role::Value };
    assert!(!Cells::new(&[column]).fits(&rows));
    assert!(!Cells::new(&[]).fits(&rows));
}
