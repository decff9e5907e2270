//! Tests of the KAFKA format.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, StringArray};
use arrow::buffer::BooleanBuffer;
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};

use crate::{Payloads, decoder, encoder};

const KAFKA: FormatSpec = FormatSpec::value(Format::Kafka);

fn column(name: &str, ty: SqlType, role: Role) -> Column {
    Column { name: name.into(), ty, role }
}

/// Each payload is the bytes of the row of `array` at the same place, both ways, whatever stands between.
fn check(ty: SqlType, payloads: &[Option<&[u8]>], array: ArrayRef, wrong: &[(&[u8], &str)]) {
    let columns = [column("C", ty, Role::Value)];
    let mut used = decoder(KAFKA, &columns, &[0], &millstream_schemas::Registry::none()).unwrap();
    let mut unused = decoder(KAFKA, &columns, &[], &millstream_schemas::Registry::none()).unwrap();
    for _ in 0..2 {
        for payload in payloads {
            for (bytes, reason) in wrong {
                assert_eq!(used.push(Some(bytes)).unwrap_err().0, *reason);
                assert_eq!(unused.push(Some(bytes)).unwrap_err().0, *reason);
            }
            used.push(*payload).unwrap();
            unused.push(*payload).unwrap();
        }
        used.push(payloads[0]).unwrap();
        used.truncate(payloads.len());
        assert_eq!((used.rows(), unused.rows()), (payloads.len(), payloads.len()));
        assert!(unused.finish().is_empty());
        let decoded = used.finish();
        decoded[0].to_data().validate_full().unwrap();
        assert_eq!(decoded, std::slice::from_ref(&array));
    }
    let mut out = Payloads::default();
    let mut encoder = encoder(KAFKA, &columns).unwrap();
    encoder.encode(&[Arc::clone(&array)], None, &mut out).unwrap();
    assert_eq!(out.iter().collect::<Vec<_>>(), payloads);
    out.clear();
    encoder.encode(&[array], Some(&BooleanBuffer::new_set(payloads.len())), &mut out).unwrap();
    assert_eq!(out.iter().collect::<Vec<_>>(), vec![None; payloads.len()]);
}

#[test]
fn numbers_are_big_endian() {
    check(
        SqlType::Integer,
        &[Some(&[0, 0, 1, 2]), None, Some(&[0xFF, 0xFF, 0xFF, 0xFE])],
        Arc::new(Int32Array::from(vec![Some(258), None, Some(-2)])),
        &[(b"", "expected 4 bytes of INTEGER, found 0"), (b"12345678", "expected 4 bytes of INTEGER, found 8")],
    );
    check(
        SqlType::Bigint,
        &[Some(&[0, 0, 0, 0, 0, 0, 1, 2]), None, Some(&[0x80, 0, 0, 0, 0, 0, 0, 0])],
        Arc::new(Int64Array::from(vec![Some(258), None, Some(i64::MIN)])),
        &[(b"1234", "expected 8 bytes of BIGINT, found 4")],
    );
    check(
        SqlType::Double,
        &[Some(&[0x3F, 0xF8, 0, 0, 0, 0, 0, 0]), None],
        Arc::new(Float64Array::from(vec![Some(1.5), None])),
        &[(b"123456789", "expected 8 bytes of DOUBLE, found 9")],
    );
}

#[test]
fn text_and_bytes_are_as_they_are() {
    check(
        SqlType::String,
        &[Some("né".as_bytes()), Some(b""), None],
        Arc::new(StringArray::from(vec![Some("né"), Some(""), None])),
        &[(b"ab\xff", "not valid UTF-8 at byte 2")],
    );
    check(
        SqlType::Bytes,
        &[Some(b"\xff\x00"), Some(b""), None],
        Arc::new(BinaryArray::from_opt_vec(vec![Some(b"\xff\x00"), Some(b""), None])),
        &[],
    );
}

#[test]
fn other_types_and_more_columns_are_refused() {
    for (ty, name) in [
        (SqlType::Boolean, "BOOLEAN"),
        (SqlType::Decimal { precision: 4, scale: 2 }, "DECIMAL"),
        (SqlType::Timestamp, "TIMESTAMP"),
        (SqlType::Array(Arc::new(SqlType::Integer)), "ARRAY"),
        (SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Integer)), "MAP"),
        (SqlType::Struct([].into()), "STRUCT"),
    ] {
        let columns = [column("C", ty, Role::Value)];
        let expected = format!("The 'KAFKA' format does not support type '{name}'");
        assert_eq!(decoder(KAFKA, &columns, &[0], &millstream_schemas::Registry::none()).err().unwrap().0, expected);
        assert_eq!(encoder(KAFKA, &columns).err().unwrap().0, expected);
    }
    let keys = [column("K1", SqlType::Integer, Role::Key), column("K2", SqlType::String, Role::Key)];
    let expected = "The 'KAFKA' format only supports a single field. Got: [`K1` INTEGER KEY, `K2` STRING KEY]";
    assert_eq!(encoder(KAFKA, &keys).err().unwrap().0, expected);
    let error = decoder(KAFKA, &keys, &[2], &millstream_schemas::Registry::none()).err().unwrap().0;
    assert_eq!(error, "column 2 of 2 cannot be used, or not twice");
}
