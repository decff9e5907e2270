//! Columns to the Avro schema that ksqlDB writes them with.

use millstream_types::{Column, SqlType};
use serde_json::{Map, Value, json};

/// The name of the record of values when nobody gives one.
pub(crate) const VALUE_NAME: &str = "io.confluent.ksql.avro_schemas.KsqlDataSourceSchema";

/// The text of the schema of these columns: a record of that name, or the type of the only one, which has no null: a payload of
/// null is none.
pub fn generate(columns: &[Column], wrapped: bool, full_name: Option<&str>) -> String {
    let full_name = full_name.unwrap_or(VALUE_NAME);
    let schema = match columns {
        [only] if !wrapped => typed(&only.ty, full_name),
        columns => record(columns.iter().map(|c| (c.name.as_str(), &c.ty)), full_name),
    };
    schema.to_string()
}

fn record<'a>(fields: impl Iterator<Item = (&'a str, &'a SqlType)>, full_name: &str) -> Value {
    let (namespace, name) = full_name.rsplit_once('.').unwrap_or(("", full_name));
    let field = |(field, ty): (&str, &SqlType)| json!({"name": field, "type": nullable(typed(ty, &format!("{full_name}_{field}"))), "default": null});
    let mut object = Map::new();
    object.insert("type".into(), "record".into());
    object.insert("name".into(), name.into());
    if !namespace.is_empty() {
        object.insert("namespace".into(), namespace.into());
    }
    object.insert("fields".into(), fields.map(field).collect());
    object.insert("connect.name".into(), full_name.into());
    Value::Object(object)
}

fn nullable(ty: Value) -> Value {
    json!(["null", ty])
}

fn typed(ty: &SqlType, path: &str) -> Value {
    match ty {
        SqlType::Boolean => "boolean".into(),
        SqlType::Integer => "int".into(),
        SqlType::Bigint => "long".into(),
        SqlType::Double => "double".into(),
        SqlType::String => "string".into(),
        SqlType::Bytes => "bytes".into(),
        SqlType::Decimal { precision, scale } => json!({
            "type": "bytes", "scale": scale, "precision": precision, "connect.version": 1,
            "connect.parameters": {"scale": scale.to_string(), "connect.decimal.precision": precision.to_string()},
            "connect.name": "org.apache.kafka.connect.data.Decimal", "logicalType": "decimal"
        }),
        SqlType::Date => connect("int", "Date", "date"),
        SqlType::Time => connect("int", "Time", "time-millis"),
        SqlType::Timestamp => connect("long", "Timestamp", "timestamp-millis"),
        SqlType::Array(item) => json!({"type": "array", "items": nullable(typed(item, path))}),
        SqlType::Map(key, value) => {
            let mut entry = record([("key", &**key), ("value", &**value)].into_iter(), path);
            if let Value::Object(object) = &mut entry {
                object.remove("connect.name");
                object.insert("connect.internal.type".into(), "MapEntry".into());
            }
            json!({"type": "array", "items": entry, "connect.name": path, "connect.internal.type": "MapEntry"})
        }
        SqlType::Struct(fields) => record(fields.iter().map(|f| (f.name.as_str(), &f.ty)), path),
    }
}

fn connect(base: &str, name: &str, logical: &str) -> Value {
    json!({
        "type": base, "connect.version": 1,
        "connect.name": format!("org.apache.kafka.connect.data.{name}"), "logicalType": logical
    })
}

/// Whether Avro takes a name: letters, digits and underscores, no digit first.
///
/// # Errors
/// What it says about the name.
pub fn check_name(name: &str) -> Result<(), String> {
    let Some(first) = name.chars().next() else { return Err("Empty name".to_owned()) };
    if !(first.is_alphabetic() || first == '_') {
        return Err(format!("Illegal initial character: {name}"));
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(format!("Illegal character in: {name}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::avro::{parse, sql_type};
    use millstream_types::{Role, StructField};
    use std::sync::Arc;

    #[test]
    fn what_is_written_means_the_same_columns() {
        let inner = SqlType::Struct(
            [
                StructField { name: "A".into(), ty: SqlType::Decimal { precision: 10, scale: 3 } },
                StructField { name: "M".into(), ty: SqlType::Map(Arc::new(SqlType::String), Arc::new(SqlType::Date)) },
            ]
            .into(),
        );
        for ty in [
            SqlType::Boolean,
            SqlType::Integer,
            SqlType::Bytes,
            SqlType::Time,
            SqlType::Timestamp,
            SqlType::Array(Arc::new(inner.clone())),
            SqlType::Map(Arc::new(SqlType::String), Arc::new(inner)),
        ] {
            let column = Column { name: "C".into(), ty: ty.clone(), role: Role::Value };
            let bare = parse(&generate(std::slice::from_ref(&column), false, None), &[]).unwrap();
            assert_eq!(sql_type(&bare, bare.root(), &str::to_owned), Some(ty.clone()));
            let record = parse(&generate(&[column], true, Some("x.Y")), &[]).unwrap();
            let expected = SqlType::Struct([StructField { name: "C".into(), ty }].into());
            assert_eq!(sql_type(&record, record.root(), &str::to_owned), Some(expected));
        }
    }

    #[test]
    fn names_must_be_avros() {
        assert_eq!(check_name("a_1"), Ok(()));
        assert_eq!(check_name("1a"), Err("Illegal initial character: 1a".into()));
        assert_eq!(check_name("a-b"), Err("Illegal character in: a-b".into()));
    }
}
