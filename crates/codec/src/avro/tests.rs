//! Avro: round trips of every type, other writers' schemas, defaults, and damage.

use std::sync::Arc;

use arrow::array::AsArray;
use millstream_schemas::{MemoryRegistry, Registry, Reused, SchemaKind, SchemaText, WriterSchema};
use millstream_types::{Format, FormatSpec, SqlType, StructField, Wrapping};

use crate::testing::{column, damage, decode, encode, every_type, registered, values};
use crate::{Payloads, decoder, encoder_with};

const AVRO: FormatSpec = FormatSpec::value(Format::Avro);

fn read(schema: &str, column_type: SqlType, payload: &[u8]) -> Result<String, String> {
    let registry = MemoryRegistry::new();
    registry.put("t-value", 7, SchemaText::new(SchemaKind::Avro, schema));
    let registry = Registry::new(Arc::new(registry));
    let columns = [column("V", column_type)];
    let spec = FormatSpec { wrapping: Some(Wrapping::Unwrap), ..AVRO };
    let mut decoder = decoder(spec, &columns, &[0], &registry).unwrap();
    let framed = [&[0, 0, 0, 0, 7], payload].concat();
    decoder.push(Some(&framed)).map_err(|e| e.0)?;
    let array = decoder.finish().remove(0);
    let shown = arrow::util::display::array_value_to_string(&array, 0);
    Ok(shown.unwrap())
}

#[test]
fn every_type_comes_back() {
    let (columns, arrays) = every_type();
    let (registry, schema) = registered(AVRO, &columns);
    let payloads = encode(AVRO, &columns, schema.as_ref(), &arrays);
    assert_eq!(decode(AVRO, &columns, &registry, &payloads), arrays);
    let bare = FormatSpec { wrapping: Some(Wrapping::Unwrap), ..AVRO };
    for (column, array) in columns.iter().zip(&arrays) {
        let columns = std::slice::from_ref(column);
        let (registry, schema) = registered(bare, columns);
        let payloads = encode(bare, columns, schema.as_ref(), std::slice::from_ref(array));
        assert_eq!(&decode(bare, columns, &registry, &payloads)[0], array, "{column}");
    }
}

#[test]
fn only_used_columns_are_decoded() {
    let (columns, arrays) = every_type();
    let (registry, schema) = registered(AVRO, &columns);
    let payloads = encode(AVRO, &columns, schema.as_ref(), &arrays);
    let mut decoder = decoder(AVRO, &columns, &[5, 1], &registry).unwrap();
    payloads.iter().for_each(|payload| assert!(decoder.push(payload).unwrap()));
    assert_eq!(decoder.finish(), [Arc::clone(&arrays[5]), Arc::clone(&arrays[1])]);
}

#[test]
fn damaged_payloads_are_refused_whole() {
    let (columns, arrays) = every_type();
    let (registry, schema) = registered(AVRO, &columns);
    damage(AVRO, &columns, &registry, &encode(AVRO, &columns, schema.as_ref(), &arrays));
}

#[test]
fn writers_types_are_taken_by_kafka_connects_rules() {
    for (schema, ty, payload, expected) in [
        ("\"int\"", SqlType::Bigint, &[20][..], Ok("10")),
        ("\"int\"", SqlType::String, &[20], Ok("10")),
        ("\"boolean\"", SqlType::String, &[1], Ok("true")),
        (r#"["null","long"]"#, SqlType::Bigint, &[2, 3], Ok("-2")),
        (r#"["long","null"]"#, SqlType::Bigint, &[0, 3], Ok("-2")),
        ("\"float\"", SqlType::Double, &[0, 0, 0xc0, 0x3f], Ok("1.5")),
        (r#"{"type":"enum","name":"E","symbols":["A","B"]}"#, SqlType::String, &[2], Ok("B")),
        (r#"{"type":"fixed","name":"F","size":2}"#, SqlType::Bytes, &[1, 2], Ok("0102")),
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}"#,
            SqlType::Decimal { precision: 6, scale: 2 },
            &[2, 15],
            Ok("1.50"),
        ),
        (r#"{"type":"map","values":"int"}"#, map(SqlType::Integer), &[4, 2, b'a', 2, 2, b'a', 4, 0], Ok("{a: 2}")),
        (
            r#"{"type":"array","items":{"type":"record","name":"E","connect.internal.type":"MapEntry",
               "fields":[{"name":"key","type":"int"},{"name":"value","type":"int"}]}}"#,
            map(SqlType::Integer),
            &[2, 14, 4, 0],
            Ok("{7: 2}"),
        ),
        ("\"long\"", SqlType::Integer, &[2], Err("$: expected what fits INTEGER, found a long")),
        ("\"string\"", SqlType::Boolean, &[2, b'a'], Err("$: expected what fits BOOLEAN, found a string")),
        ("\"int\"", SqlType::Integer, &[], Err("$: the payload ends too early")),
        (r#"["null","int"]"#, SqlType::Integer, &[8], Err("$: a union has no type 4")),
        (
            r#"{"type":"array","items":"null"}"#,
            SqlType::Array(Arc::new(SqlType::Integer)),
            &[0xfe, 0xff, 0xff, 0x7f, 0],
            Err("$: an array has too many items without content"),
        ),
    ] {
        let read = read(schema, ty, payload);
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{schema}");
    }
    assert!(read("{", SqlType::Integer, &[2]).unwrap_err().contains("not an Avro schema"));
}

#[test]
fn a_union_of_several_types_is_a_struct() {
    let union = r#"["null","int","string"]"#;
    let fields = [("INT", SqlType::Integer), ("STRING", SqlType::String)];
    let ty = SqlType::Struct(fields.map(|(name, ty)| StructField { name: name.into(), ty }).into());
    for (payload, expected) in [
        (&[2, 8][..], Ok("{INT: 4, STRING: }")),
        (&[4, 2, b'a'], Ok("{INT: , STRING: a}")),
        (&[0], Ok("")),
        (&[6], Err("$: a union has no type 3")),
    ] {
        let read = read(union, ty.clone(), payload);
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{payload:?}");
    }
    let schema = format!(r#"{{"type":"record","name":"R","fields":[{{"name":"V","type":{union}}}]}}"#);
    let columns = [column("V", ty)];
    let writer = WriterSchema {
        id: Some(3),
        schema: SchemaText::new(SchemaKind::Avro, schema),
        full_name: None,
        reused: Reused::ById,
    };
    let registry = MemoryRegistry::new();
    registry.put("t-value", 3, writer.schema.clone());
    let registry = Registry::new(Arc::new(registry));
    let framed = |payload: &[u8]| [&[0, 0, 0, 0, 3], payload].concat();
    let written = [framed(&[2, 8]), framed(&[4, 2, b'a']), framed(&[0])];
    let mut decoder = decoder(AVRO, &columns, &[0], &registry).unwrap();
    written.iter().for_each(|payload| assert!(decoder.push(Some(payload)).unwrap()));
    let mut payloads = Payloads::default();
    encoder_with(AVRO, &columns, Some(&writer)).unwrap().encode(&decoder.finish(), None, &mut payloads).unwrap();
    assert!(payloads.iter().eq(written.iter().map(|payload| Some(payload.as_slice()))));
}

fn map(value: SqlType) -> SqlType {
    SqlType::Map(Arc::new(SqlType::String), Arc::new(value))
}

#[test]
fn unknown_and_foreign_ids_are_refused() {
    let (columns, _) = (vec![column("V", SqlType::Integer)], ());
    let (registry, _) = registered(AVRO, &columns);
    let mut decoder = decoder(AVRO, &columns, &[0], &registry).unwrap();
    for (payload, expected) in [
        (&[0, 0, 0, 0, 9, 2][..], "$: schema 9: Schema 9 not found"),
        (b"{\"V\":1}", "$: Unknown magic byte: no id of a schema stands before it"),
        (&[0, 0], "$: it is too short for the id of a schema"),
    ] {
        assert_eq!(decoder.push(Some(payload)).unwrap_err().0, expected);
    }
    assert!(decoder.stalled().is_none());
    assert_eq!((decoder.push(None), decoder.rows()), (Ok(false), 1));
}

#[test]
fn names_match_in_any_case_and_missing_fields_have_defaults() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"first","type":"int","default":5},
        {"name":"extra","type":"string","default":"x"},{"name":"opt","type":["null","double"]},
        {"name":"inner","type":{"type":"record","name":"I","fields":[{"name":"N","type":["long","null"],"default":9}]}}]}"#;
    let inner = SqlType::Struct([StructField { name: "n".into(), ty: SqlType::Bigint }].into());
    let columns = [column("FIRST", SqlType::Integer), column("INNER", inner)];
    let writer = WriterSchema {
        id: Some(3),
        schema: SchemaText::new(SchemaKind::Avro, schema),
        full_name: None,
        reused: Reused::ById,
    };
    let registry = MemoryRegistry::new();
    registry.put("t-value", 3, writer.schema.clone());
    let registry = Registry::new(Arc::new(registry));
    let mut payloads = Payloads::default();
    let mut arrays = vec![values(&columns[0].ty, 0), values(&columns[1].ty, 1)];
    // A struct must be there: nothing stands for it.
    let there: Vec<bool> = (0..arrays[1].len()).map(|i| arrays[1].is_valid(i)).collect();
    let filter = arrow::array::BooleanArray::from(there);
    arrays.iter_mut().for_each(|a| *a = arrow::compute::filter(a, &filter).unwrap());
    encoder_with(AVRO, &columns, Some(&writer)).unwrap().encode(&arrays, None, &mut payloads).unwrap();
    let read = decode(AVRO, &[column("EXTRA", SqlType::String), columns[0].clone()], &registry, &payloads);
    assert!(read[0].as_string::<i32>().iter().all(|text| text == Some("x")));
    let (was, is) = (
        arrays[0].as_primitive::<arrow::datatypes::Int32Type>(),
        read[1].as_primitive::<arrow::datatypes::Int32Type>(),
    );
    assert!(was.iter().zip(is).all(|(was, is)| is == was.or(Some(5))));
    // A required field without a value and a default.
    let required = SchemaText::new(
        SchemaKind::Avro,
        r#"{"type":"record","name":"R","fields":[{"name":"first","type":"int"},{"name":"more","type":"int"}]}"#,
    );
    let writer = WriterSchema { schema: required, ..writer };
    let error = encoder_with(AVRO, &columns, Some(&writer)).unwrap().encode(&arrays, None, &mut payloads);
    assert!(error.unwrap_err().0.contains("a value is null that must not be"));
}

#[test]
fn what_stays_inside_needs_no_registry() {
    let (columns, arrays) = every_type();
    let registry = Registry::new(Arc::new(MemoryRegistry::new()));
    for format in [Format::Avro, Format::JsonSr] {
        let spec = FormatSpec::value(format);
        let payloads = encode(spec, &columns, None, &arrays);
        assert_eq!(decode(spec, &columns, &registry, &payloads), arrays, "{format}");
    }
}
