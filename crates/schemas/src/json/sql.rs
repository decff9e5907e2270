//! What a JSON Schema means in SQL.

use std::sync::Arc;

use millstream_types::{SqlType, StructField};
use serde_json::{Map, Value};

/// Types within each other that are followed; deeper ones, and those that contain themselves, have no SQL type.
const DEPTH_MAX: usize = 64;
/// Decimals of which nobody says how many digits they have: Kafka Connect's default.
const PRECISION_DEFAULT: u8 = 64;

/// The SQL type of a schema's text, `None` if it has none. `imports`: the texts of the schemas that it refers to, by name;
/// `name`: how a field's name is stored.
///
/// # Errors
/// One of the texts is not JSON.
pub fn sql_type(
    text: &str,
    imports: &[(String, String)],
    name: &dyn Fn(&str) -> String,
) -> Result<Option<SqlType>, String> {
    let read = |text: &str| -> Result<Value, String> {
        serde_json::from_str(text).map_err(|e| format!("not a JSON schema: {e}"))
    };
    let root = read(text)?;
    let mut imported = Vec::with_capacity(imports.len());
    for (document, text) in imports {
        imported.push((document.as_str(), read(text)?));
    }
    Ok(Reader { root: &root, imports: &imported, name }.convert(&root, 0))
}

#[derive(Clone, Copy)]
struct Reader<'s> {
    /// The schema that is read, in which references without a name have their targets.
    root: &'s Value,
    imports: &'s [(&'s str, Value)],
    name: &'s dyn Fn(&str) -> String,
}

impl Reader<'_> {
    fn convert(&self, schema: &Value, depth: usize) -> Option<SqlType> {
        if depth > DEPTH_MAX {
            return None;
        }
        let object = schema.as_object()?;
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            let (document, place) = reference.split_once('#').unwrap_or((reference, ""));
            let imported = || self.imports.iter().find(|(name, _)| *name == document).map(|(_, schema)| schema);
            let root = if document.is_empty() { self.root } else { imported()? };
            return Reader { root, ..*self }.convert(root.pointer(place)?, depth + 1);
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(branches) = object.get(alternatives).and_then(Value::as_array) {
                return self.only(branches, depth);
            }
        }
        if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
            let mut fields: Vec<StructField> = Vec::new();
            for part in parts {
                if let Some(SqlType::Struct(inner)) = self.convert(part, depth + 1) {
                    fields.extend(
                        inner.iter().filter(|f| !fields.iter().any(|k| k.name == f.name)).cloned().collect::<Vec<_>>(),
                    );
                }
            }
            return Some(SqlType::Struct(fields.into()));
        }
        let ty = match object.get("type") {
            Some(Value::String(ty)) => ty.as_str(),
            // `["null", "integer"]`
            Some(Value::Array(types)) => {
                let mut others = types.iter().filter_map(Value::as_str).filter(|t| *t != "null");
                match (others.next(), others.next()) {
                    (Some(only), None) => only,
                    _ => return None,
                }
            }
            _ if object.contains_key("properties") => "object",
            _ if object.contains_key("enum") => "string",
            _ => return None,
        };
        self.typed(ty, object, depth)
    }

    /// The one alternative beside null.
    fn only(&self, branches: &[Value], depth: usize) -> Option<SqlType> {
        let is_null = |branch: &&Value| branch.get("type").and_then(Value::as_str) != Some("null");
        let mut others = branches.iter().filter(is_null);
        match (others.next(), others.next()) {
            (Some(only), None) => self.convert(only, depth + 1),
            _ => None,
        }
    }

    fn typed(&self, ty: &str, object: &Map<String, Value>, depth: usize) -> Option<SqlType> {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let (connect, title) = (text("connect.type"), text("title"));
        let logical = title.and_then(|t| t.strip_prefix("org.apache.kafka.connect.data."));
        Some(match (ty, logical) {
            ("number" | "integer" | "string", Some("Decimal")) => decimal(object)?,
            ("integer", Some("Date")) => SqlType::Date,
            ("integer", Some("Time")) => SqlType::Time,
            ("integer", Some("Timestamp")) => SqlType::Timestamp,
            ("integer", _) => match connect {
                Some("int8" | "int16" | "int32") => SqlType::Integer,
                _ => SqlType::Bigint,
            },
            ("number", _) => match connect {
                Some("int8" | "int16" | "int32") => SqlType::Integer,
                Some("int64") => SqlType::Bigint,
                _ => SqlType::Double,
            },
            ("boolean", _) => SqlType::Boolean,
            ("string", _) if connect == Some("bytes") => SqlType::Bytes,
            ("string", _) => SqlType::String,
            ("array", _) => {
                let items = object.get("items")?;
                if connect == Some("map") {
                    let part = |name: &str| self.convert(items.get("properties")?.get(name)?, depth + 1);
                    return Some(SqlType::Map(Arc::new(part("key")?), Arc::new(part("value")?)));
                }
                SqlType::Array(Arc::new(self.convert(items, depth + 1)?))
            }
            ("object", _) => self.object(object, connect == Some("map"), depth)?,
            _ => return None,
        })
    }

    fn object(&self, object: &Map<String, Value>, map: bool, depth: usize) -> Option<SqlType> {
        let properties = object.get("properties").and_then(Value::as_object);
        let values = object.get("additionalProperties").filter(|v| v.is_object());
        if map || (properties.is_none() && values.is_some()) {
            let value = self.convert(values?, depth + 1)?;
            return Some(SqlType::Map(Arc::new(SqlType::String), Arc::new(value)));
        }
        let mut listed: Vec<(u64, &String, &Value)> = properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| {
                (schema.get("connect.index").and_then(Value::as_u64).unwrap_or(u64::MAX), name, schema)
            })
            .collect();
        listed.sort_by_key(|(index, ..)| *index); // stable: the others by name
        let field = |(_, name, schema): (u64, &String, &Value)| {
            Some(StructField { name: (self.name)(name), ty: self.convert(schema, depth + 1)? })
        };
        Some(SqlType::Struct(listed.into_iter().filter_map(field).collect()))
    }
}

fn decimal(object: &Map<String, Value>) -> Option<SqlType> {
    let parameter = |name: &str| object.get("connect.parameters")?.get(name)?.as_str()?.parse::<u8>().ok();
    let precision = parameter("connect.decimal.precision").unwrap_or(PRECISION_DEFAULT);
    let scale = parameter("scale").unwrap_or(0);
    ((1..=76).contains(&precision) && scale <= precision).then_some(SqlType::Decimal { precision, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_mean_types() {
        for (text, expected) in [
            (r#"{"type":"integer"}"#, "BIGINT"),
            (r#"{"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]}"#, "INTEGER"),
            (r#"{"type":["null","boolean"]}"#, "BOOLEAN"),
            (r#"{"type":"object","additionalProperties":{"type":"string"}}"#, "MAP<STRING, STRING>"),
            (
                r##"{"type":"object","properties":{"b":{"$ref":"#/definitions/x"},"a":{"type":"null"},
                "c":{"type":"array","items":{"type":"number"},"connect.index":0}},"definitions":{"x":{"type":"string"}}}"##,
                "STRUCT<`c` ARRAY<DOUBLE>, `b` STRING>",
            ),
        ] {
            let ty = sql_type(text, &[], &str::to_owned).unwrap();
            assert_eq!(ty.map(|t| t.to_string()).as_deref(), Some(expected), "{text}");
        }
        let endless = r##"{"type":"array","items":{"$ref":"#"}}"##;
        assert_eq!(sql_type(endless, &[], &str::to_owned), Ok(None));
        assert!(sql_type("{", &[], &str::to_owned).is_err());
    }

    #[test]
    fn what_a_schema_refers_to_is_read() {
        let text = r#"{"type":"object","properties":{"a":{"$ref":"e.json"},"b":{"$ref":"e.json#/definitions/x"},
            "c":{"$ref":"nowhere.json"}}}"#;
        let event = r##"{"type":"object","properties":{"at":{"$ref":"#/definitions/x"}},
            "definitions":{"x":{"type":"integer"}}}"##;
        let ty = sql_type(text, &[("e.json".to_owned(), event.to_owned())], &str::to_owned).unwrap().unwrap();
        assert_eq!(ty.to_string(), "STRUCT<`a` STRUCT<`at` BIGINT>, `b` BIGINT>");
        assert!(sql_type(text, &[("e.json".to_owned(), "{".to_owned())], &str::to_owned).is_err());
    }
}
