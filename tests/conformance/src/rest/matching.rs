//! Whether a response is the expected one: only the fields that are named, rows in any order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millstream_sqltest::json::Json;
use millstream_sqltest::records::Decimal;

use super::case::Response;
use super::proto::ProtoSchema;

/// Stands in an expected text for the statement of the same place.
const STATEMENT: &str = "{STATEMENT}";
/// Where the values of a row stand.
const COLUMNS: &str = "columns";

/// Compares a response with the expected one; `statement` is the statement of the same place.
///
/// # Errors
/// What differs and where.
pub(super) fn check(
    expected: &Response,
    actual: &Response,
    statement: Option<&str>,
    verify_order: bool,
) -> Result<(), String> {
    let mut matcher = Matcher { statement, rows: Vec::new() };
    match (expected, actual) {
        (Response::Admin(expected), Response::Admin(actual)) => {
            matcher.matches("", expected, actual)?;
        }
        (Response::Query(expected), Response::Query(actual)) => {
            if expected.len() != actual.len() {
                let shown: Vec<String> = actual.iter().map(Json::to_string).collect();
                let (want, have) = (expected.len(), actual.len());
                return Err(format!("expected {want} rows but there are {have}: {}", shown.join(" ")));
            }
            for (i, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                matcher.matches(&format!("row {i}"), expected, actual)?;
            }
        }
        (Response::Proto(expected), Response::Proto(actual)) => return proto(expected, actual),
        _ => return Err("it is a response of another kind".to_owned()),
    }
    matcher.check_rows(verify_order)
}

/// The header's schema, then the rows as text, in any order.
fn proto(expected: &[Json], actual: &[Json]) -> Result<(), String> {
    let schema_of =
        |rows: &[Json]| rows.iter().find_map(|row| row.get("header")?.text_of("protoSchema").map(str::to_owned));
    let (wanted, found) = (schema_of(expected), schema_of(actual));
    if wanted != found {
        return Err(format!("expected the schema {wanted:?} but was {found:?}"));
    }
    let schema = ProtoSchema::parse(&found.unwrap_or_default())?;
    let mut wanted: Vec<String> = expected.iter().filter_map(|row| row.text_of("row").map(str::to_owned)).collect();
    let bytes = |row: &Json| row.get("row")?.text_of("protobufBytes").map(str::to_owned);
    let mut found = Vec::new();
    for encoded in actual.iter().filter_map(bytes) {
        found.push(schema.text(&STANDARD.decode(encoded).map_err(|e| format!("not base64: {e}"))?)?);
    }
    wanted.sort();
    found.sort();
    if wanted == found { Ok(()) } else { Err(format!("expected the rows {wanted:?} but were {found:?}")) }
}

struct Matcher<'a> {
    statement: Option<&'a str>,
    /// Expected and actual values of rows so far.
    rows: Vec<(Json, Json)>,
}

impl Matcher<'_> {
    fn matches(&mut self, path: &str, expected: &Json, actual: &Json) -> Result<(), String> {
        let (expected, actual) = match (expected, actual) {
            (Json::Object(expected), Json::Object(actual)) => (expected, actual),
            (Json::String(text), actual) => {
                let text = Json::String(self.filled(text));
                return if same(&text, actual) { Ok(()) } else { differs(path, &text, actual) };
            }
            _ => return if same(expected, actual) { Ok(()) } else { differs(path, expected, actual) },
        };
        for (key, expected) in expected {
            let (name, operator) = key.split_once('|').unwrap_or((key, ""));
            let path = format!("{path}/{name}");
            let Some((_, actual)) = actual.iter().find(|(n, _)| n == name) else {
                return Err(format!("{path} is missing"));
            };
            match operator {
                // Compared when all of them are known: the order of rows is free.
                "" if name == COLUMNS && path.ends_with("/row/columns") => {
                    self.rows.push((expected.clone(), actual.clone()));
                }
                "" => self.matches(&path, expected, actual)?,
                "starts_with" => match (expected, actual) {
                    (Json::String(start), Json::String(text)) if text.starts_with(&self.filled(start)) => {}
                    _ => return Err(format!("{path}: expected a text that starts with {expected} but was {actual}")),
                },
                other => return Err(format!("{path}: the case asks for an unknown comparison {other}")),
            }
        }
        Ok(())
    }

    fn filled(&self, text: &str) -> String {
        self.statement.map_or_else(|| text.to_owned(), |statement| text.replace(STATEMENT, statement))
    }

    fn check_rows(self, verify_order: bool) -> Result<(), String> {
        let (expected, mut actual): (Vec<Json>, Vec<Json>) = self.rows.into_iter().unzip();
        for (i, row) in expected.iter().enumerate() {
            if verify_order {
                match actual.get(i) {
                    Some(actual) if same(row, actual) => continue,
                    actual => return Err(format!("expected the row {row} but was {actual:?}")),
                }
            }
            match actual.iter().position(|actual| same(row, actual)) {
                Some(found) => drop(actual.swap_remove(found)),
                None => {
                    let left: Vec<String> = actual.iter().map(Json::to_string).collect();
                    return Err(format!("expected the row {row}, but there are only {}", left.join(" ")));
                }
            }
        }
        Ok(())
    }
}

fn differs(path: &str, expected: &Json, actual: &Json) -> Result<(), String> {
    Err(format!("{path}: expected {expected} but was {actual}"))
}

/// Strict equality: integers as integers, other numbers with their scale, members of objects in any order.
pub(super) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let integer = |text: &str| !text.contains(['.', 'e', 'E']);
            integer(a) == integer(b) && Decimal::parse(a).is_some_and(|a| Some(a) == Decimal::parse(b))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            let find = |name: &str| b.iter().find(|(n, _)| n == name).map(|(_, value)| value);
            a.len() == b.len() && a.iter().all(|(name, value)| find(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_sqltest::json::parse;

    fn json(text: &str) -> Json {
        parse(text.as_bytes()).unwrap()
    }

    fn admin(expected: &str, actual: &str) -> Result<(), String> {
        check(&Response::Admin(json(expected)), &Response::Admin(json(actual)), Some("SHOW ALL;"), false)
    }

    fn query(expected: &str, actual: &str, verify_order: bool) -> Result<(), String> {
        let rows = |text: &str| Response::Query(json(text).items().to_vec());
        check(&rows(expected), &rows(actual), None, verify_order)
    }

    #[test]
    fn only_named_fields_count_but_those_to_the_letter() {
        let actual = r#"{"@type":"a","n":{"x":1.0,"y":null},"t":"SHOW ALL; done","l":[1,{"b":1,"a":2}]}"#;
        for expected in [
            r#"{}"#,
            r#"{"@type":"a"}"#,
            r#"{"n":{"x":1.0}}"#,
            r#"{"n":{"y":null}}"#,
            r#"{"t":"{STATEMENT} done"}"#,
            r#"{"t|starts_with":"{STATEMENT}"}"#,
            r#"{"l":[1,{"a":2,"b":1}]}"#,
        ] {
            assert_eq!(admin(expected, actual), Ok(()), "{expected}");
        }
        for (expected, part) in [
            (r#"{"@type":"b"}"#, "/@type: expected \"b\" but was \"a\""),
            (r#"{"n":{"x":1}}"#, "/n/x"),
            (r#"{"n":{"x":1.00}}"#, "/n/x"),
            (r#"{"n":{"z":null}}"#, "/n/z is missing"),
            (r#"{"t":"done"}"#, "/t"),
            (r#"{"t|starts_with":"done"}"#, "starts with"),
            (r#"{"t|ends_with":"done"}"#, "unknown comparison"),
            (r#"{"l":[1]}"#, "/l"),
            (r#"{"l":[1,{"a":2}]}"#, "/l"),
        ] {
            let why = admin(expected, actual).unwrap_err();
            assert!(why.contains(part), "{expected}: {why}");
        }
    }

    #[test]
    fn rows_come_in_any_order_unless_it_is_asked_for_but_each_as_often_as_expected() {
        let header = r#"{"header":{"schema":"`A` INTEGER","queryId":"q7"}}"#;
        let row = |n: &str| format!(r#"{{"row":{{"columns":[{n}]}}}}"#);
        let rows = |items: &[&str]| format!("[{}]", items.join(","));
        let actual = rows(&[header, &row("1"), &row("2"), &row("2")]);
        let expected_header = r#"{"header":{"queryId|starts_with":"q"}}"#;
        let same = rows(&[expected_header, &row("2"), &row("1"), &row("2")]);
        assert_eq!(query(&same, &actual, false), Ok(()));
        assert!(query(&same, &actual, true).is_err());
        let twice = rows(&[expected_header, &row("1"), &row("1"), &row("2")]);
        assert!(query(&twice, &actual, false).unwrap_err().contains("expected the row [1]"));
        let short = rows(&[expected_header, &row("1"), &row("2")]);
        assert!(query(&short, &actual, false).unwrap_err().contains("expected 3 rows but there are 4"));
        let other = rows(&[expected_header, &row("1"), &row("2"), r#"{"finalMessage":"x"}"#]);
        assert!(query(&other, &actual, false).unwrap_err().contains("row 3/finalMessage is missing"));
        assert!(check(&Response::Admin(Json::Null), &Response::Query(vec![]), None, false).is_err());
    }

    #[test]
    fn protobuf_rows_are_compared_as_text_in_any_order() {
        let schema = "syntax = \\\"proto3\\\";\\n\\nmessage A {\\n  int32 K = 1;\\n}\\n";
        let rows = |header: &str, rows: &[&str]| {
            let rows: Vec<String> = rows.iter().map(|row| format!(r#"{{"row":{row}}}"#)).collect();
            let all = format!(r#"[{{"header":{{"protoSchema":"{header}"}}}},{}]"#, rows.join(","));
            Response::Proto(json(&all).items().to_vec())
        };
        let actual = rows(schema, &[r#"{"protobufBytes":"CAE="}"#, r#"{"protobufBytes":"CAI="}"#]);
        let compare = |expected: &Response| check(expected, &actual, None, false);
        assert_eq!(compare(&rows(schema, &[r#""K: 2\n""#, r#""K: 1\n""#])), Ok(()));
        assert!(compare(&rows(schema, &[r#""K: 1\n""#])).unwrap_err().contains("expected the rows"));
        let other = schema.replace("int32", "int64");
        assert!(compare(&rows(&other, &[r#""K: 2\n""#, r#""K: 1\n""#])).unwrap_err().contains("expected the schema"));
    }
}
