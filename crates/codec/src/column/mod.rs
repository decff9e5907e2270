//! Columns under construction: plain vectors of values, offsets and validity that become Arrow arrays without a copy.
//!
//! Arrow's own builders cannot take back what was appended. Ours can: a decoder appends straight into them while it
//! reads a payload, and when the payload turns out to be bad half-way, [`Column::truncate`] restores all of them,
//! however deeply nested, to the rows before it.

mod binary;
mod boolean;
mod list;
mod map;
mod names;
mod primitive;
mod structs;
mod text;

#[cfg(test)]
pub(crate) mod tests;

use arrow::array::ArrayRef;
use arrow::datatypes::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType,
};
use millstream_types::SqlType;

pub(crate) use binary::BinaryColumn;
pub(crate) use boolean::BooleanColumn;
pub(crate) use list::ListColumn;
pub(crate) use map::MapColumn;
pub(crate) use names::Names;
pub(crate) use primitive::PrimitiveColumn;
pub(crate) use structs::{Filled, StructColumn};
pub(crate) use text::TextColumn;

/// A column would grow beyond the 2 GiB or 2³¹ items that Arrow's 32-bit offsets can address within one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// One column of any SQL type; the Arrow type that it becomes is `millstream_types::arrow_type` of that type.
#[derive(Debug)]
pub(crate) enum Column {
    Boolean(BooleanColumn),
    Integer(PrimitiveColumn<Int32Type>),
    Bigint(PrimitiveColumn<Int64Type>),
    Double(PrimitiveColumn<Float64Type>),
    /// Up to 38 digits.
    Decimal(PrimitiveColumn<Decimal128Type>, DecimalShape),
    /// 39 to 76 digits.
    BigDecimal(PrimitiveColumn<Decimal256Type>, DecimalShape),
    Text(TextColumn),
    Bytes(BinaryColumn),
    Date(PrimitiveColumn<Date32Type>),
    Time(PrimitiveColumn<Time32MillisecondType>),
    Timestamp(PrimitiveColumn<TimestampMillisecondType>),
    List(ListColumn),
    Map(MapColumn),
    Struct(StructColumn),
}

/// Precision and scale of a DECIMAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecimalShape {
    pub(crate) precision: u8,
    pub(crate) scale: u8,
}

/// Runs `$body` with `$column` bound to whatever kind of column it is: what all kinds share.
macro_rules! each {
    ($self:expr, $column:ident => $body:expr) => {
        match $self {
            Column::Boolean($column) => $body,
            Column::Integer($column) => $body,
            Column::Bigint($column) => $body,
            Column::Double($column) => $body,
            Column::Decimal($column, _) => $body,
            Column::BigDecimal($column, _) => $body,
            Column::Text($column) => $body,
            Column::Bytes($column) => $body,
            Column::Date($column) => $body,
            Column::Time($column) => $body,
            Column::Timestamp($column) => $body,
            Column::List($column) => $body,
            Column::Map($column) => $body,
            Column::Struct($column) => $body,
        }
    };
}

impl Column {
    /// An empty column of that type.
    pub(crate) fn new(ty: &SqlType) -> Self {
        Self::of(ty, false)
    }

    /// The same; `any_case`: names of fields match whatever case they have.
    pub(crate) fn of(ty: &SqlType, any_case: bool) -> Self {
        match ty {
            SqlType::Boolean => Self::Boolean(BooleanColumn::default()),
            SqlType::Integer => Self::Integer(PrimitiveColumn::new(ty)),
            SqlType::Bigint => Self::Bigint(PrimitiveColumn::new(ty)),
            SqlType::Double => Self::Double(PrimitiveColumn::new(ty)),
            SqlType::Decimal { precision, scale } => {
                let shape = DecimalShape { precision: *precision, scale: *scale };
                if *precision <= 38 {
                    Self::Decimal(PrimitiveColumn::new(ty), shape)
                } else {
                    Self::BigDecimal(PrimitiveColumn::new(ty), shape)
                }
            }
            SqlType::String => Self::Text(TextColumn::default()),
            SqlType::Bytes => Self::Bytes(BinaryColumn::default()),
            SqlType::Date => Self::Date(PrimitiveColumn::new(ty)),
            SqlType::Time => Self::Time(PrimitiveColumn::new(ty)),
            SqlType::Timestamp => Self::Timestamp(PrimitiveColumn::new(ty)),
            SqlType::Array(item) => Self::List(ListColumn::new(item, any_case)),
            SqlType::Map(key, value) => Self::Map(MapColumn::new(key, value, any_case)),
            SqlType::Struct(fields) => {
                Self::Struct(StructColumn::of(fields.iter().map(|f| (f.name.as_str(), &f.ty)), any_case))
            }
        }
    }

    /// Rows (in a nested column: items) appended.
    pub(crate) fn len(&self) -> usize {
        each!(self, column => column.len())
    }

    /// Appends a null.
    pub(crate) fn push_null(&mut self) {
        each!(self, column => column.push_null());
    }

    /// Drops all rows after the first `rows`, and whatever a row begun but not ended left behind.
    pub(crate) fn truncate(&mut self, rows: usize) {
        each!(self, column => column.truncate(rows));
    }

    /// The Arrow array of all rows; the column is empty again.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        each!(self, column => column.finish())
    }
}

/// Most that a column reserves for the next batch, in bytes or values: one giant record must not make every later
/// batch reserve as much.
const RESERVE_MAX: usize = 1 << 20;

/// Takes the vector and leaves an empty one with room for about as much, as the next batch will be much like this one.
fn take<T>(values: &mut Vec<T>) -> Vec<T> {
    let next = Vec::with_capacity(values.len().min(RESERVE_MAX));
    std::mem::replace(values, next)
}
