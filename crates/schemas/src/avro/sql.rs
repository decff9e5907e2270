//! What an Avro type is in SQL: through Kafka Connect's types, as ksqlDB sees it.

use std::sync::Arc;

use millstream_types::{SqlType, StructField};

use super::{Avro, Kind, Logical, NodeId};

/// Types within each other that are followed; deeper ones, and those that contain themselves, have no SQL type.
const DEPTH_MAX: usize = 64;

/// The SQL type of a node, `None` if there is none. `name`: how a field's name is stored.
pub fn sql_type(avro: &Avro, node: NodeId, name: &dyn Fn(&str) -> String) -> Option<SqlType> {
    convert(avro, node, name, 0)
}

fn convert(avro: &Avro, id: NodeId, name: &dyn Fn(&str) -> String, depth: usize) -> Option<SqlType> {
    if depth > DEPTH_MAX {
        return None;
    }
    let deeper = |id: NodeId| convert(avro, id, name, depth + 1);
    let node = avro.node(id);
    Some(match (&node.kind, node.logical) {
        (_, Logical::Decimal { precision, scale }) => {
            let (precision, scale) = (u8::try_from(precision).ok()?, u8::try_from(scale).ok()?);
            (1..=76).contains(&precision).then_some(())?;
            (scale <= precision).then_some(SqlType::Decimal { precision, scale })?
        }
        (_, Logical::Date) => SqlType::Date,
        (_, Logical::TimeMillis) => SqlType::Time,
        (_, Logical::TimestampMillis) => SqlType::Timestamp,
        (Kind::Null, _) => return None,
        (Kind::Boolean, _) => SqlType::Boolean,
        (Kind::Int, _) => SqlType::Integer,
        (Kind::Long, _) => SqlType::Bigint,
        (Kind::Float | Kind::Double, _) => SqlType::Double,
        (Kind::Bytes | Kind::Fixed(_), _) => SqlType::Bytes,
        (Kind::String | Kind::Enum(_), _) => SqlType::String,
        (Kind::Array(items), _) => match avro.map_entry(*items) {
            Some((key, value)) => {
                // Keys of other types are told as their texts.
                use SqlType::{Bigint, Boolean, Integer, String};
                matches!(deeper(key.node)?, Boolean | Integer | Bigint | String).then_some(())?;
                SqlType::Map(Arc::new(String), Arc::new(deeper(value.node)?))
            }
            None => SqlType::Array(Arc::new(deeper(*items)?)),
        },
        (Kind::Map(values), _) => SqlType::Map(Arc::new(SqlType::String), Arc::new(deeper(*values)?)),
        (Kind::Union(branches), _) => match avro.nullable(id) {
            Some((.., inner)) => deeper(inner)?,
            // A struct of the types, of which the field of a value's own type is set.
            None => {
                let member = |branch: &NodeId| {
                    Some(StructField { name: name(avro.member_name(*branch)?), ty: deeper(*branch)? })
                };
                let fields: Vec<StructField> = branches.iter().filter_map(member).collect();
                let again = |(i, field): (usize, &StructField)| fields.iter().take(i).any(|f| f.name == field.name);
                if fields.is_empty() || fields.iter().enumerate().any(again) {
                    return None;
                }
                SqlType::Struct(fields.into())
            }
        },
        (Kind::Record(record), _) => {
            // A field without a type is left out; a record that contains itself ends at the depth, and has none.
            let typed = |field: &super::Field| Some(StructField { name: name(&field.name), ty: deeper(field.node)? });
            if contains_itself(avro, id, &mut Vec::new()) {
                return None;
            }
            SqlType::Struct(record.fields.iter().filter_map(typed).collect())
        }
    })
}

/// Whether a record is found again below itself.
fn contains_itself(avro: &Avro, id: NodeId, above: &mut Vec<NodeId>) -> bool {
    if above.contains(&id) {
        return true;
    }
    if above.len() > DEPTH_MAX {
        return true;
    }
    above.push(id);
    let found = match &avro.node(id).kind {
        Kind::Array(inner) | Kind::Map(inner) => contains_itself(avro, *inner, above),
        Kind::Union(branches) => branches.iter().any(|b| contains_itself(avro, *b, above)),
        Kind::Record(record) => record.fields.iter().any(|f| contains_itself(avro, f.node, above)),
        _ => false,
    };
    above.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_union_of_several_types_is_a_struct_of_them() {
        for (schema, expected) in [
            (r#"["null","int"]"#, Some("INTEGER")),
            (r#"["int","string"]"#, Some("STRUCT<`INT` INTEGER, `STRING` STRING>")),
            (r#"["null","long","double"]"#, Some("STRUCT<`LONG` BIGINT, `DOUBLE` DOUBLE>")),
            (
                r#"["string",{"type":"record","name":"a.b.Place","fields":[{"name":"x","type":"int"}]}]"#,
                Some("STRUCT<`STRING` STRING, `PLACE` STRUCT<`X` INTEGER>>"),
            ),
            (r#"["null"]"#, None),
        ] {
            let avro = parse(schema, &[]).unwrap();
            let ty = sql_type(&avro, avro.root(), &str::to_uppercase).map(|ty| ty.to_string());
            assert_eq!(ty.as_deref(), expected, "{schema}");
        }
    }
}
