//! The one mapping from SQL types to Arrow types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::SqlType;

/// The Arrow type in which values of `ty` travel between operators.
///
/// | SQL | Arrow |
/// |---|---|
/// | BOOLEAN INTEGER BIGINT DOUBLE | Boolean Int32 Int64 Float64 |
/// | DECIMAL(p,s) | Decimal128 up to 38 digits, else Decimal256 |
/// | STRING BYTES | Utf8 Binary |
/// | DATE TIME TIMESTAMP | Date32 Time32(ms) Timestamp(ms, no zone: UTC) |
/// | ARRAY MAP STRUCT | List(`item`) Map(`entries`: `key`, `value`) Struct, all nullable but map keys |
pub fn arrow_type(ty: &SqlType) -> DataType {
    match ty {
        SqlType::Boolean => DataType::Boolean,
        SqlType::Integer => DataType::Int32,
        SqlType::Bigint => DataType::Int64,
        SqlType::Double => DataType::Float64,
        SqlType::Decimal { precision, scale } if *precision <= 38 => DataType::Decimal128(*precision, *scale as i8),
        SqlType::Decimal { precision, scale } => DataType::Decimal256(*precision, *scale as i8),
        SqlType::String => DataType::Utf8,
        SqlType::Bytes => DataType::Binary,
        SqlType::Date => DataType::Date32,
        SqlType::Time => DataType::Time32(TimeUnit::Millisecond),
        SqlType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        SqlType::Array(item) => DataType::List(Arc::new(Field::new("item", arrow_type(item), true))),
        SqlType::Map(key, value) => {
            let entries = Fields::from(vec![
                Field::new("key", arrow_type(key), false),
                Field::new("value", arrow_type(value), true),
            ]);
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
        }
        SqlType::Struct(fields) => DataType::Struct(fields.iter().map(|f| arrow_field(&f.name, &f.ty)).collect()),
    }
}

/// A nullable Arrow field of that name and type.
pub fn arrow_field(name: &str, ty: &SqlType) -> Field {
    Field::new(name, arrow_type(ty), true)
}
