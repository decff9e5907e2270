//! The values of columns to be written, their types resolved once per batch: what the binary encoders walk over.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, ListArray, MapArray, PrimitiveArray, StringArray, StructArray,
};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType, i256,
};
use millstream_types::SqlType;

/// The values of one column, or of what is nested in one.
pub(crate) enum Cells<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a PrimitiveArray<Int32Type>),
    Bigint(&'a PrimitiveArray<Int64Type>),
    Double(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a PrimitiveArray<Decimal128Type>, u8),
    BigDecimal(&'a PrimitiveArray<Decimal256Type>, u8),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time32MillisecondType>),
    Timestamp(&'a PrimitiveArray<TimestampMillisecondType>),
    List(&'a ListArray, Box<Cells<'a>>),
    Map(&'a MapArray, Box<Cells<'a>>, Box<Cells<'a>>),
    Struct(&'a StructArray, Vec<Cells<'a>>),
}

impl<'a> Cells<'a> {
    /// The array must have the Arrow type of the SQL type, as the planner promises.
    pub(crate) fn new(ty: &SqlType, array: &'a ArrayRef) -> Self {
        match ty {
            SqlType::Boolean => Self::Boolean(array.as_boolean()),
            SqlType::Integer => Self::Integer(array.as_primitive()),
            SqlType::Bigint => Self::Bigint(array.as_primitive()),
            SqlType::Double => Self::Double(array.as_primitive()),
            SqlType::Decimal { precision, scale } if *precision <= 38 => Self::Decimal(array.as_primitive(), *scale),
            SqlType::Decimal { scale, .. } => Self::BigDecimal(array.as_primitive(), *scale),
            SqlType::String => Self::Text(array.as_string()),
            SqlType::Bytes => Self::Bytes(array.as_binary()),
            SqlType::Date => Self::Date(array.as_primitive()),
            SqlType::Time => Self::Time(array.as_primitive()),
            SqlType::Timestamp => Self::Timestamp(array.as_primitive()),
            SqlType::Array(item) => {
                let list = array.as_list();
                Self::List(list, Box::new(Self::new(item, list.values())))
            }
            SqlType::Map(key, value) => {
                let map = array.as_map();
                Self::Map(map, Box::new(Self::new(key, map.keys())), Box::new(Self::new(value, map.values())))
            }
            SqlType::Struct(fields) => {
                let structs = array.as_struct();
                let cells = fields.iter().zip(structs.columns()).map(|(field, column)| Self::new(&field.ty, column));
                Self::Struct(structs, cells.collect())
            }
        }
    }

    /// Whether there is no value in that row.
    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Boolean(a) => a.is_null(row),
            Self::Integer(a) => a.is_null(row),
            Self::Bigint(a) => a.is_null(row),
            Self::Double(a) => a.is_null(row),
            Self::Decimal(a, _) => a.is_null(row),
            Self::BigDecimal(a, _) => a.is_null(row),
            Self::Text(a) => a.is_null(row),
            Self::Bytes(a) => a.is_null(row),
            Self::Date(a) => a.is_null(row),
            Self::Time(a) => a.is_null(row),
            Self::Timestamp(a) => a.is_null(row),
            Self::List(a, _) => a.is_null(row),
            Self::Map(a, ..) => a.is_null(row),
            Self::Struct(a, _) => a.is_null(row),
        }
    }

    /// A whole number: integers, days and milliseconds.
    #[inline]
    pub(crate) fn whole(&self, row: usize) -> Option<i64> {
        Some(match self {
            Self::Integer(a) => a.value(row).into(),
            Self::Bigint(a) => a.value(row),
            Self::Date(a) => a.value(row).into(),
            Self::Time(a) => a.value(row).into(),
            Self::Timestamp(a) => a.value(row),
            _ => return None,
        })
    }

    /// The unscaled number of a decimal, and its scale.
    pub(crate) fn decimal(&self, row: usize) -> Option<(i256, u8)> {
        match self {
            Self::Decimal(a, scale) => Some((i256::from_i128(a.value(row)), *scale)),
            Self::BigDecimal(a, scale) => Some((a.value(row), *scale)),
            _ => None,
        }
    }
}

/// The items that belong to row `i`.
pub(crate) fn entries(offsets: &[i32], i: usize) -> std::ops::Range<usize> {
    match offsets.get(i..) {
        Some([start, end, ..]) => *start as usize..*end as usize,
        _ => 0..0,
    }
}
