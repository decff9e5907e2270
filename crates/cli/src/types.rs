//! Custom types of a server, out of its answer to SHOW TYPES: the shell must read the statements that use them.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_types::{SqlType, StructField};
use serde_json::Value;

/// The types of an answer by name; those that cannot be read are left out.
pub(crate) fn read(answer: &str) -> BTreeMap<String, SqlType> {
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
        let shown: Vec<String> = read(&answer).iter().map(|(name, ty)| format!("{name} {ty}")).collect();
        assert_eq!(shown, ["D DECIMAL(4, 2)", "S STRUCT<`A` ARRAY<BIGINT>>"]);
        assert!(read("oops").is_empty());
    }
}
