//! Arrays, maps, JSON texts and URLs that make a row fail or that lie at the edge of a rule.

use super::literal;
use super::{fails, run};
use crate::find;

#[track_caller]
fn gives(call: &str, expected: &str) {
    let (name, args) = literal::call(call);
    let (ty, actual) = run(find(&name).unwrap(), &args).unwrap();
    assert_eq!(&actual, &literal::array(&ty, &[&literal::parse(expected)]), "{call}");
}

#[test]
fn what_has_no_order_fails_only_where_it_is_compared() {
    fails("ARRAY_MAX(ARRAY[ARRAY[1], ARRAY[2]])", "Values of type ARRAY have no order");
    fails("ARRAY_MIN(ARRAY[MAP('a' := 1), MAP('a' := 2)])", "Values of type MAP have no order");
    fails("ARRAY_SORT(ARRAY[STRUCT(A := 1), STRUCT(A := 1)])", "Values of type STRUCT have no order");
    gives("ARRAY_MAX(ARRAY[NULL, ARRAY[1]])", "ARRAY[1]");
    gives("ARRAY_SORT(ARRAY[NULL, STRUCT(A := 1)])", "ARRAY[STRUCT(A := 1), NULL]");
}

#[test]
fn elements_are_ordered_as_in_java() {
    gives("ARRAY_SORT(ARRAY['😀', 'ﬀ', 'z', 'é'])", "ARRAY['z', 'é', '😀', 'ﬀ']");
    gives("ARRAY_MAX(ARRAY[X'80', X'7F', X'7F00'])", "X'7F00'");
    gives("ARRAY_SORT(ARRAY[0E0, -0E0, -1E0, 1E999], 'DESCENDING')", "ARRAY[1E999, 0E0, -0E0, -1E0]");
    gives("ARRAY_SORT(ARRAY[TIMESTAMP 5, TIMESTAMP -5])", "ARRAY[TIMESTAMP -5, TIMESTAMP 5]");
    gives("ARRAY_SORT(ARRAY[1.50, -2.25, 0.00], 'asc')", "ARRAY[-2.25, 0.00, 1.50]");
}

#[test]
fn nested_elements_are_compared_by_value() {
    gives(
        "ARRAY_DISTINCT(ARRAY[MAP('a' := 1, 'b' := NULL), MAP('b' := NULL, 'a' := 1)])",
        "ARRAY[MAP('a' := 1, 'b' := NULL)]",
    );
    gives(
        "ARRAY_DISTINCT(ARRAY[STRUCT(A := 1, B := 'x'), STRUCT(A := 1, B := 'y'), STRUCT(A := 1, B := 'x')])",
        "ARRAY[STRUCT(A := 1, B := 'x'), STRUCT(A := 1, B := 'y')]",
    );
    gives(
        "ARRAY_REMOVE(ARRAY[NULL, ARRAY['foo'], ARRAY['foo', 'bar']], ARRAY['foo'])",
        "ARRAY[NULL, ARRAY['foo', 'bar']]",
    );
    gives("ARRAY_UNION(ARRAY[0E0], ARRAY[-0E0])", "ARRAY[0E0, -0E0]");
    gives("MAP_UNION(MAP(1 := 'a'), MAP(2 := 'b', 1 := NULL))", "MAP(1 := NULL, 2 := 'b')");
    gives("SLICE(ARRAY[ARRAY['a'], ARRAY['b'], ARRAY['c']], 2, 3)", "ARRAY[ARRAY['b'], ARRAY['c']]");
}

#[test]
fn rows_fail_with_a_reason() {
    fails("SLICE(ARRAY[1, 2, 3], 3, 1)", "SLICE: from 3 is after to 1");
    fails("AS_MAP(ARRAY['a', NULL], ARRAY[1])", "AS_MAP: a key is null");
    fails("GENERATE_SERIES(1, 2, 0)", "GENERATE_SERIES step cannot be zero");
    fails("GENERATE_SERIES(1, 2, -1)", "GENERATE_SERIES step has wrong sign");
    fails("GENERATE_SERIES(0, 9000000000)", "The result has more than 8388608 elements");
    fails("ARRAY_JOIN(ARRAY[X'00'])", "ARRAY_JOIN does not support elements of type BYTES");
    fails("URL_DECODE_PARAM('100%')", "URL_DECODE_PARAM: a % in '100%' is not followed by two hex digits");
    fails("URL_EXTRACT_PORT('a b')", "URL input has invalid syntax: a b");
    fails("URL_EXTRACT_PARAMETER('a b', NULL)", "URL input has invalid syntax: a b");
}

#[test]
fn texts_that_are_not_json_fail() {
    let invalid = "Invalid JSON: a value expected instead of 'a' at byte 0";
    for call in [
        "EXTRACTJSONFIELD('abc', '$')",
        "JSON_ARRAY_CONTAINS('abc', 1)",
        "JSON_ARRAY_LENGTH('abc')",
        "JSON_KEYS('abc')",
        "JSON_ITEMS('abc')",
        "JSON_RECORDS('abc')",
        "JSON_CONCAT('abc')",
        "JSON_CONCAT('{}', 'abc')",
    ] {
        fails(call, invalid);
    }
    fails("EXTRACTJSONFIELD('{}', 'a')", "Invalid JSON path: 'a'");
    fails("JSON_ITEMS('{}')", "JSON_ITEMS: the text is not a JSON array");
    fails("JSON_ITEMS('')", "JSON_ITEMS: the text is not a JSON array");
    // What follows the first value is not looked at.
    gives("EXTRACTJSONFIELD('{\"name\": \"cdd\"}}', '$.name')", "'cdd'");
    gives("IS_JSON_STRING('[1] 2')", "TRUE");
    gives("IS_JSON_STRING('1a')", "FALSE");
    for call in ["JSON_ARRAY_LENGTH('')", "JSON_KEYS(' ')", "JSON_RECORDS('')", "EXTRACTJSONFIELD('', '$.a')"] {
        gives(call, "NULL");
    }
}

#[test]
fn items_of_json_arrays_have_types() {
    for (value, found) in [
        ("1", "TRUE"),
        ("2.50E0", "TRUE"),
        ("1E0", "FALSE"),
        ("2.5", "FALSE"),
        ("3", "FALSE"),
        ("'1'", "FALSE"),
        ("'é'", "TRUE"),
        ("TRUE", "TRUE"),
        ("FALSE", "FALSE"),
        ("'true'", "FALSE"),
        ("ARRAY[3]", "FALSE"),
        ("9223372036854775807", "TRUE"),
        ("99999999999", "FALSE"),
    ] {
        let json = r#"[1, 2.5, [3], "\u00e9", true, 9223372036854775807, 99999999999999999999]"#;
        gives(&format!("JSON_ARRAY_CONTAINS('{json}', {value})"), found);
    }
    gives("JSON_KEYS('{\"a\": 1, \"b\": {\"a\": 2}, \"a\": 3}')", "ARRAY['a', 'b']");
    gives(
        "JSON_RECORDS('{\"\\u00e9\": \"\\n\", \"big\": 12345678901234567890.10}')",
        "MAP('é' := '\n', 'big' := '12345678901234567890.10')",
    );
    gives("JSON_CONCAT('null', 'null', 'null')", "'[null,null,null]'");
    gives("JSON_CONCAT('1', '[]')", "'[1]'");
}

#[test]
fn values_become_json() {
    gives("TO_JSON_STRING('é\n\"\\/')", r#"'"é\n\"\\/"'"#);
    gives("TO_JSON_STRING(1E999)", "'\"Infinity\"'");
    gives("TO_JSON_STRING(MAP(10 := TRUE, 9 := FALSE))", "'{\"9\":false,\"10\":true}'");
    gives("TO_JSON_STRING(ARRAY[STRUCT(b := 1.50, a := X'ff')])", "'[{\"a\":\"/w==\",\"b\":1.50}]'");
    gives("TO_JSON_STRING(STRUCT(A := NULL, `b\"` := ''))", "'{\"A\":null,\"`b\\\"`\":\"\"}'");
}
