//! Output records against expected ones.

use millstream_engine::driver::{Driver, TopicRecord};
use millstream_plan::{Catalog, Source};
use millstream_schemas::{Registry, Side};

use crate::failure::{Failure, Kind};
use crate::json::Json;

use super::decimal::Decimal;
use super::input::header;
#[cfg(test)]
use super::output::json;
use super::output::{Actual, read};
use super::window::{Window, split};
use super::{SideFormat, TestRecord, source_of};

/// How far a double may be off where numbers are not compared exactly.
const TOLERANCE: f64 = 1e-6;

/// What a comparison allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Numbers with a fraction are compared as they are written rather than as doubles.
    pub exact_numbers: bool,
    /// An expected timestamp of 0 stands for any: the rows were inserted, at the time of the clock.
    pub any_time_for_zero: bool,
    /// Keys are equal in kind and value: whole numbers as 64 bits, others as doubles.
    pub strict_keys: bool,
    /// Headers are compared.
    pub headers: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { exact_numbers: true, any_time_for_zero: false, strict_keys: false, headers: true }
    }
}

/// Compares every topic that something is expected of, record by record.
///
/// # Errors
/// The first difference, with what was expected and what is there.
pub fn compare(
    expected: &[TestRecord],
    rules: Rules,
    catalog: &Catalog,
    registry: &Registry,
    driver: &Driver,
) -> Result<(), Failure> {
    let mut topics: Vec<&str> = Vec::new();
    for record in expected {
        if !topics.contains(&record.topic.as_str()) {
            topics.push(&record.topic);
        }
    }
    for topic in topics {
        let expected: Vec<&TestRecord> = expected.iter().filter(|r| r.topic == topic).collect();
        let actual = driver.topic(topic);
        let Some(source) = source_of(catalog, topic) else {
            return Err(Failure::new(Kind::Ksql, format!("Unknown topic: {topic}")));
        };
        if expected.len() != actual.len() {
            let first = actual.first().map(shown).unwrap_or_default();
            let (want, have) = (expected.len(), actual.len());
            let message = format!("Expected <{want}> records but it was <{have}> in {topic}. First: {first}");
            return Err(Failure::new(Kind::Ksql, message));
        }
        for (i, (expected, actual)) in expected.iter().zip(actual).enumerate() {
            difference(expected, actual, source, registry, rules).map_err(|e| {
                let message = format!("record {i} of {topic}: {e}; it was {}", shown(actual));
                Failure::new(Kind::Assertion, message)
            })?;
        }
    }
    Ok(())
}

/// A record as text: what is no text in it, escaped.
pub fn shown(record: &TopicRecord) -> String {
    let text = |side: &Option<Vec<u8>>| side.as_ref().map_or("null".into(), |b| b.escape_ascii().to_string());
    format!("{} -> {} @{}", text(&record.key), text(&record.value), record.timestamp)
}

/// Compares a record of the topic of `source`.
///
/// # Errors
/// What is not as expected.
pub fn difference(
    expected: &TestRecord,
    actual: &TopicRecord,
    source: &Source,
    registry: &Registry,
    rules: Rules,
) -> Result<(), String> {
    let headers = expected.headers.as_ref().map(Json::items).unwrap_or_default();
    let headers: Vec<_> = headers.iter().map(header).collect::<Result<_, _>>()?;
    if rules.headers && headers != actual.headers {
        return Err(format!("expected the headers {headers:?}, got {:?}", actual.headers));
    }
    if let Some(time) = expected.timestamp
        && time != actual.timestamp
        && !(rules.any_time_for_zero && time == 0)
    {
        return Err(format!("expected the timestamp {time}"));
    }
    let exact = rules.exact_numbers;
    let key = inner_key(expected, actual, source)?;
    let key = read(key, SideFormat::of(source, Side::Key, registry), exact)?;
    if !(if rules.strict_keys { identical(&expected.key, &key) } else { equal(&expected.key, &key) }) {
        return Err(format!("expected the key {}", expected.key));
    }
    let value = read(actual.value.as_deref(), SideFormat::of(source, Side::Value, registry), exact)?;
    if !equal(&expected.value, &value) {
        return Err(format!("expected the value {}", expected.value));
    }
    Ok(())
}

/// The key without its window, which must be the expected one.
fn inner_key<'a>(expected: &TestRecord, actual: &'a TopicRecord, source: &Source) -> Result<Option<&'a [u8]>, String> {
    let wanted = expected.window.as_ref().map(Window::of_json).transpose()?;
    let Some(key) = actual.key.as_deref() else {
        return if wanted.is_some() { Err("expected the window of a key".into()) } else { Ok(None) };
    };
    match (source.key_window, wanted) {
        (None, None) => Ok(Some(key)),
        (Some(kind), wanted) => {
            let (key, window) = split(key, kind)?;
            if wanted.is_some_and(|wanted| wanted.is(window)) {
                return Ok(Some(key));
            }
            Err(format!("expected the window {wanted:?}, got {window:?}"))
        }
        (None, Some(_)) => Err("expected the window of a key, but keys of the topic have none".into()),
    }
}

/// Whether a value is the expected one, by the kind of the expected one.
fn equal(expected: &Json, actual: &Actual) -> bool {
    match (expected, actual) {
        (Json::Null, Actual::Null) => true,
        (Json::Bool(expected), Actual::Bool(actual)) => expected == actual,
        (Json::Number(expected), actual) => number(expected, actual),
        (Json::String(expected), Actual::Text(actual)) => expected == actual,
        (Json::String(expected), Actual::Decimal(actual)) => Decimal::parse(expected).is_some_and(|e| e == *actual),
        (Json::Array(expected), Actual::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(e, a)| equal(e, a))
        }
        (Json::Object(expected), Actual::Object(actual)) => {
            let find = |name: &str| actual.iter().find(|(n, _)| n == name).map(|(_, value)| value);
            let field = |name: &str| find(name).or_else(|| find(&name.to_uppercase())).unwrap_or(&Actual::Null);
            expected.len() == actual.len() && expected.iter().all(|(name, value)| equal(value, field(name)))
        }
        _ => false,
    }
}

/// Whether a key is the expected one in kind and value.
fn identical(expected: &Json, actual: &Actual) -> bool {
    match (expected, actual) {
        (Json::Null, Actual::Null) => true,
        (Json::Bool(expected), Actual::Bool(actual)) => expected == actual,
        (Json::String(expected), Actual::Text(actual)) => expected == actual,
        (Json::Number(text), Actual::Long(actual)) => text.parse() == Ok(*actual),
        (Json::Number(text), Actual::Double(actual)) => text.parse() == Ok(*actual),
        (Json::Number(text), Actual::Decimal(actual)) if !is_integer(text) => text.parse() == Ok(actual.to_double()),
        (Json::Array(expected), Actual::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(e, a)| identical(e, a))
        }
        (Json::Object(expected), Actual::Object(actual)) => {
            let find = |name: &str| actual.iter().find(|(n, _)| n == name).map(|(_, value)| value);
            expected.len() == actual.len()
                && expected.iter().all(|(name, value)| find(name).is_some_and(|actual| identical(value, actual)))
        }
        _ => false,
    }
}

fn is_integer(text: &str) -> bool {
    !text.contains(['.', 'e', 'E'])
}

fn number(expected: &str, actual: &Actual) -> bool {
    let Some(decimal) = Decimal::parse(expected) else { return false };
    let integer = is_integer(expected);
    match actual {
        // What fits an int is read as one, and the expectation is narrowed to what was read.
        Actual::Long(actual) => match (i32::try_from(*actual), decimal.to_long()) {
            (Ok(actual), Some(expected)) => expected as i32 == actual,
            (Err(_), Some(expected)) => expected == *actual,
            (_, None) => false,
        },
        Actual::Double(actual) => (decimal.to_double() - actual).abs() <= TOLERANCE,
        Actual::Decimal(actual) if integer => actual.scale() <= 0 && actual.to_long() == decimal.to_long(),
        Actual::Decimal(actual) => *actual == decimal,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn compare(expected: &str, actual: &str) -> bool {
        let actual = json(actual.as_bytes(), true).unwrap();
        equal(&parse(expected.as_bytes()).unwrap(), &actual)
    }

    #[test]
    fn values_are_compared_by_the_expected_kind() {
        for (expected, actual, same) in [
            ("5.0", "5", true),
            ("5", "5.0", false),
            ("1.0", "1.00", false),
            ("1.10", "1.10", true),
            ("1.0E7", "10000000.0", false),
            ("\"1.10\"", "1.10", true),
            ("\"1.1\"", "1.10", false),
            ("1", "\"1\"", false),
            ("null", "null", true),
            ("[1,2]", "[2,1]", false),
            (r#"{"a":1,"B":null}"#, r#"{"B":null,"A":1}"#, true),
            (r#"{"a":1}"#, r#"{"A":1,"B":null}"#, false),
            (r#"{"a":1,"c":null}"#, r#"{"A":1,"B":null}"#, true),
        ] {
            assert_eq!(compare(expected, actual), same, "{expected} {actual}");
        }
    }

    #[test]
    fn keys_may_have_to_be_identical() {
        let same = |expected: &str, actual: &str| {
            let actual = json(actual.as_bytes(), true).unwrap();
            identical(&parse(expected.as_bytes()).unwrap(), &actual)
        };
        for (expected, actual) in
            [("5", "5"), ("5.0", "5.00"), ("1E2", "100.0"), (r#"{"A":[1]}"#, r#"{"A":[1]}"#), ("null", "null")]
        {
            assert!(same(expected, actual), "{expected} {actual}");
        }
        for (expected, actual) in [("5.0", "5"), ("5", "5.0"), ("\"1\"", "1"), (r#"{"a":1}"#, r#"{"A":1}"#)] {
            assert!(!same(expected, actual), "{expected} {actual}");
        }
    }
}
