//! Whole records: names, columns that are not used, refusals and what they leave behind, sizes and depths.

use millstream_types::{Column, SqlType};

use super::{BARE, WRAPPED, array, column, decimal, decoder_of, finish, map, read_one, shown, structs};
use crate::decoder;

fn orders() -> Vec<Column> {
    vec![
        column("ID", SqlType::Bigint),
        column("ITEM", structs(&[("NAME", SqlType::String), ("TAGS", array(SqlType::String))])),
        column("COUNTS", map(array(SqlType::Integer))),
        column("lower", SqlType::Double),
        column("PRICE", decimal(10, 2)),
        column("OK", SqlType::Boolean),
        column("RAW", SqlType::Bytes),
    ]
}

const GOOD: [&str; 5] = [
    r#"{"ID":1,"ITEM":{"NAME":"a","TAGS":["x","y"]},"COUNTS":{"k":[1,2],"l":[]},"lower":1.5,"PRICE":9.99,"OK":true,"RAW":"YQ=="}"#,
    r#"{}"#,
    r#"null"#,
    r#"{"unknown":{"deep":[[{"x":"\u0041"}]]},"id":2,"item":{"tags":[null]},"counts":{},"LOWER":7,"raw":""}"#,
    r#"{"ok":false,"PRICE":"0.10","ITEM":null,"ID":null}"#,
];

/// Each breaks at another place, most of them deep inside and late.
const BAD: [&str; 14] = [
    "",
    " ",
    "1",
    "[]",
    "{",
    r#"{"ID":"x"}"#,
    r#"{"ID":1,"ITEM":{"NAME":"a","TAGS":["x",{"#,
    r#"{"ID":1,"ITEM":{"NAME":"a","TAGS":["x"]},"COUNTS":{"k":[1,2],"l":[3,"y"]}}"#,
    r#"{"ID":1,"ITEM":{"NAME":"a","TAGS":["x"]},"COUNTS":{"k":[1,2],"l"#,
    r#"{"ID":1,"ITEM":{"NAME":"a\"#,
    r#"{"ID":1,"lower":1.5,"PRICE":9.999}"#,
    r#"{"ID":1,"RAW":"YQ==","RAW":"?"}"#,
    r#"{"ID":1,"unknown":[1,2}"#,
    "{\"ID\":1,\"unknown\":\"\u{1}\"}",
];

#[test]
fn refused_records_leave_nothing_behind() {
    let columns = orders();
    let mut clean = decoder_of(WRAPPED, &columns);
    let mut dirty = decoder_of(WRAPPED, &columns);
    for _ in 0..2 {
        for (rows, good) in GOOD.into_iter().enumerate() {
            for bad in BAD {
                assert!(dirty.push(Some(bad.as_bytes())).is_err(), "{bad}");
                assert_eq!(dirty.rows(), rows, "{bad}");
            }
            clean.push(Some(good.as_bytes())).unwrap();
            dirty.push(Some(good.as_bytes())).unwrap();
        }
        clean.push(None).unwrap();
        dirty.push(None).unwrap();
        dirty.push(Some(GOOD[0].as_bytes())).unwrap();
        dirty.truncate(GOOD.len() + 1); // as when the record's key was refused
        let arrays = finish(&mut *clean);
        assert_eq!(arrays, finish(&mut *dirty));
        let ids: Vec<_> = (0..=GOOD.len()).map(|row| shown(&arrays[0], row)).collect();
        assert_eq!(ids, ["1", "null", "null", "2", "null", "null"]);
        let items: Vec<_> = (0..=GOOD.len()).map(|row| shown(&arrays[1], row)).collect();
        assert_eq!(items, ["{NAME: a, TAGS: [x, y]}", "null", "null", "{NAME: null, TAGS: [null]}", "null", "null"]);
    }
}

#[test]
fn reasons_name_the_place() {
    let reason = |payload: &str| read_one(WRAPPED, &orders(), payload.as_bytes()).unwrap_err().0;
    for (payload, expected) in [
        (r#"{"ITEM":{"TAGS":["x",{}]},"ID":[]}"#, "$.ID: expected a number, found an array"),
        (r#"{"item":{"tags":3}}"#, "$.ITEM.TAGS: expected an array, found a number"),
        (r#"{"COUNTS":{"a b":[1,2,false]}}"#, r#"$.COUNTS["a b"][2]: expected a number, found a boolean"#),
        (r#"{"ID":1,"u":[1,}"#, "$: not valid JSON at byte 15: expected a value"),
        ("", "$: not valid JSON at byte 0: expected a value"),
        ("3", "$: expected an object, found a number"),
    ] {
        assert_eq!(reason(payload), expected, "{payload}");
    }
    let long = format!(r#"{{"ID":"{}"}}"#, "é".repeat(10_000));
    assert_eq!(reason(&long), format!("$.ID: \"{}\"… does not fit BIGINT", "é".repeat(40)));
    let bytes = [b"{\"ID\":\"".as_slice(), b"\xff\"}"].concat();
    assert_eq!(read_one(WRAPPED, &orders(), &bytes).unwrap_err().0, "$: not valid UTF-8 at byte 7");
}

#[test]
fn only_used_columns_are_read_in_the_order_asked_for() {
    let columns = orders();
    let mut decoder = decoder(WRAPPED, &columns, &[4, 0], &millstream_schemas::Registry::none()).unwrap();
    decoder.push(Some(GOOD[0].as_bytes())).unwrap();
    // A clash in a column that nobody asks for is nobody's business; broken JSON is.
    decoder.push(Some(br#"{"ITEM":5,"ID":7,"OK":"no","RAW":{}}"#)).unwrap();
    assert!(decoder.push(Some(br#"{"ITEM":05,"ID":7}"#)).is_err());
    let arrays = finish(&mut *decoder);
    let rows = |column: usize| (0..2).map(|row| shown(&arrays[column], row)).collect::<Vec<_>>();
    assert_eq!((arrays.len(), rows(0), rows(1)), (2, vec!["9.99".into(), "null".into()], vec!["1".into(), "7".into()]));
}

#[test]
fn no_column_at_all_may_be_used() {
    for (spec, good, bad) in [(WRAPPED, "{\"A\":[]}", "[]"), (BARE, "[1]", "[1")] {
        let mut decoder =
            decoder(spec, &[column("A", SqlType::Integer)], &[], &millstream_schemas::Registry::none()).unwrap();
        decoder.push(Some(good.as_bytes())).unwrap();
        decoder.push(None).unwrap();
        assert!(decoder.push(Some(bad.as_bytes())).is_err());
        assert_eq!((decoder.rows(), decoder.finish().len(), decoder.rows()), (2, 0, 0));
    }
}

#[test]
fn bare_values_are_the_column() {
    let columns = [column("FOO", structs(&[("F1", SqlType::String)]))];
    assert_eq!(read_one(BARE, &columns, br#"{"f1":"bar"}"#).unwrap(), "{F1: bar}");
    assert_eq!(read_one(BARE, &columns, b"null").unwrap(), "null");
    assert_eq!(read_one(WRAPPED, &columns, br#"{"foo":{"f1":"bar"}}"#).unwrap(), "{F1: bar}");
    let error = decoder(BARE, &orders(), &[0], &millstream_schemas::Registry::none()).err().unwrap();
    assert_eq!(error.0, "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
}

#[test]
fn a_payload_is_its_first_value() {
    let columns = [column("C", SqlType::String)];
    for (spec, payload, expected) in [
        (WRAPPED, r#"{"c":"x"}{"c":"y"}"#, Some("x")),
        (WRAPPED, "{\"c\":\"x\"}\0 and more", Some("x")),
        (WRAPPED, "null,", Some("null")),
        (WRAPPED, "nullable", None),
        (BARE, "\"x\"y", Some("x")),
        (BARE, "[1]2", Some("[1]")),
        (BARE, "1 2", Some("1")),
        (BARE, "1,2", None),
        (BARE, "true]", Some("true")),
        (BARE, "true1", None),
    ] {
        assert_eq!(read_one(spec, &columns, payload.as_bytes()).ok().as_deref(), expected, "{payload}");
    }
}

#[test]
fn a_null_for_the_whole_row_is_told_from_a_row() {
    let columns = [column("C", SqlType::Integer)];
    for (spec, payload, row) in [
        (WRAPPED, Some("null"), false),
        (WRAPPED, None, false),
        (WRAPPED, Some("{}"), true),
        (BARE, Some("null"), true),
        (BARE, None, false),
    ] {
        assert_eq!(decoder_of(spec, &columns).push(payload.map(str::as_bytes)), Ok(row), "{payload:?}");
    }
}

#[test]
fn names_fold_and_match_as_in_ksqldb() {
    let columns =
        [column("STRASSE", SqlType::Integer), column("@TIMESTAMP", SqlType::Integer), column("x.y", SqlType::Integer)];
    let payload = r#"{"straße":1,"@timestamp":2,"x.y":3,"X.Y":4}"#;
    assert_eq!(read_one(WRAPPED, &columns, payload.as_bytes()).unwrap(), "1 | 2 | 3");
    let escaped = r#"{"\u0053trasse":1,"@time\u0073tamp":2,"x\u002ey":3}"#;
    assert_eq!(read_one(WRAPPED, &columns, escaped.as_bytes()).unwrap(), "1 | 2 | 3");
    let with_mark = "\u{feff}{\"STRASSE\":1}";
    assert_eq!(read_one(WRAPPED, &columns, with_mark.as_bytes()).unwrap(), "1 | null | null");
}

#[test]
fn map_keys_must_be_text() {
    let by_number = SqlType::Map(SqlType::Integer.into(), SqlType::Double.into());
    for ty in [by_number.clone(), array(structs(&[("M", by_number)]))] {
        let error = decoder(WRAPPED, &[column("M", ty)], &[0], &millstream_schemas::Registry::none()).err().unwrap();
        assert_eq!(error.0, "JSON only supports MAP types with STRING keys");
    }
}

#[test]
fn depth_is_bounded_without_using_the_stack() {
    let columns = [column("S", SqlType::String), column("A", array(array(SqlType::Integer)))];
    let nested = |depth: usize, open: &str, close: &str| format!("{}{}", open.repeat(depth), close.repeat(depth));
    for member in ["s", "a", "unknown"] {
        for (open, close) in [("[", "]"), ("{\"x\":", "}"), ("[{\"x\":", "}]")] {
            for bomb in [open.repeat(100_000), nested(100_000, open, close), nested(1_001, open, close)] {
                let payload = format!("{{\"{member}\":{bomb}}}");
                assert!(read_one(WRAPPED, &columns, payload.as_bytes()).is_err());
            }
        }
    }
    assert!(read_one(WRAPPED, &columns, "[".repeat(100_000).as_bytes()).is_err());
    for member in ["s", "unknown"] {
        for (open, close) in [("[", "]"), ("[[{\"x\":[", "]}]]")] {
            let depth = 1_000 / close.len();
            let payload = format!("{{\"{member}\":{}}}", nested(depth, open, close));
            assert!(read_one(WRAPPED, &columns, payload.as_bytes()).is_ok(), "{member} {open}");
        }
    }
}

#[test]
fn ten_megabytes_are_read() {
    let columns = [column("S", SqlType::String), column("N", decimal(38, 2))];
    let text = "0123456789".repeat(1 << 20);
    let payload = format!(r#"{{"unknown":"{text}","S":"{text}","N":1.{}}}"#, "0".repeat(10 << 20));
    let mut decoder = decoder_of(WRAPPED, &columns);
    decoder.push(Some(payload.as_bytes())).unwrap();
    decoder.push(Some(br#"{"S":"small"}"#)).unwrap();
    let arrays = finish(&mut *decoder);
    assert_eq!(shown(&arrays[0], 0), text);
    assert_eq!((shown(&arrays[0], 1), shown(&arrays[1], 0)), ("small".to_owned(), "1.00".to_owned()));
}

#[test]
fn thousands_of_columns_in_any_order() {
    let columns: Vec<_> = (0..2_000).map(|i| column(&format!("C{i}"), SqlType::Integer)).collect();
    let object = |order: &mut dyn Iterator<Item = usize>| {
        format!("{{{}}}", order.map(|i| format!("\"c{i}\":{i}")).collect::<Vec<_>>().join(","))
    };
    let payloads = [object(&mut (0..2_000)), object(&mut (0..2_000).rev()), object(&mut (0..2_000).step_by(7))];
    let mut decoder = decoder_of(WRAPPED, &columns);
    for payload in payloads.iter().chain(&payloads) {
        decoder.push(Some(payload.as_bytes())).unwrap();
    }
    let arrays = finish(&mut *decoder);
    for (i, array) in arrays.iter().enumerate() {
        for row in 0..6 {
            let expected = if row % 3 == 2 && i % 7 != 0 { "null".to_owned() } else { i.to_string() };
            assert_eq!(shown(array, row), expected);
        }
    }
}

#[test]
fn what_came_before_does_not_change_what_a_name_means() {
    let columns = [column("A", SqlType::String), column("A\":\"B", SqlType::String)];
    let read_after = |before: Option<&str>, payload: &str| {
        let mut decoder = decoder_of(WRAPPED, &columns);
        let rows = before.map_or(0, |before| usize::from(decoder.push(Some(before.as_bytes())).is_ok()));
        let refused = decoder.push(Some(payload.as_bytes())).map_err(|e| e.to_string());
        refused.map(|_| finish(&mut *decoder).iter().map(|a| shown(a, rows)).collect::<Vec<_>>())
    };
    let payloads = [
        r#"{"A":"1"}"#,
        r#"{ "A" : "1" }"#,
        r#"{"A":"B":"1"}"#,
        r#"{"A\":\"B":"1"}"#,
        r#"{"\u0041":"1"}"#,
        r#"{"A":"#,
        r#"{"A"}"#,
        r#"{"A":"1","A":"2"}"#,
        r#"{"a":"1","A":"2","a":"3"}"#,
    ];
    for payload in payloads {
        let alone = read_after(None, payload);
        for before in payloads {
            assert_eq!(read_after(Some(before), payload), alone, "{before} {payload}");
        }
    }
}
