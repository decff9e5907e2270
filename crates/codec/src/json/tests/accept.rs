//! What each column type takes, and the reasons that all else gets.

use millstream_types::SqlType;

use super::{BARE, array, column, decimal, map, read_one, structs};

/// Reads `payload` as a bare value of `ty`: what Arrow shows of it, or the reason of its refusal.
fn check(ty: &SqlType, cases: &[(&str, Result<&str, &str>)]) {
    for (payload, expected) in cases {
        let columns = [column("C", ty.clone())];
        let found = read_one(BARE, &columns, payload.as_bytes()).map_err(|rejected| rejected.0);
        assert_eq!(found.as_deref().map_err(|reason| reason.as_str()), *expected, "{ty} from {payload}");
    }
}

#[test]
fn boolean() {
    check(
        &SqlType::Boolean,
        &[
            ("true", Ok("true")),
            (" false\r\n\t ", Ok("false")),
            ("null", Ok("null")),
            ("\"true\"", Err("$: expected a boolean, found a string")),
            ("1", Err("$: expected a boolean, found a number")),
            ("{}", Err("$: expected a boolean, found an object")),
            ("tru", Err("$: not valid JSON at byte 0: expected true")),
        ],
    );
}

#[test]
fn integers() {
    check(
        &SqlType::Integer,
        &[
            ("0", Ok("0")),
            ("-12", Ok("-12")),
            ("7.9", Ok("7")),
            ("-7.9e1", Ok("-79")),
            ("2147483648", Ok("-2147483648")),
            ("\"42\"", Ok("42")),
            ("\"+42\"", Ok("42")),
            ("\"\\u0034\\u0032\"", Ok("42")),
            ("\"2147483648\"", Err("$: \"2147483648\" does not fit INTEGER")),
            ("\"4.2\"", Err("$: \"4.2\" does not fit INTEGER")),
            ("\" 4\"", Err("$: \" 4\" does not fit INTEGER")),
            ("\"\"", Err("$: \"\" does not fit INTEGER")),
            ("true", Err("$: expected a number, found a boolean")),
            ("[1]", Err("$: expected a number, found an array")),
        ],
    );
    check(
        &SqlType::Bigint,
        &[
            ("9223372036854775807", Ok("9223372036854775807")),
            ("9223372036854775808", Ok("-9223372036854775808")),
            ("18446744073709551621", Ok("5")),
            ("1.5E+3", Ok("1500")),
            ("\"-9223372036854775808\"", Ok("-9223372036854775808")),
            ("\"9223372036854775808\"", Err("$: \"9223372036854775808\" does not fit BIGINT")),
            ("null", Ok("null")),
        ],
    );
}

#[test]
fn double() {
    check(
        &SqlType::Double,
        &[
            ("10", Ok("10.0")),
            ("-0.25", Ok("-0.25")),
            ("1e3", Ok("1000.0")),
            ("0.1", Ok("0.1")),
            ("123456789012345678901234567890", Ok("1.2345678901234568e29")),
            ("\"1.5\"", Ok("1.5")),
            ("\" -1.5e1 \"", Ok("-15.0")),
            ("\"NaN\"", Ok("NaN")),
            ("\"-Infinity\"", Ok("-inf")),
            ("\"one\"", Err("$: \"one\" does not fit DOUBLE")),
            ("false", Err("$: expected a number, found a boolean")),
        ],
    );
}

#[test]
fn decimals_are_exact() {
    check(
        &decimal(6, 4),
        &[
            ("10", Ok("10.0000")),
            ("0.0001", Ok("0.0001")),
            ("-1.10", Ok("-1.1000")),
            ("1.23450000", Ok("1.2345")),
            ("12e-1", Ok("1.2000")),
            ("\"10.1\"", Ok("10.1000")),
            ("\".5\"", Ok("0.5000")),
            ("100", Err("$: \"100\" does not fit DECIMAL(6, 4) without rounding")),
            ("0.00001", Err("$: \"0.00001\" does not fit DECIMAL(6, 4) without rounding")),
            ("\"ten\"", Err("$: \"ten\" does not fit DECIMAL(6, 4) without rounding")),
            ("true", Err("$: expected a number, found a boolean")),
        ],
    );
    // Beyond what a double or a 64-bit integer holds.
    check(
        &decimal(38, 18),
        &[("12345678901234567890.123456789012345678", Ok("12345678901234567890.123456789012345678"))],
    );
    let wide = "-123456789012345678901234567890123456789012345678901234567890.1234567890123456";
    check(&decimal(76, 16), &[(wide, Ok(wide)), ("1e-16", Ok("0.0000000000000001"))]);
}

#[test]
fn string_takes_the_text_of_anything() {
    let long = "x".repeat(300);
    check(
        &SqlType::String,
        &[
            ("\"plain\"", Ok("plain")),
            ("\"\"", Ok("")),
            ("\"é😀\"", Ok("é😀")),
            (r#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00|""#, Ok("\"\\/\u{8}\u{c}\n\r\té😀|")),
            (&format!("\"{long}\\n\""), Ok(&format!("{long}\n"))),
            ("null", Ok("null")),
            ("12345678901234567890123", Ok("12345678901234567890123")),
            ("-0", Ok("0")),
            ("1.10", Ok("1.10")),
            ("1e5", Ok("1E+5")),
            ("true", Ok("true")),
            (r#" { "b" : [ 1 , {"c":null} , [ ] ], "a" : { } ,"\u0041\/":"q\"\u001f" } "#, {
                Ok(r#"{"b":[1,{"c":null},[]],"a":{},"A/":"q\"\u001F"}"#)
            }),
            (r#"["a", 1, [null , "", {"x" : 1.50}], true]"#, Ok(r#"[a, 1, [null, , {"x":1.50}], true]"#)),
            ("[]", Ok("[]")),
            (r#""\ud83d""#, Err("$: half of a surrogate pair in a string")),
            (r#""\ud83dx\ude00""#, Err("$: half of a surrogate pair in a string")),
            (r#""\ude00\ud83d""#, Err("$: half of a surrogate pair in a string")),
            (r#""\ud83d\u0041""#, Err("$: half of a surrogate pair in a string")),
            (r#""\x""#, Err("$: not valid JSON at byte 1: expected an escape that JSON knows")),
            (r#""\u12g4""#, Err("$: not valid JSON at byte 1: expected an escape that JSON knows")),
            ("\"a\nb\"", Err("$: not valid JSON at byte 2: expected no control character in a string")),
            ("\"abc", Err("$: not valid JSON at byte 4: expected '\"'")),
            ("\"abc\\\"", Err("$: not valid JSON at byte 6: expected '\"'")),
            ("{\"a\":1e99999999999}", Err("$: \"1e99999999999\" does not fit a decimal number")),
        ],
    );
}

#[test]
fn bytes_are_base64() {
    check(
        &SqlType::Bytes,
        &[
            ("\"dmFyaWF0aW9ucw==\"", Ok("766172696174696f6e73")),
            ("\"dmFy\\naWF0 aW9ucw==\"", Ok("766172696174696f6e73")),
            ("\"\"", Ok("")),
            ("\"YR==\"", Ok("61")),
            ("null", Ok("null")),
            ("\"YQ\"", Err("$: \"YQ\" does not fit BYTES as base64")),
            ("\"%%%%\"", Err("$: \"%%%%\" does not fit BYTES as base64")),
            ("12", Err("$: expected base64 text, found a number")),
        ],
    );
}

#[test]
fn times() {
    check(
        &SqlType::Date,
        &[
            ("10", Ok("1970-01-11")),
            ("\"-1\"", Ok("1969-12-31")),
            ("3000000000", Err("$: \"3000000000\" does not fit DATE")),
            ("\"1970-01-11\"", Err("$: \"1970-01-11\" does not fit DATE")),
        ],
    );
    check(
        &SqlType::Time,
        &[
            ("3600001", Ok("01:00:00.001")),
            ("\"0\"", Ok("00:00:00")),
            ("86400001", Err("$: \"86400001\" does not fit TIME")),
            ("-1", Err("$: \"-1\" does not fit TIME")),
        ],
    );
    check(
        &SqlType::Timestamp,
        &[
            ("1526075913000", Ok("2018-05-11T21:58:33")),
            ("\"-1\"", Ok("1969-12-31T23:59:59.999")),
            ("{}", Err("$: expected a number, found an object")),
        ],
    );
}

#[test]
fn arrays_maps_and_structs_nest() {
    check(
        &array(array(SqlType::Integer)),
        &[
            ("[[0, \"1\"] , [2.5], null, [], [null]]", Ok("[[0, 1], [2], null, [], [null]]")),
            ("[[0], [1, true]]", Err("$[1][1]: expected a number, found a boolean")),
            ("{}", Err("$: expected an array, found an object")),
            ("[1", Err("$[0]: expected an array, found a number")),
            ("[[1 2]]", Err("$[0]: not valid JSON at byte 4: expected ',' or ']'")),
            ("[[1,]]", Err("$[0][1]: not valid JSON at byte 4: expected a value")),
        ],
    );
    let nested = map(structs(&[("A", array(SqlType::Bigint)), ("lower", SqlType::String)]));
    check(
        &nested,
        &[
            (r#"{"k":{"a":[1],"lower":"x"},"n":null,"":{}}"#, {
                Ok("{k: {A: [1], lower: x}, n: null, : {A: null, lower: null}}")
            }),
            (r#"{"k":{"LOWER":"x","Lower":"y"}}"#, Ok("{k: {A: null, lower: null}}")),
            (r#"{"k":{"A":[1,2,{}]}}"#, Err(r#"$["k"].A[2]: expected a number, found an object"#)),
            (r#"{"k":{"A":[1]}"#, Err("$: not valid JSON at byte 14: expected ',' or '}'")),
            (r#"{"k" 1}"#, Err("$: not valid JSON at byte 5: expected ':'")),
            (r#"{k:1}"#, Err("$: not valid JSON at byte 1: expected a name in quotes")),
            (r#"{"k":{},}"#, Err("$: not valid JSON at byte 8: expected a name in quotes")),
            ("[]", Err("$: expected an object, found an array")),
        ],
    );
}

#[test]
fn of_repeated_names_the_last_counts() {
    check(
        &structs(&[("A", array(SqlType::Bigint)), ("B", map(SqlType::Integer))]),
        &[
            (r#"{"A":[1,2],"B":{"x":1},"A":[3],"A":null,"A":[4,5]}"#, Ok("{A: [4, 5], B: {x: 1}}")),
            (r#"{"a":[1],"A":[2]}"#, Ok("{A: [2], B: null}")),
            (r#"{"A":[2],"a":[1]}"#, Ok("{A: [2], B: null}")),
            (r#"{"A":null,"a":[1]}"#, Ok("{A: null, B: null}")),
            (r#"{"b":{"x":1},"B":{"y":2,"z":3},"b":{}}"#, Ok("{A: null, B: {y: 2, z: 3}}")),
            (r#"{"B":{"x":1,"y":2,"x":3,"z":4,"y":5}}"#, Ok("{A: null, B: {x: 3, z: 4, y: 5}}")),
            (r#"{"B":{"x":1,"\u0078":2}}"#, Ok("{A: null, B: {x: 2}}")),
        ],
    );
    // Many enough to be sorted: 20 keys, each three times.
    let entries = |rounds: std::ops::Range<u32>, sep: &str| {
        rounds.flat_map(|r| (0..20).map(move |k| (r, k))).map(|(r, k)| format!("{k}:{r}")).collect::<Vec<_>>().join(sep)
    };
    let quoted = |text: String| text.split(',').map(|e| e.replacen(':', "\":", 1)).collect::<Vec<_>>().join(",\"");
    let payload = format!("{{\"{}}}", quoted(entries(0..3, ",")));
    let expected = format!("{{{}}}", entries(2..3, ", ").replace(':', ": "));
    check(&map(SqlType::Integer), &[(&payload, Ok(&expected))]);
}

#[test]
fn numbers_follow_the_grammar() {
    for payload in
        ["01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "1_0", "--1", "1.5.2", "1,", ""]
    {
        for ty in [SqlType::Bigint, SqlType::Double, SqlType::String, decimal(10, 2)] {
            assert!(read_one(BARE, &[column("C", ty.clone())], payload.as_bytes()).is_err(), "{ty} from {payload:?}");
        }
    }
    for payload in ["0", "-0", "0.0", "10e0", "1E-2", "1e+2", "1 2", "1\n,"] {
        for ty in [SqlType::Bigint, SqlType::Double, SqlType::String, decimal(10, 2)] {
            assert!(read_one(BARE, &[column("C", ty.clone())], payload.as_bytes()).is_ok(), "{ty} from {payload:?}");
        }
    }
}
