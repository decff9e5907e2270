//! The one mapping from SQL types to Arrow types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::{SqlType, StructField};

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

/// The SQL type that holds values of an Arrow type, whichever of Arrow's widths and layouts it uses; `None` when there is
/// none (intervals, durations, unions, the null type).
///
/// Values of it reach [`arrow_type`] of the result by Arrow's own cast.
pub fn nearest_sql_type(ty: &DataType) -> Option<SqlType> {
    Some(match ty {
        DataType::Boolean => SqlType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => SqlType::Integer,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => SqlType::Bigint,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => SqlType::Double,
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => {
            let scale = u8::try_from(*s).ok()?;
            SqlType::Decimal { precision: (*p).max(scale), scale }
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => SqlType::String,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            SqlType::Bytes
        }
        DataType::Date32 | DataType::Date64 => SqlType::Date,
        DataType::Time32(_) | DataType::Time64(_) => SqlType::Time,
        DataType::Timestamp(..) => SqlType::Timestamp,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            SqlType::Array(nearest_sql_type(item.data_type())?.into())
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(fields) = entries.data_type() else { return None };
            let [key, value] = fields.as_ref() else { return None };
            SqlType::Map(nearest_sql_type(key.data_type())?.into(), nearest_sql_type(value.data_type())?.into())
        }
        DataType::Struct(fields) => {
            let field =
                |f: &Arc<Field>| Some(StructField { name: f.name().clone(), ty: nearest_sql_type(f.data_type())? });
            SqlType::Struct(fields.iter().map(field).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
