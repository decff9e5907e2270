//! Rows in protobuf: the schema that a header carries, as far as ksqlDB writes such schemas, and rows of it as text, as
//! protobuf's own text format has it.

use std::collections::BTreeMap;
use std::fmt::Write;

use millstream_types::java_double;

/// Messages inside messages, at most.
const DEPTH_MAX: usize = 64;

/// A schema.
#[derive(Debug, Default)]
pub(super) struct ProtoSchema {
    /// Fields by message and number; a message inside another has its name only, since ksqlDB numbers them all.
    messages: BTreeMap<String, BTreeMap<u64, Field>>,
    /// The first message: what a row is.
    root: String,
}

#[derive(Debug)]
struct Field {
    name: String,
    ty: String,
    repeated: bool,
    /// Said aloud that it may be missing: then it is shown whenever it is there.
    optional: bool,
}

/// A value as it stands on the wire.
enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl ProtoSchema {
    /// Reads a schema.
    ///
    /// # Errors
    /// It holds what ksqlDB writes in no schema.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut schema = Self { messages: known(), root: String::new() };
        let mut open: Vec<String> = Vec::new();
        // Options of a field, over several lines: they say nothing about its bytes.
        let mut options = false;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if options {
                options = !line.ends_with("];");
                continue;
            }
            options = line.contains(" [") && !line.ends_with("];");
            if let Some(name) = line.strip_prefix("message ").and_then(|rest| rest.strip_suffix('{')) {
                let name = name.trim().to_owned();
                if schema.root.is_empty() {
                    schema.root.clone_from(&name);
                }
                schema.messages.insert(name.clone(), BTreeMap::new());
                open.push(name);
            } else if line == "}" {
                open.pop();
            } else if let (Some(message), Some((number, field))) = (open.last(), field(line)) {
                schema.messages.entry(message.clone()).or_default().insert(number, field);
            } else if !open.is_empty() || !["syntax ", "import ", "package "].iter().any(|w| line.starts_with(w)) {
                return Err(format!("not understood in a schema: {line}"));
            }
        }
        if schema.root.is_empty() { Err("a schema without a message".to_owned()) } else { Ok(schema) }
    }

    /// A row as text.
    ///
    /// # Errors
    /// The bytes are no message of this schema.
    pub(super) fn text(&self, bytes: &[u8]) -> Result<String, String> {
        let mut out = String::new();
        self.message(&self.root, bytes, 0, &mut out)?;
        Ok(out)
    }

    fn message(&self, name: &str, bytes: &[u8], depth: usize, out: &mut String) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err("messages are too deep".to_owned());
        }
        let fields = self.messages.get(name).ok_or_else(|| format!("no message {name}"))?;
        // Shown in order of their numbers, whatever their order on the wire.
        let mut shown: BTreeMap<u64, String> = BTreeMap::new();
        let mut left = bytes;
        while !left.is_empty() {
            let (number, wire) = next(&mut left)?;
            let field = fields.get(&number).ok_or_else(|| format!("{name} has no field {number}"))?;
            self.field(field, &wire, depth, shown.entry(number).or_default())?;
        }
        out.extend(shown.into_values());
        Ok(())
    }

    fn field(&self, field: &Field, wire: &Wire<'_>, depth: usize, out: &mut String) -> Result<(), String> {
        let indent = "  ".repeat(depth);
        if self.messages.contains_key(&field.ty) {
            let Wire::Bytes(bytes) = wire else { return Err(format!("{} is no message", field.name)) };
            let _ = writeln!(out, "{indent}{} {{", field.name);
            self.message(&field.ty, bytes, depth + 1, out)?;
            let _ = writeln!(out, "{indent}}}");
            return Ok(());
        }
        if let (Wire::Bytes(packed), true) = (wire, field.repeated && !matches!(field.ty.as_str(), "string" | "bytes"))
        {
            let mut left = *packed;
            while !left.is_empty() {
                let item = if field.ty == "double" { fixed64(&mut left)? } else { Wire::Varint(varint(&mut left)?) };
                let _ = writeln!(out, "{indent}{}: {}", field.name, scalar(&field.ty, &item)?.0);
            }
            return Ok(());
        }
        let (text, default) = scalar(&field.ty, wire)?;
        // A field without presence that holds its default is as good as missing.
        if field.repeated || field.optional || !default {
            let _ = writeln!(out, "{indent}{}: {text}", field.name);
        }
        Ok(())
    }
}

/// Messages that stand for types of SQL, with the types and names of their fields in the order of their numbers.
const KNOWN: [(&str, &[(&str, &str)]); 4] = [
    ("confluent.type.Decimal", &[("bytes", "value"), ("uint32", "precision"), ("int32", "scale")]),
    ("google.protobuf.Timestamp", &[("int64", "seconds"), ("int32", "nanos")]),
    ("google.type.Date", &[("int32", "year"), ("int32", "month"), ("int32", "day")]),
    ("google.type.TimeOfDay", &[("int32", "hours"), ("int32", "minutes"), ("int32", "seconds"), ("int32", "nanos")]),
];

/// The messages that schemas import.
fn known() -> BTreeMap<String, BTreeMap<u64, Field>> {
    KNOWN.iter().map(|(name, fields)| ((*name).to_owned(), numbered(fields))).collect()
}

fn numbered(fields: &[(&str, &str)]) -> BTreeMap<u64, Field> {
    let field = |(ty, name): &(&str, &str)| Field {
        name: (*name).to_owned(),
        ty: (*ty).to_owned(),
        repeated: false,
        optional: false,
    };
    (1..).zip(fields.iter().map(field)).collect()
}

/// `[repeated|optional] type name = number;`, with options behind it or not.
fn field(line: &str) -> Option<(u64, Field)> {
    let declared = line.split_once(" [").map_or(line.trim_end_matches(';'), |(declared, _)| declared);
    let (declared, number) = declared.split_once('=')?;
    let number = number.split('[').next()?.trim().parse().ok()?;
    let words: Vec<&str> = declared.split_whitespace().collect();
    let (labels, [ty, name]) = words.split_last_chunk::<2>()?;
    let has = |label: &str| labels.contains(&label);
    let (repeated, optional) = (has("repeated"), has("optional"));
    Some((number, Field { name: (*name).to_owned(), ty: (*ty).to_owned(), repeated, optional }))
}

/// A scalar as text, and whether it is its type's default.
fn scalar(ty: &str, wire: &Wire<'_>) -> Result<(String, bool), String> {
    Ok(match (ty, wire) {
        ("int32", Wire::Varint(value)) => ((*value as i32).to_string(), *value == 0),
        ("int64", Wire::Varint(value)) => ((*value as i64).to_string(), *value == 0),
        ("uint32" | "uint64", Wire::Varint(value)) => (value.to_string(), *value == 0),
        ("bool", Wire::Varint(value)) => ((*value != 0).to_string(), *value == 0),
        ("double", Wire::Fixed64(bits)) => {
            let mut text = Vec::new();
            java_double(f64::from_bits(*bits), &mut text);
            (String::from_utf8_lossy(&text).into_owned(), *bits == 0)
        }
        ("float", Wire::Fixed32(bits)) => (f32::from_bits(*bits).to_string(), *bits == 0),
        ("string" | "bytes", Wire::Bytes(bytes)) => (quoted(bytes), bytes.is_empty()),
        _ => return Err(format!("a value that is no {ty}")),
    })
}

/// Text format's quotes: everything that is not plain ASCII as octal bytes.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\'' => out.push_str("\\'"),
            0x20..=0x7e => out.push(char::from(*byte)),
            other => drop(write!(out, "\\{other:03o}")),
        }
    }
    out.push('"');
    out
}

/// The next field: its number and value.
fn next<'a>(left: &mut &'a [u8]) -> Result<(u64, Wire<'a>), String> {
    let tag = varint(left)?;
    let wire = match tag & 7 {
        0 => Wire::Varint(varint(left)?),
        1 => fixed64(left)?,
        2 => {
            let length = usize::try_from(varint(left)?).map_err(|e| e.to_string())?;
            let (bytes, rest) = left.split_at_checked(length).ok_or("a message ends too early")?;
            *left = rest;
            Wire::Bytes(bytes)
        }
        5 => {
            let (bytes, rest) = left.split_first_chunk::<4>().ok_or("a message ends too early")?;
            *left = rest;
            Wire::Fixed32(u32::from_le_bytes(*bytes))
        }
        other => return Err(format!("an unknown kind of value: {other}")),
    };
    Ok((tag >> 3, wire))
}

fn fixed64<'a>(left: &mut &'a [u8]) -> Result<Wire<'a>, String> {
    let (bytes, rest) = left.split_first_chunk::<8>().ok_or("a message ends too early")?;
    *left = rest;
    Ok(Wire::Fixed64(u64::from_le_bytes(*bytes)))
}

fn varint(left: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = left.split_first().ok_or("a message ends too early")?;
        *left = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int64 ID = 1;\n  repeated ConnectDefault2Entry M = 2;\n  \
        string S = 3;\n  repeated int32 A = 4;\n  double D = 5;\n  optional bool B = 6;\n\n  message ConnectDefault2Entry {\n    string key = 1;\n    \
        int32 value = 2;\n  }\n}\n";

    #[test]
    fn rows_are_shown_as_protobuf_shows_them() {
        let schema = ProtoSchema::parse(SCHEMA).unwrap();
        let bytes = [
            &[0x08, 1][..],
            &[0x12, 14, 0x0a, 1, b'C', 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            &[0x12, 3, 0x0a, 1, b'Q'],
            &[0x1a, 3, b'"', 0xc3, 0xa9],
            &[0x22, 2, 7, 0],
            &[0x29, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
            &[0x30, 0],
        ]
        .concat();
        let text = "ID: 1\nM {\n  key: \"C\"\n  value: -1\n}\nM {\n  key: \"Q\"\n}\nS: \"\\\"\\303\\251\"\nA: 7\nA: 0\nD: 1.5\nB: false\n";
        assert_eq!(schema.text(&bytes), Ok(text.to_owned()));
        // Defaults without presence are not shown.
        assert_eq!(schema.text(&[0x08, 0, 0x1a, 0]), Ok(String::new()));
    }

    #[test]
    fn types_of_sql_are_messages_that_are_known() {
        let text = "message A {\n  google.type.Date D = 1;\n  confluent.type.Decimal V = 2 [(confluent.field_meta) = {\n    \
            params: [\n      {\n        key: \"scale\"\n      }\n    ]\n  }];\n  int32 I = 3;\n}\n";
        let schema = ProtoSchema::parse(text).unwrap();
        let bytes = [0x0a, 7, 0x08, 0xb2, 0x0f, 0x10, 1, 0x18, 6, 0x12, 3, 0x0a, 1, b'x', 0x18, 9];
        let text = "D {\n  year: 1970\n  month: 1\n  day: 6\n}\nV {\n  value: \"x\"\n}\nI: 9\n";
        assert_eq!(schema.text(&bytes), Ok(text.to_owned()));
    }

    #[test]
    fn damage_is_an_error() {
        let schema = ProtoSchema::parse(SCHEMA).unwrap();
        for bytes in [&[0x08][..], &[0x12, 9, 1], &[0x78, 1], &[0x0a, 0], &[0x0f], &[0x08, 0xff]] {
            assert!(schema.text(bytes).is_err(), "{bytes:?}");
        }
        for text in ["", "syntax = \"proto3\";", "message A {\n  what is this\n}"] {
            assert!(ProtoSchema::parse(text).is_err(), "{text}");
        }
    }
}
