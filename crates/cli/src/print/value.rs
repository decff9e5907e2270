//! Reading fields of JSON objects; what is not there is empty.

use serde_json::Value;

/// A field as text: strings without quotes, everything else as JSON.
pub(super) fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(field) => shown(field),
        None => String::new(),
    }
}

/// A value as text.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A field that is a list.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A field that is a list of texts.
pub(super) fn texts(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().map(shown).collect()
}

/// A field that is a number; 0 when it is not there.
pub(super) fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or(0)
}

/// A field that is true.
pub(super) fn is_true(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A labelled line: `Name                 : S`.
pub(super) fn label(name: &str, value: &str) -> String {
    format!("{name:<20} : {value}\n")
}

/// A title with a rule below it, after an empty line.
pub(super) fn title(text: &str, rule: usize) -> String {
    format!("\n{text}\n{}\n", "-".repeat(rule))
}
