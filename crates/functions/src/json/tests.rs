//! Reading, finding and writing on texts of every kind, damaged ones included.

use super::{Kind, Parser, Path, Value};
use crate::Error;

/// The compact text of the first value.
fn compact(text: &str) -> Result<Option<String>, Error> {
    let mut parser = Parser::default();
    let value = parser.read(text)?;
    Ok(value.map(|value| written(&value)))
}

fn written(value: &Value<'_>) -> String {
    let mut out = String::new();
    let written: Result<(), ()> = value.write(|piece| {
        out.push_str(piece);
        Ok(())
    });
    written.unwrap();
    out
}

#[track_caller]
fn becomes(text: &str, expected: &str) {
    assert_eq!(compact(text).unwrap().as_deref(), Some(expected), "{text}");
}

#[test]
fn values_are_written_compactly() {
    becomes(" 1 ", "1");
    becomes("[ ]", "[]");
    becomes("{ }", "{}");
    becomes("[[], {}, [[1]]]", "[[],{},[[1]]]");
    becomes(
        "{\"a\" : [1 , {\"b\":null}] ,\n\"c\":true, \"d\":{\"e\":false}}",
        r#"{"a":[1,{"b":null}],"c":true,"d":{"e":false}}"#,
    );
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    becomes(&deep, &deep);
}

#[test]
fn numbers_keep_their_digits() {
    for number in ["123456789012345678901234567890", "1.10", "-12.50", "0.000001", "1E+400", "0", "1E+99999999999"] {
        becomes(number, number);
        becomes(&format!("[{number}]"), &format!("[{number}]"));
    }
    becomes("-0", "0");
}

/// As Java prints `new BigDecimal(text)`.
#[test]
fn exponents_are_spelled_as_java_does() {
    for (text, expected) in [
        ("1e3", "1E+3"),
        ("-1.50e10", "-1.50E+10"),
        ("12e5", "1.2E+6"),
        ("2.5e1", "25"),
        ("2.50e1", "25.0"),
        ("-1E-2", "-0.01"),
        ("0.0000001", "1E-7"),
        ("0.00000010", "1.0E-7"),
        ("1e-400", "1E-400"),
        ("-0.0", "0.0"),
        ("0e5", "0E+5"),
        ("0.0000000", "0E-7"),
        ("10e0", "10"),
    ] {
        becomes(text, expected);
        becomes(&format!("{{\"a\":[{text}]}}"), &format!("{{\"a\":[{expected}]}}"));
    }
}

#[test]
fn strings_are_escaped_where_they_must_be() {
    becomes(r#""\u0041\/é\n\u001f\"""#, r#""A/é\n\u001F\"""#);
    becomes(r#""\ud83d\ude00""#, "\"😀\"");
    becomes(r#""\ud83dx\ude00""#, "\"?x?\"");
    becomes(r#""\ud83d\u0041""#, "\"?A\"");
    becomes(r#"{"\u0062\t":"\\"}"#, r#"{"b\t":"\\"}"#);
}

#[test]
fn of_repeated_names_the_last_counts() {
    becomes(r#"{"a":1,"b":2,"\u0061":{"c":[3]},"d":4,"b":[5,6]}"#, r#"{"a":{"c":[3]},"b":[5,6],"d":4}"#);
    becomes(r#"[{"x":{"a":1,"a":2},"x":{"a":3,"a":4}},7]"#, r#"[{"x":{"a":4}},7]"#);
}

#[test]
fn only_the_first_value_is_read() {
    becomes(r#"{"a":1}}"#, r#"{"a":1}"#);
    becomes("[1]x", "[1]");
    becomes("\"a\"b", "\"a\"");
    becomes("1 x", "1");
    becomes("true]", "true");
    assert_eq!(compact(" \t\n").unwrap(), None);
    assert_eq!(compact("").unwrap(), None);
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    for (text, expected) in [
        ("abc", "a value expected instead of 'a' at byte 0"),
        ("'a'", "a value expected instead of '\\'' at byte 0"),
        ("NaN", "a value expected instead of 'N' at byte 0"),
        ("nul", "null expected instead of 'n' at byte 0"),
        ("trueé", "true alone expected instead of 't' at byte 0"),
        ("01", "a number without leading zeros expected instead of the end at byte 2"),
        ("1.", "a digit expected instead of the end at byte 2"),
        ("-", "a digit expected instead of the end at byte 1"),
        ("1e+", "a digit expected instead of the end at byte 3"),
        ("1x", "white space after a number expected instead of 'x' at byte 1"),
        ("[1", "',' or ']' expected instead of the end at byte 2"),
        ("[1,]", "a value expected instead of ']' at byte 3"),
        ("[1}", "',' or ']' expected instead of '}' at byte 2"),
        ("{\"a\" 1}", "':' expected instead of '1' at byte 5"),
        ("{\"a\":1,}", "a name in quotes expected instead of '}' at byte 7"),
        ("{a:1}", "a name in quotes expected instead of 'a' at byte 1"),
        ("\"a", "'\"' expected instead of the end at byte 2"),
        ("\"\\x\"", "an escape that JSON knows expected instead of '\\\\' at byte 1"),
        ("\"\\u12g4\"", "an escape that JSON knows expected instead of '\\\\' at byte 1"),
        ("\"a\nb\"", "no control character in a string expected instead of '\\n' at byte 2"),
    ] {
        let error = compact(text).unwrap_err();
        assert_eq!(error, Error::Data(format!("Invalid JSON: {expected}")), "{text}");
    }
}

#[test]
fn every_cut_of_a_text_is_read_or_refused() {
    let text = r#"{"a":[1,-2.5e+3,"\ud83d\ude00é",null],"b":{"c":{},"d":[]},"a":true}"#;
    let mut parser = Parser::default();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(end == 0 || parser.read(&text[..end]).is_err(), "{}", &text[..end]);
    }
    assert_eq!(parser.read(text).unwrap().unwrap().kind(), Kind::Object);
}

#[track_caller]
fn finds(text: &str, path: &str, expected: Option<&str>) {
    let mut parser = Parser::default();
    let value = parser.read(text).unwrap().unwrap();
    let found = Path::read(path).unwrap().find(value);
    assert_eq!(found.map(|value| written(&value)).as_deref(), expected, "{path}");
}

#[test]
fn paths_lead_to_members_and_items() {
    let text = r#"{"a":{"b":[1,{"c":"x"}],"0":"zero"},"@t-y:p_e":2,"x.y":{"it's":3,"\"\\":4},"\u00e9":5,"a/b":6}"#;
    finds(text, "$.a.b[1].c", Some("\"x\""));
    finds(text, "$.a.b.1", Some(r#"{"c":"x"}"#));
    finds(text, "$.a[0]", Some("\"zero\""));
    finds(text, "$[a]['b'][\"0\"]", Some("1"));
    finds(text, "$.@t-y:p_e", Some("2"));
    finds(text, "$['x.y'].it", None);
    finds(text, "$['x.y'][\"it's\"]", Some("3"));
    finds(text, "$['x.y']['it\\'s']", Some("3"));
    finds(text, r#"$["x.y"]["\"\\"]"#, Some("4"));
    finds(text, "$.é", Some("5"));
    finds(text, "$.a/b", Some("6"));
    finds(text, "$.a.b[2]", None);
    finds(text, "$.a.b[-1]", None);
    finds(text, "$.a.b.length", None);
    finds(text, "$.@t-y:p_e.deeper", None);
    finds("[[7]]", "$", Some("[[7]]"));
    finds("[[7]]", "$[0][0]", Some("7"));
}

#[test]
fn malformed_paths_are_refused() {
    for path in
        ["", "a", ".a", "$a", "$.", "$..a", "$.a b", "$.*", "$[*]", "$[0", "$['a]", "$['a\\b']", "$[]", "$.a[", "$ "]
    {
        assert_eq!(Path::read(path).unwrap_err(), Error::Data(format!("Invalid JSON path: '{path}'")));
    }
}

/// Whether two values are the same, numbers however they are spelled.
fn same(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value as Other;
    match (a, b) {
        (Other::Number(a), Other::Number(b)) => a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits),
        (Other::Array(a), Other::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Other::Object(a), Other::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Damaged texts are JSON to this reader exactly when they are to another one, and both read the same values.
#[test]
fn another_reader_agrees_on_damaged_texts() {
    let seeds = [
        r#"{"a":[1,-2.5e+3,"\u00e9\n",null,true],"b":{"c":{},"d":[[],"x"]},"a":false}"#,
        r#"[ 0.10, 10, {"k" : "v\\\"", "k2":[]} , "", -1E-2 ]"#,
    ];
    let bytes = b"{}[]\",:\\ \n0123456789.eE+-tfnu/ab";
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut parser = Parser::default();
    let mut read = 0;
    for round in 0..40_000 {
        let mut text = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..=draw(2) {
            let (at, byte) = (1 + draw(text.len() - 1), bytes[draw(bytes.len())]);
            match draw(3) {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        // An escape may have been cut in two.
        let Ok(text) = String::from_utf8(text) else { continue };
        let mut other = serde_json::Deserializer::from_str(&text);
        let other: Result<serde_json::Value, _> = serde::Deserialize::deserialize(&mut other);
        match (parser.read(&text), other) {
            (Ok(Some(value)), Ok(other)) => {
                let again: serde_json::Value = serde_json::from_str(&written(&value)).unwrap();
                // Java's integers have no -0.
                assert!(same(&again, &other) || text.contains("-0"), "{text}: {again} but {other}");
                read += 1;
            }
            (Err(_), Err(_)) => {}
            // The other one has no numbers of any size and no halves of surrogate pairs.
            (Ok(_), Err(e)) if e.to_string().contains("out of range") || e.to_string().contains("surrogate") => {}
            (mine, other) => panic!("{text}: {mine:?} but {other:?}"),
        }
    }
    assert!(read > 5_000, "{read} texts were still JSON");
}
