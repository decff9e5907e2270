//! Number columns of any type as DOUBLEs, for functions of statistics, which compute in DOUBLE.

use arrow::array::Array;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type,
};

use super::number::{Numbers, argument};
use crate::{Arg, Error, Param, ParamType};

/// A column of numbers.
pub(super) enum Doubles<'a> {
    Integer(Numbers<'a, Int32Type>),
    Bigint(Numbers<'a, Int64Type>),
    Double(Numbers<'a, Float64Type>),
    /// With the power of ten that its values are multiplied by.
    Decimal(Numbers<'a, Decimal128Type>, f64),
    WideDecimal(Numbers<'a, Decimal256Type>, i8),
}

impl<'a> Doubles<'a> {
    /// The argument at `position`.
    ///
    /// Errors: [`Error::Fatal`] when it is no number.
    pub(super) fn of(args: &'a [Arg], position: usize) -> Result<Self, Error> {
        Ok(match argument(args, position)?.array().data_type() {
            DataType::Int32 => Self::Integer(Numbers::of(args, position)?),
            DataType::Int64 => Self::Bigint(Numbers::of(args, position)?),
            DataType::Float64 => Self::Double(Numbers::of(args, position)?),
            DataType::Decimal128(_, scale) => {
                Self::Decimal(Numbers::of(args, position)?, 10f64.powi(i32::from(*scale)))
            }
            DataType::Decimal256(_, scale) => Self::WideDecimal(Numbers::of(args, position)?, *scale),
            other => return Err(Error::Fatal(format!("unexpected argument type {other}"))),
        })
    }

    /// The value of `row`; `None` when null.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<f64> {
        match self {
            Self::Integer(numbers) => numbers.get(row).map(f64::from),
            Self::Bigint(numbers) => numbers.get(row).map(|value| value as f64),
            Self::Double(numbers) => numbers.get(row),
            Self::Decimal(numbers, power) => numbers.get(row).map(|value| value as f64 / power),
            Self::WideDecimal(numbers, scale) => numbers.get(row).map(|value| wide(value, *scale)),
        }
    }
}

/// A wide decimal, which no integer of Rust's holds: its digits are read as a number.
#[cold]
fn wide(value: <Decimal256Type as ArrowPrimitiveType>::Native, scale: i8) -> f64 {
    format!("{value}e-{scale}").parse().unwrap_or(f64::NAN)
}

/// The types of numbers.
const NUMBERS: [ParamType; 4] = [ParamType::Integer, ParamType::Bigint, ParamType::Double, ParamType::Decimal];

const fn columns(name: &'static str) -> [[Param; 1]; 4] {
    let [integer, bigint, double, decimal] = NUMBERS;
    [
        [Param { name, ty: integer }],
        [Param { name, ty: bigint }],
        [Param { name, ty: double }],
        [Param { name, ty: decimal }],
    ]
}

const fn pairs(first: &'static str, second: &'static str) -> [[Param; 2]; 4] {
    let [integer, bigint, double, decimal] = NUMBERS;
    [
        [Param { name: first, ty: integer }, Param { name: second, ty: integer }],
        [Param { name: first, ty: bigint }, Param { name: second, ty: bigint }],
        [Param { name: first, ty: double }, Param { name: second, ty: double }],
        [Param { name: first, ty: decimal }, Param { name: second, ty: decimal }],
    ]
}

/// A column of numbers, for each type of them.
pub(super) static COLUMN: [[Param; 1]; 4] = columns("column");

/// Two columns of numbers of one type, for each type.
pub(super) static PAIR: [[Param; 2]; 4] = pairs("y", "x");
