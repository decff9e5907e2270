//! Fields as bytes, and the statement that reads them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Datagen;
use super::kind::Field;

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFormat {
    /// JSON objects.
    Json,
    /// Fields between commas; nested ones come flat.
    Delimited,
}

/// How keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    /// Kafka's own serializers, ksqlDB's default: texts as they are, numbers as big-endian bytes.
    Kafka,
    /// A JSON value.
    Json,
}

impl ValueFormat {
    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Delimited => "DELIMITED",
        }
    }

    /// The fields as a value.
    pub(super) fn value<'a>(self, fields: impl Iterator<Item = &'a (&'static str, Field)>) -> String {
        match self {
            Self::Json => {
                let fields: Map<String, Value> =
                    fields.map(|(name, field)| ((*name).to_owned(), json(field))).collect();
                Value::Object(fields).to_string()
            }
            Self::Delimited => fields.map(|(_, field)| cell(field)).collect::<Vec<_>>().join(","),
        }
    }
}

impl KeyFormat {
    fn name(self) -> &'static str {
        match self {
            Self::Kafka => "KAFKA",
            Self::Json => "JSON",
        }
    }

    /// A field as a key; `readable`: for people, not for Kafka.
    pub(super) fn key(self, field: &Field, readable: bool) -> Vec<u8> {
        match (self, field) {
            (Self::Json, field) => json(field).to_string().into_bytes(),
            (Self::Kafka, field) if readable => text(field).into_bytes(),
            (Self::Kafka, Field::Int(n)) => n.to_be_bytes().to_vec(),
            (Self::Kafka, Field::Bigint(n)) => n.to_be_bytes().to_vec(),
            (Self::Kafka, Field::Double(n)) => n.to_be_bytes().to_vec(),
            (Self::Kafka, field) => text(field).into_bytes(),
        }
    }
}

fn json(field: &Field) -> Value {
    match field {
        Field::Int(n) => (*n).into(),
        Field::Bigint(n) => (*n).into(),
        Field::Double(n) => (*n).into(),
        Field::Text(text) => text.as_str().into(),
        Field::Struct(fields) => {
            Value::Object(fields.iter().map(|(name, field)| ((*name).to_owned(), json(field))).collect())
        }
    }
}

fn text(field: &Field) -> String {
    match field {
        Field::Text(text) => text.clone(),
        other => json(other).to_string(),
    }
}

/// A cell of a line of values between commas, in quotes where it must be.
fn cell(field: &Field) -> String {
    let text = text(field);
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The CREATE STREAM statement that reads what is made up.
pub(super) fn statement(options: &Datagen, columns: &[(&str, &str)], key: Option<usize>) -> String {
    let name = options.topic().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let mut text = format!("CREATE STREAM {name} (\n");
    for (i, (column, ty)) in columns.iter().enumerate() {
        let role = if Some(i) == key { " KEY" } else { "" };
        let end = if i + 1 < columns.len() { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {column} {ty}{role}{end}");
    }
    let key_format =
        if key.is_some() { format!("KEY_FORMAT = '{}', ", options.key_format.name()) } else { String::new() };
    let (topic, value_format) = (options.topic(), options.value_format.name());
    let _ = writeln!(text, ") WITH (KAFKA_TOPIC = '{topic}', {key_format}VALUE_FORMAT = '{value_format}');");
    text
}
