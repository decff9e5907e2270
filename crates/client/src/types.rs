//! Columns and types out of a server's answers: the shell must read statements that use custom types, and pipelines
//! compare what there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_types::{Column, Role, SqlType, StructField};
use serde_json::Value;

/// The columns of a description (its `fields`) in order; `None`: there is one that cannot be read.
pub fn columns(description: &Value) -> Option<Vec<Column>> {
    let fields = description.get("fields")?.as_array()?;
    fields.iter().map(column).collect()
}

fn column(field: &Value) -> Option<Column> {
    let text = |name: &str| field.get(name).and_then(Value::as_str);
    let role = match (text("type"), text("headerKey")) {
        (Some("KEY"), _) => Role::Key,
        (Some("HEADER"), Some(key)) => Role::Header(key.into()),
        (Some("HEADER"), None) => Role::Headers,
        _ => Role::Value,
    };
    Some(Column { name: text("name")?.to_owned(), ty: sql_type(field.get("schema")?)?, role })
}

/// The types of an answer to SHOW TYPES by name; those that cannot be read are left out.
pub fn custom_types(answer: &str) -> BTreeMap<String, SqlType> {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let types = answer.pointer("/0/types").and_then(Value::as_object);
    types.into_iter().flatten().filter_map(|(name, schema)| Some((name.clone(), sql_type(schema)?))).collect()
}

fn sql_type(schema: &Value) -> Option<SqlType> {
    let member = || schema.get("memberSchema").and_then(sql_type).map(Arc::new);
    let parameter = |name: &str| {
        let number = schema.pointer(&format!("/parameters/{name}")).and_then(Value::as_u64);
        number.and_then(|n| u8::try_from(n).ok())
    };
    Some(match schema.get("type")?.as_str()? {
        "BOOLEAN" => SqlType::Boolean,
        "INTEGER" => SqlType::Integer,
        "BIGINT" => SqlType::Bigint,
        "DOUBLE" => SqlType::Double,
        "STRING" => SqlType::String,
        "BYTES" => SqlType::Bytes,
        "DATE" => SqlType::Date,
        "TIME" => SqlType::Time,
        "TIMESTAMP" => SqlType::Timestamp,
        "DECIMAL" => SqlType::Decimal { precision: parameter("precision")?, scale: parameter("scale")? },
        "ARRAY" => SqlType::Array(member()?),
        "MAP" => SqlType::Map(Arc::new(SqlType::String), member()?),
        "STRUCT" => {
            let fields = schema.get("fields")?.as_array()?.iter().map(|field| {
                let name = field.get("name")?.as_str()?.to_owned();
                Some(StructField { name, ty: sql_type(field.get("schema")?)? })
            });
            SqlType::Struct(fields.collect::<Option<Vec<_>>>()?.into())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_back_and_strange_ones_left_out() {
        let simple = |name: &str| format!(r#"{{"type":"{name}","fields":null,"memberSchema":null}}"#);
        let answer = format!(
            r#"[{{"@type":"type_list","types":{{"D":{{"type":"DECIMAL","fields":null,"memberSchema":null,"parameters":{{"precision":4,"scale":2}}}},
                "S":{{"type":"STRUCT","fields":[{{"name":"A","schema":{{"type":"ARRAY","fields":null,"memberSchema":{}}}}}],"memberSchema":null}},
                "X":{}}}}}]"#,
            simple("BIGINT"),
            simple("NEW")
        );
        let shown: Vec<String> = custom_types(&answer).iter().map(|(name, ty)| format!("{name} {ty}")).collect();
        assert_eq!(shown, ["D DECIMAL(4, 2)", "S STRUCT<`A` ARRAY<BIGINT>>"]);
        assert!(custom_types("oops").is_empty());
    }

    #[test]
    fn columns_have_their_roles() {
        let field = |name: &str, more: &str| {
            let schema = r#"{"type":"STRING","fields":null,"memberSchema":null}"#;
            format!(r#"{{"name":"{name}","schema":{schema}{more}}}"#)
        };
        let fields = [
            field("K", r#","type":"KEY""#),
            field("V", ""),
            field("H", r#","type":"HEADER","headerKey":"h""#),
            field("A", r#","type":"HEADER""#),
        ];
        let description = serde_json::from_str(&format!(r#"{{"fields":[{}]}}"#, fields.join(","))).unwrap();
        let shown: Vec<String> = columns(&description).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["`K` STRING KEY", "`V` STRING", "`H` STRING HEADER('h')", "`A` STRING HEADERS"]);
        assert_eq!(columns(&Value::Null), None);
    }
}
