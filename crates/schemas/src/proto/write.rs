//! Columns to the `.proto` text that ksqlDB writes them with.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use millstream_types::{Column, Nullability, SqlType};

/// The name of the message when nobody gives one.
pub const DEFAULT_NAME: &str = "ConnectDefault1";

/// The text of a schema with one message of these columns, numbered in their order.
pub fn generate(columns: &[Column], nullability: Nullability, full_name: Option<&str>) -> String {
    let full_name = full_name.unwrap_or(DEFAULT_NAME);
    write(columns, full_name, Writer { nullability, entries: false, imports: BTreeSet::new(), next: 2 })
}

/// The same as ksqlDB tells it to a client that asks for rows as messages: a map is the list of its entries there, each a
/// message of its own, which is what it is on the wire.
pub fn generate_rows(columns: &[Column]) -> String {
    let nullability = Nullability::Lost;
    write(columns, DEFAULT_NAME, Writer { nullability, entries: true, imports: BTreeSet::new(), next: 2 })
}

fn write(columns: &[Column], full_name: &str, mut writer: Writer) -> String {
    let (package, name) = full_name.rsplit_once('.').unwrap_or(("", full_name));
    let mut body = String::new();
    writer.message(name, columns.iter().map(|c| (c.name.as_str(), &c.ty)), 0, &mut body);
    let mut text = "syntax = \"proto3\";\n".to_owned();
    if !package.is_empty() {
        let _ = writeln!(text, "package {package};");
    }
    for (i, import) in writer.imports.iter().enumerate() {
        let _ = writeln!(text, "{}import \"{import}\";", if i == 0 { "\n" } else { "" });
    }
    text.push('\n');
    text.push_str(&body);
    text
}

struct Writer {
    nullability: Nullability,
    /// Maps are spelled as lists of their entries.
    entries: bool,
    imports: BTreeSet<&'static str>,
    /// The number of the next message within.
    next: usize,
}

impl Writer {
    fn message<'a>(
        &mut self,
        name: &str,
        fields: impl Iterator<Item = (&'a str, &'a SqlType)>,
        depth: usize,
        out: &mut String,
    ) {
        let indent = "  ".repeat(depth);
        let _ = writeln!(out, "{indent}message {name} {{");
        let mut inner = String::new();
        for (number, (field, ty)) in (1..).zip(fields) {
            let (spelled, options) = self.field_type(ty, depth + 1, &mut inner);
            let _ = writeln!(out, "{indent}  {spelled} {field} = {number}{options};");
        }
        if !inner.is_empty() {
            out.push('\n');
            out.push_str(&inner);
        }
        let _ = writeln!(out, "{indent}}}");
    }

    /// How a field's type is spelled, with its label, and the options behind its number.
    fn field_type(&mut self, ty: &SqlType, depth: usize, inner: &mut String) -> (String, String) {
        match ty {
            SqlType::Array(item) => {
                let (spelled, options) = self.bare(item, depth, inner);
                (format!("repeated {spelled}"), options)
            }
            SqlType::Map(key, value) if self.entries => (self.entry(key, value, depth, inner), String::new()),
            SqlType::Map(key, value) => {
                let (key, _) = self.bare(key, depth, inner);
                let (value, options) = self.bare(value, depth, inner);
                (format!("map<{key}, {value}>"), options)
            }
            SqlType::Boolean
            | SqlType::Integer
            | SqlType::Bigint
            | SqlType::Double
            | SqlType::String
            | SqlType::Bytes => match self.nullability {
                Nullability::Lost => self.bare(ty, depth, inner),
                Nullability::Optional => (format!("optional {}", self.bare(ty, depth, inner).0), String::new()),
                Nullability::Wrapper => {
                    self.imports.insert("google/protobuf/wrappers.proto");
                    (format!("google.protobuf.{}", wrapper(ty)), String::new())
                }
            },
            _ => self.bare(ty, depth, inner),
        }
    }

    fn bare(&mut self, ty: &SqlType, depth: usize, inner: &mut String) -> (String, String) {
        let spelled = match ty {
            SqlType::Boolean => "bool",
            SqlType::Integer => "int32",
            SqlType::Bigint => "int64",
            SqlType::Double => "double",
            SqlType::String => "string",
            SqlType::Bytes => "bytes",
            SqlType::Date => {
                self.imports.insert("google/type/date.proto");
                "google.type.Date"
            }
            SqlType::Time => {
                self.imports.insert("google/type/timeofday.proto");
                "google.type.TimeOfDay"
            }
            SqlType::Timestamp => {
                self.imports.insert("google/protobuf/timestamp.proto");
                "google.protobuf.Timestamp"
            }
            SqlType::Decimal { precision, scale } => {
                self.imports.insert("confluent/meta.proto");
                self.imports.insert("confluent/type/decimal.proto");
                let parameter = |key: &str, value: u8| {
                    format!("      {{\n        key: \"{key}\",\n        value: \"{value}\"\n      }}")
                };
                let options = format!(
                    " [(confluent.field_meta) = {{\n    params: [\n{},\n{}\n    ]\n  }}]",
                    parameter("precision", *precision),
                    parameter("scale", *scale)
                );
                return ("confluent.type.Decimal".to_owned(), options);
            }
            SqlType::Struct(fields) => {
                let name = self.name();
                self.message(&name, fields.iter().map(|f| (f.name.as_str(), &f.ty)), depth, inner);
                return (name, String::new());
            }
            // An array or map directly within another has no spelling: a message with the one field stands for it.
            SqlType::Array(_) | SqlType::Map(..) => {
                let name = self.name();
                self.message(&name, std::iter::once(("value", ty)), depth, inner);
                return (name, String::new());
            }
        };
        (spelled.to_owned(), String::new())
    }

    /// Writes the message of a map's entries, and within it what its values need.
    fn entry(&mut self, key: &SqlType, value: &SqlType, depth: usize, out: &mut String) -> String {
        let name = format!("{}Entry", self.name());
        let indent = "  ".repeat(depth);
        let mut inner = String::new();
        let (key, _) = self.bare(key, depth + 1, &mut inner);
        let (value, options) = self.bare(value, depth + 1, &mut inner);
        let _ =
            writeln!(out, "{indent}message {name} {{\n{indent}  {key} key = 1;\n{indent}  {value} value = 2{options};");
        if !inner.is_empty() {
            out.push('\n');
            out.push_str(&inner);
        }
        let _ = writeln!(out, "{indent}}}");
        format!("repeated {name}")
    }

    fn name(&mut self) -> String {
        let name = format!("ConnectDefault{}", self.next);
        self.next += 1;
        name
    }
}

/// Whether Protocol Buffers take a name: ASCII letters, digits and underscores, no digit first.
///
/// # Errors
/// What is said about the name.
pub fn check_name(name: &str) -> Result<(), String> {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let mut bytes = name.bytes();
    if bytes.next().is_some_and(letter) && bytes.all(|b| letter(b) || b.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!("\"{name}\" is not a valid identifier."))
}

fn wrapper(ty: &SqlType) -> &'static str {
    match ty {
        SqlType::Boolean => "BoolValue",
        SqlType::Integer => "Int32Value",
        SqlType::Bigint => "Int64Value",
        SqlType::Double => "DoubleValue",
        SqlType::Bytes => "BytesValue",
        _ => "StringValue",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{parse, sql_fields};
    use millstream_types::{Role, StructField};
    use std::sync::Arc;

    #[test]
    fn names_are_identifiers() {
        for name in ["A", "_", "a1_B", "ROWKEY"] {
            assert_eq!(check_name(name), Ok(()));
        }
        for name in ["", "1A", "a*b", "a b", "a.b", "\u{e9}"] {
            assert_eq!(check_name(name), Err(format!("\"{name}\" is not a valid identifier.")));
        }
    }

    #[test]
    fn what_is_written_means_the_same_columns() {
        let inner = SqlType::Struct(
            [
                StructField { name: "A".into(), ty: SqlType::Decimal { precision: 10, scale: 3 } },
                StructField { name: "M".into(), ty: SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Date)) },
            ]
            .into(),
        );
        let types = [
            SqlType::Boolean,
            SqlType::Time,
            SqlType::Timestamp,
            SqlType::Bytes,
            SqlType::Array(Arc::new(inner.clone())),
            SqlType::Map(Arc::new(SqlType::String), Arc::new(inner)),
        ];
        let columns: Vec<Column> = (0..)
            .zip(&types)
            .map(|(i, ty)| Column { name: format!("C{i}"), ty: ty.clone(), role: Role::Value })
            .collect();
        for nullability in [Nullability::Lost, Nullability::Optional, Nullability::Wrapper] {
            let text = generate(&columns, nullability, Some("x.Y"));
            let proto = parse(&text, &[]).unwrap_or_else(|e| panic!("{e}: {text}"));
            let fields = sql_fields(&proto, proto.find(Some("x.Y")).unwrap(), &str::to_owned);
            assert_eq!(fields.into_iter().map(|(_, ty)| ty).collect::<Vec<_>>(), types, "{text}");
        }
    }

    #[test]
    fn the_text_is_ksqldbs() {
        let column = |name: &str, ty| Column { name: name.into(), ty, role: Role::Value };
        let columns = [column("I", SqlType::Integer), column("S", SqlType::String)];
        assert_eq!(
            generate(&columns, Nullability::Lost, None),
            "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int32 I = 1;\n  string S = 2;\n}\n"
        );
        assert_eq!(
            generate(&columns, Nullability::Wrapper, None),
            "syntax = \"proto3\";\n\nimport \"google/protobuf/wrappers.proto\";\n\nmessage ConnectDefault1 {\n  \
             google.protobuf.Int32Value I = 1;\n  google.protobuf.StringValue S = 2;\n}\n"
        );
    }
    #[test]
    fn clients_are_told_of_maps_by_their_entries() {
        let of = |value: SqlType| SqlType::Map(Arc::new(SqlType::String), Arc::new(value));
        let column = |name: &str, ty| Column { name: name.into(), ty, role: Role::Value };
        assert_eq!(
            generate_rows(&[column("ID", SqlType::Bigint), column("M", of(SqlType::Integer))]),
            "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int64 ID = 1;\n  repeated ConnectDefault2Entry M = 2;\n\n  \
             message ConnectDefault2Entry {\n    string key = 1;\n    int32 value = 2;\n  }\n}\n"
        );
        // What values need stands within the entry, and the whole can be read.
        let text = generate_rows(&[column("M", of(of(SqlType::Date)))]);
        assert!(text.contains("    ConnectDefault3 value = 2;\n\n    message ConnectDefault3 {"), "{text}");
        assert!(parse(&text, &[]).is_ok(), "{text}");
    }
}
