//! The SQL types of ksqlDB's dialect and their text in schema strings.

use std::fmt;
use std::sync::Arc;

/// One SQL type. Cloning is cheap: nested types are shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SqlType {
    /// `BOOLEAN`
    Boolean,
    /// `INTEGER`, 32 bits, wraps
    Integer,
    /// `BIGINT`, 64 bits, wraps
    Bigint,
    /// `DOUBLE`, IEEE 754 binary64
    Double,
    /// `DECIMAL(precision, scale)`: 1 ≤ precision ≤ 76, 0 ≤ scale ≤ precision
    Decimal {
        /// Total decimal digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `STRING` (`VARCHAR`)
    String,
    /// `BYTES`
    Bytes,
    /// `DATE`: days since 1970-01-01
    Date,
    /// `TIME`: milliseconds of the day
    Time,
    /// `TIMESTAMP`: milliseconds since 1970-01-01T00:00Z
    Timestamp,
    /// `ARRAY<T>`
    Array(Arc<SqlType>),
    /// `MAP<K, V>`
    Map(Arc<SqlType>, Arc<SqlType>),
    /// `STRUCT<name T, …>`, maybe without fields
    Struct(Arc<[StructField]>),
}

/// A field of a `STRUCT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StructField {
    /// Name as stored: upper case unless it was quoted.
    pub name: String,
    /// Type of the field.
    pub ty: SqlType,
}

impl SqlType {
    /// Whether the type is one of INTEGER, BIGINT, DECIMAL, DOUBLE.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Bigint | Self::Double | Self::Decimal { .. })
    }

    /// The bare name that REST schemas use, without parameters: `DECIMAL`, `ARRAY`, `STRING` …
    pub fn base_name(&self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::Integer => "INTEGER",
            Self::Bigint => "BIGINT",
            Self::Double => "DOUBLE",
            Self::Decimal { .. } => "DECIMAL",
            Self::String => "STRING",
            Self::Bytes => "BYTES",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Timestamp => "TIMESTAMP",
            Self::Array(_) => "ARRAY",
            Self::Map(..) => "MAP",
            Self::Struct(_) => "STRUCT",
        }
    }
}

/// ksqlDB's text of a type, as in `columnTypes` and schema strings: ``STRUCT<`F` INTEGER, `G` DECIMAL(4, 2)>``.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            Self::Array(item) => write!(f, "ARRAY<{item}>"),
            Self::Map(key, value) => write!(f, "MAP<{key}, {value}>"),
            Self::Struct(fields) => {
                f.write_str("STRUCT<")?;
                for (i, field) in fields.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}`{}` {}", field.name.replace('`', "``"), field.ty)?;
                }
                // An empty struct keeps a blank, so that `<>` is not read as an operator.
                f.write_str(if fields.is_empty() { " >" } else { ">" })
            }
            simple => f.write_str(simple.base_name()),
        }
    }
}
