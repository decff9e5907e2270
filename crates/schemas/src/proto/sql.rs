//! What messages are in SQL: through Kafka Connect's types, as ksqlDB sees them.

use std::sync::Arc;

use millstream_types::{SqlType, StructField};

use super::{Field, FieldType, Label, MessageId, Proto};

/// Types within each other that are followed; deeper ones have no SQL type.
const DEPTH_MAX: usize = 64;
/// Decimals of which nobody says how many digits they have: Kafka Connect's default.
const PRECISION_DEFAULT: u32 = 64;

/// What a message means as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A struct of its fields.
    Struct,
    /// `google.protobuf.Timestamp`.
    Timestamp,
    /// `google.type.Date`.
    Date,
    /// `google.type.TimeOfDay`.
    Time,
    /// `confluent.type.Decimal`.
    Decimal,
    /// `google.protobuf.…Value`: the scalar in it, or null.
    Wrapper,
}

/// What a message means.
pub fn meaning(full_name: &str) -> Meaning {
    match full_name {
        "google.protobuf.Timestamp" => Meaning::Timestamp,
        "google.type.Date" => Meaning::Date,
        "google.type.TimeOfDay" => Meaning::Time,
        "confluent.type.Decimal" => Meaning::Decimal,
        _ => {
            let wrapped = full_name.strip_prefix("google.protobuf.").and_then(|n| n.strip_suffix("Value"));
            match wrapped {
                Some("Double" | "Float" | "Int64" | "UInt64" | "Int32" | "UInt32" | "Bool" | "String" | "Bytes") => {
                    Meaning::Wrapper
                }
                _ => Meaning::Struct,
            }
        }
    }
}

/// The fields of a message with their SQL types; those without one are left out, and oneofs come first. `name`: how a
/// field's name is stored.
pub fn sql_fields(proto: &Proto, message: MessageId, name: &dyn Fn(&str) -> String) -> Vec<(String, SqlType)> {
    fields(proto, message, name, 0)
}

fn fields(proto: &Proto, message: MessageId, name: &dyn Fn(&str) -> String, depth: usize) -> Vec<(String, SqlType)> {
    let message = proto.message(message);
    let unions = message.unions().into_iter().filter_map(|(union, members)| {
        let member = |f: &Field| Some(StructField { name: name(&f.name), ty: of_field(proto, f, name, depth + 1)? });
        let members: Vec<StructField> = members.into_iter().filter_map(member).collect();
        (!members.is_empty()).then(|| (name(&union), SqlType::Struct(members.into())))
    });
    let plain = message.fields.iter().filter(|f| f.oneof.is_none());
    unions.chain(plain.filter_map(|f| Some((name(&f.name), of_field(proto, f, name, depth)?)))).collect()
}

fn of_field(proto: &Proto, field: &Field, name: &dyn Fn(&str) -> String, depth: usize) -> Option<SqlType> {
    if depth > DEPTH_MAX {
        return None;
    }
    let single = match field.ty {
        FieldType::Message(id) if proto.message(id).map_entry => {
            // Keys of other types are told as their texts.
            let [_, value] = proto.message(id).fields.as_slice() else { return None };
            let value = of_field(proto, value, name, depth + 1)?;
            return Some(SqlType::Map(Arc::new(SqlType::String), Arc::new(value)));
        }
        FieldType::Message(id) => of_message(proto, id, field, name, depth)?,
        scalar => of_scalar(scalar),
    };
    Some(if field.label == Label::Repeated { SqlType::Array(Arc::new(single)) } else { single })
}

fn of_scalar(ty: FieldType) -> SqlType {
    match ty {
        FieldType::Double | FieldType::Float => SqlType::Double,
        FieldType::Int32 | FieldType::Sint32 | FieldType::Sfixed32 => SqlType::Integer,
        FieldType::Int64
        | FieldType::Uint32
        | FieldType::Uint64
        | FieldType::Sint64
        | FieldType::Fixed32
        | FieldType::Fixed64
        | FieldType::Sfixed64 => SqlType::Bigint,
        FieldType::Bool => SqlType::Boolean,
        FieldType::Bytes => SqlType::Bytes,
        FieldType::String | FieldType::Enum(_) | FieldType::Message(_) => SqlType::String,
    }
}

fn of_message(
    proto: &Proto,
    id: MessageId,
    field: &Field,
    name: &dyn Fn(&str) -> String,
    depth: usize,
) -> Option<SqlType> {
    let message = proto.message(id);
    Some(match meaning(&message.full_name) {
        Meaning::Timestamp => SqlType::Timestamp,
        Meaning::Date => SqlType::Date,
        Meaning::Time => SqlType::Time,
        Meaning::Decimal => {
            let (precision, scale) = field.decimal.unwrap_or((PRECISION_DEFAULT, 0));
            let (precision, scale) = (u8::try_from(precision).ok()?, u8::try_from(scale).ok()?);
            ((1..=76).contains(&precision) && scale <= precision).then_some(SqlType::Decimal { precision, scale })?
        }
        Meaning::Wrapper => of_scalar(message.fields.first()?.ty),
        Meaning::Struct => {
            // One that contains itself has no end, and no type.
            if contains_itself(proto, id, &mut Vec::new()) {
                return None;
            }
            let fields = fields(proto, id, name, depth + 1);
            SqlType::Struct(fields.into_iter().map(|(name, ty)| StructField { name, ty }).collect())
        }
    })
}

fn contains_itself(proto: &Proto, id: MessageId, above: &mut Vec<MessageId>) -> bool {
    if above.contains(&id) || above.len() > DEPTH_MAX {
        return true;
    }
    above.push(id);
    let found = proto.message(id).fields.iter().any(|field| match field.ty {
        FieldType::Message(inner) => contains_itself(proto, inner, above),
        _ => false,
    });
    above.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn messages_mean_columns() {
        let text = "syntax = \"proto3\"; message M { int32 a = 1; oneof o { int32 b = 2; string c = 3; } \
                    map<int32, bool> d = 4; oneof p { bool e = 5; } }";
        let proto = parse(text, &[]).unwrap();
        let fields = sql_fields(&proto, proto.find(None).unwrap(), &str::to_owned);
        let shown: Vec<String> = fields.iter().map(|(name, ty)| format!("{name} {ty}")).collect();
        assert_eq!(
            shown,
            ["o_0 STRUCT<`b` INTEGER, `c` STRING>", "p_1 STRUCT<`e` BOOLEAN>", "a INTEGER", "d MAP<STRING, BOOLEAN>"]
        );
    }
}
