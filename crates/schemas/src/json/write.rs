//! Columns to the JSON Schema that ksqlDB writes them with.

use millstream_types::{Column, SqlType};
use serde_json::{Map, Value, json};

/// The text of the schema of these columns: an object, or the type of the only one.
pub fn generate(columns: &[Column], wrapped: bool) -> String {
    let schema = match columns {
        [only] if !wrapped => nullable(typed(&only.ty), None),
        columns => object(columns.iter().map(|c| (c.name.as_str(), &c.ty))),
    };
    schema.to_string()
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a SqlType)>) -> Value {
    let property = |(i, (name, ty)): (usize, (&str, &SqlType))| (name.to_owned(), nullable(typed(ty), Some(i)));
    let properties: Map<String, Value> = fields.enumerate().map(property).collect();
    json!({"type": "object", "properties": properties})
}

fn nullable(ty: Value, index: Option<usize>) -> Value {
    match index {
        Some(index) => json!({"connect.index": index, "oneOf": [{"type": "null"}, ty]}),
        None => json!({"oneOf": [{"type": "null"}, ty]}),
    }
}

fn typed(ty: &SqlType) -> Value {
    let logical = |name: &str, base: &str| {
        json!({
            "type": "integer", "title": format!("org.apache.kafka.connect.data.{name}"),
            "connect.version": 1, "connect.type": base
        })
    };
    match ty {
        SqlType::Boolean => json!({"type": "boolean"}),
        SqlType::Integer => json!({"type": "integer", "connect.type": "int32"}),
        SqlType::Bigint => json!({"type": "integer", "connect.type": "int64"}),
        SqlType::Double => json!({"type": "number", "connect.type": "float64"}),
        SqlType::String => json!({"type": "string"}),
        SqlType::Bytes => json!({"type": "string", "connect.type": "bytes"}),
        SqlType::Decimal { precision, scale } => json!({
            "type": "number", "title": "org.apache.kafka.connect.data.Decimal", "connect.version": 1,
            "connect.type": "bytes",
            "connect.parameters": {"scale": scale.to_string(), "connect.decimal.precision": precision.to_string()}
        }),
        SqlType::Date => logical("Date", "int32"),
        SqlType::Time => logical("Time", "int32"),
        SqlType::Timestamp => logical("Timestamp", "int64"),
        SqlType::Array(item) => json!({"type": "array", "items": nullable(typed(item), None)}),
        SqlType::Map(_, value) => json!({
            "type": "object", "connect.type": "map", "additionalProperties": nullable(typed(value), None)
        }),
        SqlType::Struct(fields) => object(fields.iter().map(|f| (f.name.as_str(), &f.ty))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::sql_type;
    use millstream_types::{Role, StructField};
    use std::sync::Arc;

    #[test]
    fn what_is_written_means_the_same_columns() {
        let field = |name: &str, ty| StructField { name: name.into(), ty };
        let inner = SqlType::Struct(
            [
                field("Z", SqlType::Decimal { precision: 10, scale: 3 }),
                field("M", SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Date))),
                field("T", SqlType::Time),
                field("S", SqlType::Timestamp),
                field("B", SqlType::Bytes),
            ]
            .into(),
        );
        let ty = SqlType::Array(Arc::new(inner));
        let column = Column { name: "C".into(), ty: ty.clone(), role: Role::Value };
        let bare = generate(std::slice::from_ref(&column), false);
        assert_eq!(sql_type(&bare, &[], &str::to_owned), Ok(Some(ty.clone())));
        let expected = SqlType::Struct([field("C", ty)].into());
        assert_eq!(sql_type(&generate(&[column], true), &[], &str::to_owned), Ok(Some(expected)));
    }
}
