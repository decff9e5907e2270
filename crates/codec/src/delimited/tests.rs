//! Tests of the DELIMITED format.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use millstream_types::{Column, Delimiter, Format, FormatSpec, Role, SqlType};

use crate::{Decoder, Payloads, decoder, encoder};

pub(super) const COMMA: FormatSpec = FormatSpec::value(Format::Delimited);

pub(super) fn column(name: &str, ty: SqlType) -> Column {
    Column { name: name.into(), ty, role: Role::Value }
}

pub(super) fn decoder_of(spec: FormatSpec, columns: &[Column]) -> Box<dyn Decoder> {
    decoder(spec, columns, &(0..columns.len()).collect::<Vec<_>>(), &millstream_schemas::Registry::none()).unwrap()
}

/// The payloads of these columns; `None` for a null one.
pub(super) fn encoded(spec: FormatSpec, columns: &[Column], arrays: &[ArrayRef]) -> Vec<Option<String>> {
    let mut out = Payloads::default();
    encoder(spec, columns).unwrap().encode(arrays, None, &mut out).unwrap();
    out.iter().map(|payload| payload.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())).collect()
}

/// The arrays, each proven to be well-formed and as long as the others.
pub(super) fn finish(decoder: &mut dyn Decoder) -> Vec<ArrayRef> {
    let rows = decoder.rows();
    let arrays = decoder.finish();
    for array in &arrays {
        assert_eq!(array.len(), rows);
        array.to_data().validate_full().unwrap();
    }
    assert_eq!(decoder.rows(), 0);
    arrays
}

fn shown(array: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default().with_null("null");
    ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string()
}

/// The one row that this payload is, as Arrow prints it, or why it is none.
fn read_one(columns: &[Column], payload: &str) -> Result<String, String> {
    let mut decoder = decoder_of(COMMA, columns);
    let pushed = decoder.push(Some(payload.as_bytes()));
    assert_eq!(decoder.rows(), usize::from(pushed.is_ok()));
    let arrays = finish(&mut *decoder);
    pushed.map_err(|e| e.0)?;
    Ok(arrays.iter().map(|array| shown(array, 0)).collect::<Vec<_>>().join(" | "))
}

#[test]
fn values_are_parsed_as_java_does() {
    let decimal = |precision, scale| SqlType::Decimal { precision, scale };
    for (ty, text, expected) in [
        (SqlType::Boolean, "TRUE", Ok("true")),
        (SqlType::Boolean, "yes", Ok("false")),
        (SqlType::Boolean, " true", Ok("false")),
        (SqlType::Integer, "33", Ok("33")),
        (SqlType::Integer, "\"-22\"", Ok("-22")),
        (SqlType::Integer, "+5", Ok("5")),
        (SqlType::Integer, " 5", Err("field 1 (`C`): \" 5\" does not fit INTEGER")),
        (SqlType::Integer, "5.0", Err("field 1 (`C`): \"5.0\" does not fit INTEGER")),
        (SqlType::Integer, "2147483648", Err("field 1 (`C`): \"2147483648\" does not fit INTEGER")),
        (SqlType::Bigint, "998877665544332211", Ok("998877665544332211")),
        (SqlType::Bigint, "1e3", Err("field 1 (`C`): \"1e3\" does not fit BIGINT")),
        (SqlType::Double, " 1.5e1 ", Ok("15.0")),
        (SqlType::Double, "NaN", Ok("NaN")),
        (SqlType::Double, "one", Err("field 1 (`C`): \"one\" does not fit DOUBLE")),
        (decimal(6, 4), "12.3650", Ok("12.3650")),
        (decimal(6, 4), "\"12.0\"", Ok("12.0000")),
        (decimal(6, 4), "12.36501", Err("field 1 (`C`): \"12.36501\" does not fit DECIMAL(6, 4) without rounding")),
        (decimal(6, 4), "123", Err("field 1 (`C`): \"123\" does not fit DECIMAL(6, 4) without rounding")),
        (decimal(6, 4), "1,2", Err("Column count mismatch on deserialization. expected: 1, got: 2")),
        (decimal(76, 1), "1e74", Ok("1".to_owned() + &"0".repeat(74) + ".0").as_deref().map_err(|e: &&str| *e)),
        (SqlType::String, "Hey", Ok("Hey")),
        (SqlType::String, "\"a,\"\"b\"\"\"\"\"", Ok("a,\"b\"\"")),
        (SqlType::String, "\"\"", Ok("null")),
        (SqlType::Bytes, "IQ==", Ok("21")),
        (SqlType::Bytes, "IQ", Ok("21")),
        (SqlType::Bytes, "IR==", Ok("21")),
        (SqlType::Bytes, "I Q=", Err("field 1 (`C`): \"I Q=\" does not fit BYTES as base64")),
        (SqlType::Date, "10", Ok("1970-01-11")),
        (SqlType::Date, "1970-01-11", Err("field 1 (`C`): \"1970-01-11\" does not fit DATE")),
        (SqlType::Date, "3000000000", Err("field 1 (`C`): \"3000000000\" does not fit DATE")),
        (SqlType::Time, "3600001", Ok("01:00:00.001")),
        (SqlType::Time, "86400001", Err("field 1 (`C`): \"86400001\" does not fit TIME")),
        (SqlType::Timestamp, "-1", Ok("1969-12-31T23:59:59.999")),
        (SqlType::Integer, "", Err("No fields in record")),
        (SqlType::Integer, "\r\n", Err("No fields in record")),
        (SqlType::Integer, "\n7\nand more", Ok("7")),
        (SqlType::Integer, "\"7", Err("EOF reached before encapsulated token finished")),
    ] {
        let found = read_one(&[column("C", ty.clone())], text);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{ty} from {text:?}");
    }
}

#[test]
fn only_used_fields_are_parsed_and_all_are_counted() {
    let columns = [column("A", SqlType::Integer), column("B", SqlType::String), column("C", SqlType::Double)];
    let mut decoder = decoder(COMMA, &columns, &[2, 1], &millstream_schemas::Registry::none()).unwrap();
    assert_eq!(decoder.push(Some(b"not a number,b,1.5")), Ok(true));
    assert_eq!(decoder.push(None), Ok(false));
    assert_eq!(decoder.push(Some(b",,")), Ok(true));
    for bad in [&b"1,b"[..], b"1,b,2,3", b"1,b,two", b"1,b,\"2\"x", b"1,\xff,2", b""] {
        assert!(decoder.push(Some(bad)).is_err());
    }
    assert_eq!(decoder.push(Some(b"1,\"x\ny\",2\r\n")), Ok(true));
    decoder.push(Some(b"1,z,9")).unwrap();
    decoder.truncate(4);
    let arrays = finish(&mut *decoder);
    let rows: Vec<String> =
        (0..4).map(|row| format!("{} {}", shown(&arrays[0], row), shown(&arrays[1], row))).collect();
    assert_eq!(rows, ["1.5 b", "null null", "null null", "2.0 x\ny"]);
}

#[test]
fn rows_are_written_as_commons_csv_does() {
    let columns = [
        column("N", SqlType::Bigint),
        column("S", SqlType::String),
        column("D", SqlType::Double),
        column("M", SqlType::Decimal { precision: 6, scale: 4 }),
        column("B", SqlType::Boolean),
        column("Y", SqlType::Bytes),
        column("T", SqlType::Timestamp),
    ];
    let lines = [
        ("1,a b,1.5,12.0,TRUE,IQ,7", "1,a b,1.5,12.0000,true,IQ==,7"),
        ("-5,\"q\"\"q\",1e10,-1,f,,", "\"-5\",\"q\"\"q\",1.0E10,-1.0000,false,,"),
        (",\"x,y\",,,,,", ",\"x,y\",,,,,"),
        (",#,-0.001,0,,Iw==,-1", ",\"#\",-0.001,0.0000,,Iw==,-1"),
    ];
    let mut decoder = decoder_of(COMMA, &columns);
    for (line, _) in lines {
        decoder.push(Some(line.as_bytes())).unwrap();
    }
    let arrays = finish(&mut *decoder);
    let written = encoded(COMMA, &columns, &arrays);
    assert_eq!(
        written.iter().flatten().collect::<Vec<_>>(),
        lines.map(|(_, expected)| expected).iter().collect::<Vec<_>>()
    );

    let semicolon = FormatSpec { delimiter: Delimiter::parse(";").unwrap(), ..COMMA };
    assert_eq!(encoded(semicolon, &columns[..2], &arrays[..2]).remove(2).unwrap(), ";x,y");
    let dot = FormatSpec { delimiter: Delimiter::parse(".").unwrap(), ..COMMA };
    assert_eq!(encoded(dot, &columns[2..4], &arrays[2..4]).remove(0).unwrap(), "\"1.5\".\"12.0000\"");

    let mut out = Payloads::default();
    let absent = BooleanBuffer::from(vec![true, false, false, true]);
    encoder(COMMA, &columns[..1]).unwrap().encode(&arrays[..1], Some(&absent), &mut out).unwrap();
    assert_eq!(out.iter().collect::<Vec<_>>(), [None, Some(&b"\"-5\""[..]), Some(b""), None]);
}

#[test]
fn nested_types_are_refused() {
    let columns = [column("A", SqlType::Integer), column("B", SqlType::Struct([].into()))];
    let expected = "The 'DELIMITED' format does not support type 'STRUCT', column: `B`";
    assert_eq!(decoder(COMMA, &columns, &[0], &millstream_schemas::Registry::none()).err().unwrap().0, expected);
    assert_eq!(encoder(COMMA, &columns).err().unwrap().0, expected);
}
