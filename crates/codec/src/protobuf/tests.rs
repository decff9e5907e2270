//! Protocol Buffers: round trips of every type, defaults, other writers' schemas, and damage.

use std::sync::Arc;

use arrow::array::ArrayRef;
use millstream_schemas::{MemoryRegistry, Registry, Reused, SchemaKind, SchemaText, WriterSchema};
use millstream_types::{Column, Format, FormatSpec, Nullability, SqlType, StructField};

use crate::testing::{column, damage, decode, encode, every_type, registered, values};
use crate::{Payloads, decoder, encoder_with};

const SPECS: [FormatSpec; 4] = [
    FormatSpec::value(Format::Protobuf),
    FormatSpec::value(Format::ProtobufNosr),
    FormatSpec { nullability: Nullability::Optional, ..FormatSpec::value(Format::Protobuf) },
    FormatSpec { nullability: Nullability::Wrapper, ..FormatSpec::value(Format::ProtobufNosr) },
];

#[test]
fn every_type_comes_back() {
    let (columns, arrays) = every_type();
    for spec in SPECS {
        let (registry, schema) = registered(spec, &columns);
        let once = decode(spec, &columns, &registry, &encode(spec, &columns, schema.as_ref(), &arrays));
        // What null has become stays so.
        let twice = decode(spec, &columns, &registry, &encode(spec, &columns, schema.as_ref(), &once));
        assert_eq!(once, twice, "{spec:?}");
        for ((column, was), is) in columns.iter().zip(&arrays).zip(&once) {
            let scalar = !matches!(column.ty, SqlType::Array(_) | SqlType::Map(..) | SqlType::Struct(_));
            // Messages such as those of dates can always be left out, scalars only where it is told.
            let message =
                matches!(column.ty, SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::Decimal { .. });
            if scalar && (message || spec.nullability != Nullability::Lost) {
                assert_eq!(was, is, "{column}");
            } else if scalar {
                assert_eq!(is.null_count(), 0, "{column}");
            }
        }
    }
}

#[test]
fn damaged_payloads_are_refused_whole() {
    let (columns, arrays) = every_type();
    for spec in SPECS {
        let (registry, schema) = registered(spec, &columns);
        damage(spec, &columns, &registry, &encode(spec, &columns, schema.as_ref(), &arrays));
    }
}

fn writer(text: &str, name: Option<&str>) -> (Registry, WriterSchema) {
    let schema = SchemaText::new(SchemaKind::Protobuf, text);
    let registry = MemoryRegistry::new();
    registry.put("t-value", 1, schema.clone());
    let full_name = name.map(str::to_owned);
    (Registry::new(Arc::new(registry)), WriterSchema { id: Some(1), schema, full_name, reused: Reused::ById })
}

fn shown(array: &ArrayRef) -> Vec<String> {
    (0..array.len()).map(|i| arrow::util::display::array_value_to_string(array, i).unwrap()).collect()
}

/// Reads a message that stands behind the place of the first message.
fn read(text: &str, column: &Column, message: &[u8]) -> Result<String, String> {
    let (registry, _) = writer(text, None);
    let mut decoder = decoder(SPECS[0], std::slice::from_ref(column), &[0], &registry).unwrap();
    decoder.push(Some(&[&[0, 0, 0, 0, 1, 0], message].concat())).map_err(|e| e.0)?;
    Ok(shown(&decoder.finish()[0]).remove(0))
}

#[test]
fn messages_of_others_are_read() {
    let list = |ty| SqlType::Array(Arc::new(ty));
    let map = SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Integer));
    for (fields, ty, message, expected) in [
        ("sint32 a = 1;", SqlType::Integer, &[8, 3][..], Ok("-2")),
        ("int32 a = 1;", SqlType::Integer, &[8, 1, 8, 2], Ok("2")),
        ("uint32 a = 1;", SqlType::Bigint, &[8, 255, 255, 255, 255, 15], Ok("4294967295")),
        ("fixed32 a = 1;", SqlType::Bigint, &[13, 1, 0, 0, 0], Ok("1")),
        ("float a = 1;", SqlType::Double, &[13, 0, 0, 0xc0, 0x3f], Ok("1.5")),
        ("enum E { A = 0; B = 5; } E a = 1;", SqlType::String, &[8, 5], Ok("B")),
        ("enum E { A = 0; B = 5; } E a = 1;", SqlType::String, &[], Ok("A")),
        ("int64 a = 1;", SqlType::String, &[8, 7], Ok("7")),
        ("repeated int32 a = 1;", list(SqlType::Integer), &[10, 2, 1, 2, 8, 3], Ok("[1, 2, 3]")),
        ("map<string, int32> a = 1;", map.clone(), &[10, 3, 10, 1, b'k', 10, 5, 10, 1, b'k', 16, 4], Ok("{k: 4}")),
        ("map<int32, int32> a = 1;", map.clone(), &[10, 4, 8, 7, 16, 4], Ok("{7: 4}")),
        ("map<bool, int32> a = 1;", map.clone(), &[10, 2, 16, 4], Ok("{false: 4}")),
        ("optional int32 a = 1;", SqlType::Integer, &[], Ok("")),
        ("int32 a = 1; group b = 2;", SqlType::Integer, &[8, 1], Err("$: schema 1: ")),
        ("int32 a = 1;", SqlType::Integer, &[19, 8, 1, 20, 8, 6], Ok("6")),
        ("int32 a = 1;", SqlType::Integer, &[10, 1, 0], Err("$.a: a field has another wire type")),
        ("int32 a = 1;", SqlType::Boolean, &[8, 1], Err("$.a: a value does not fit")),
        ("google.type.Date a = 1;", SqlType::Date, &[10, 2, 8, 1], Err("$.a: there is no such date")),
    ] {
        let text = format!("syntax = \"proto3\"; import \"google/type/date.proto\"; message M {{ {fields} }}");
        let read = read(&text, &column("A", ty), message);
        match expected {
            Ok(expected) => assert_eq!(read.as_deref(), Ok(expected), "{fields}"),
            Err(start) => assert!(read.as_ref().is_err_and(|e| e.starts_with(start)), "{fields}: {read:?}"),
        }
    }
}

#[test]
fn a_oneof_is_a_struct_of_its_fields() {
    let text = "syntax = \"proto3\"; message M { oneof x { int32 a = 1; string b = 2; } }";
    let field = |name: &str, ty| StructField { name: name.into(), ty };
    let union = column("X_0", SqlType::Struct([field("A", SqlType::Integer), field("B", SqlType::String)].into()));
    for (message, expected) in [(&[8, 5][..], "A: 5"), (&[8, 5, 18, 1, b'k'], "B: k")] {
        assert!(read(text, &union, message).unwrap().contains(expected), "{expected}");
    }
    assert_eq!(read(text, &union, &[]).as_deref(), Ok(""));
}

#[test]
fn the_message_that_is_named_is_written_and_its_place_told() {
    let text =
        "syntax = \"proto3\"; message One { int32 x = 1; } message Two { message In { string n = 1; } In v = 2; }";
    let (registry, schema) = writer(text, Some("Two"));
    let columns = [column("V", SqlType::Struct([StructField { name: "N".into(), ty: SqlType::String }].into()))];
    let arrays = [values(&columns[0].ty, 0)];
    let payloads = encode(SPECS[0], &columns, Some(&schema), &arrays);
    assert_eq!(payloads.get(0).unwrap()[..7], [0, 0, 0, 0, 1, 2, 2]);
    let read = decode(SPECS[0], &columns, &registry, &payloads);
    assert_eq!(read[0].null_count(), arrays[0].null_count());
    let (_, schema) = writer(text, Some("Three"));
    assert!(encoder_with(SPECS[0], &columns, Some(&schema)).err().unwrap().0.contains("no message Three"));
    let mut decoder = decoder(SPECS[0], &columns, &[0], &registry).unwrap();
    for place in [&[2, 8][..], &[4, 0], &[0xfe, 0xff, 0xff, 0xff, 0x0f], &[1]] {
        assert!(decoder.push(Some(&[&[0, 0, 0, 0, 1], place].concat())).is_err(), "{place:?}");
    }
    assert!(Payloads::default().is_empty());
}
