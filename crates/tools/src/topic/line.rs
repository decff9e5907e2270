//! A record as a line of text, both ways: what `consume --json` writes, `produce --json` reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use millstream_engine::link::{Header, Record};
use serde_json::{Map, Value, json};

/// Names and values.
pub(super) type Headers = Vec<(String, Option<Vec<u8>>)>;

/// A record that came as a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub(super) partition: Option<i32>,
    pub(super) timestamp: Option<i64>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Headers,
}

impl Line {
    /// Its headers as a record has them.
    pub(super) fn lent(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(key, value)| Header { key: key.as_bytes(), value: value.as_deref() }).collect()
    }

    /// Reads what [`json_line`] writes; every field may be left out. Errors: what is wrong with the line.
    pub(super) fn of_json(text: &str) -> Result<Line, String> {
        let value: Value = serde_json::from_str(text).map_err(|e| format!("not JSON: {e}"))?;
        let Value::Object(fields) = value else { return Err("not a JSON object".into()) };
        const KNOWN: [&str; 8] =
            ["partition", "offset", "timestamp", "headers", "key", "value", "keyBase64", "valueBase64"];
        if let Some(unknown) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(format!("unknown field \"{unknown}\""));
        }
        let whole = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(found) => found.as_i64().map(Some).ok_or_else(|| format!("\"{name}\" is not a whole number")),
        };
        let partition = whole("partition")?.map(i32::try_from).transpose();
        Ok(Line {
            partition: partition.map_err(|_| "\"partition\" is out of range".to_owned())?,
            timestamp: whole("timestamp")?.filter(|ms| *ms >= 0),
            key: bytes_of(&fields, "key")?,
            value: bytes_of(&fields, "value")?,
            headers: headers_of(fields.get("headers"))?,
        })
    }
}

fn bytes_of(fields: &Map<String, Value>, name: &str) -> Result<Option<Vec<u8>>, String> {
    let encoded = format!("{name}Base64");
    match (fields.get(name), fields.get(&encoded)) {
        (_, Some(Value::String(text))) => match BASE64.decode(text) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) => Err(format!("\"{encoded}\": {e}")),
        },
        (None | Some(Value::Null), _) => Ok(None),
        (Some(Value::String(text)), _) => Ok(Some(text.clone().into_bytes())),
        // JSON as it is, for people who write records by hand.
        (Some(other), _) => Ok(Some(other.to_string().into_bytes())),
    }
}

fn headers_of(value: Option<&Value>) -> Result<Headers, String> {
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err("\"headers\" is not an array".into()),
    };
    list.iter()
        .map(|header| {
            let fields = header.as_object().ok_or("a header is not an object")?;
            let key = fields.get("key").and_then(Value::as_str).ok_or("a header has no \"key\"")?;
            Ok((key.to_owned(), bytes_of(fields, "value")?))
        })
        .collect()
}

/// A record as one JSON object: bytes that are no UTF-8 under `keyBase64` and `valueBase64`.
pub(super) fn json_line(partition: i32, record: &Record<'_>) -> String {
    let mut fields = Map::new();
    fields.insert("partition".into(), partition.into());
    fields.insert("offset".into(), record.offset.into());
    fields.insert("timestamp".into(), record.timestamp.into());
    if !record.headers.is_empty() {
        let headers = record.headers.iter().map(|header| {
            let mut fields = Map::new();
            fields.insert("key".into(), String::from_utf8_lossy(header.key).into());
            put(&mut fields, "value", header.value);
            Value::Object(fields)
        });
        fields.insert("headers".into(), headers.collect());
    }
    put(&mut fields, "key", record.key);
    put(&mut fields, "value", record.value);
    Value::Object(fields).to_string()
}

fn put(fields: &mut Map<String, Value>, name: &str, bytes: Option<&[u8]>) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => fields.insert(name.into(), Value::Null),
        Some((_, Ok(text))) => fields.insert(name.into(), json!(text)),
        Some((bytes, Err(_))) => fields.insert(format!("{name}Base64"), BASE64.encode(bytes).into()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let headers = [Header { key: b"a", value: Some(b"1") }, Header { key: b"b", value: None }];
        let record =
            Record { offset: 7, timestamp: 5, key: Some(&[0xff]), value: Some(b"{\"a\":1}"), headers: &headers };
        let line = Line::of_json(&json_line(3, &record)).unwrap();
        assert_eq!((line.partition, line.timestamp), (Some(3), Some(5)));
        assert_eq!((line.key.as_deref(), line.value.as_deref()), (record.key, record.value));
        assert_eq!(line.lent(), headers);
        let bare = Record { offset: 0, timestamp: -1, key: None, value: None, headers: &[] };
        assert_eq!(Line::of_json(&json_line(0, &bare)).unwrap(), Line { partition: Some(0), ..Line::default() });
    }

    #[test]
    fn json_values_may_be_written_as_they_are() {
        let line = Line::of_json(r#"{"key": 1, "value": {"b": [true]}}"#).unwrap();
        assert_eq!(line.key.as_deref(), Some(b"1".as_slice()));
        assert_eq!(line.value.as_deref(), Some(br#"{"b":[true]}"#.as_slice()));
    }

    #[test]
    fn damaged_lines_are_told() {
        let check = |text: &str, want: &str| {
            let said = Line::of_json(text).unwrap_err();
            assert!(said.contains(want), "{text}: {said}");
        };
        check("", "not JSON");
        check("[1]", "not a JSON object");
        check(r#"{"keys": 1}"#, "unknown field");
        check(r#"{"partition": 1.5}"#, "whole number");
        check(r#"{"partition": 99999999999}"#, "out of range");
        check(r#"{"valueBase64": "?"}"#, "valueBase64");
        check(r#"{"headers": [{"value": "x"}]}"#, "no \"key\"");
    }
}
