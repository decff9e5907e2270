//! Number columns: typed views of arguments, and how the numbers of each SQL type add up and compare.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, ListArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMillisecondType, i256,
};

use super::bytes::Fixed;
use crate::values::double_bits;
use crate::{Arg, Error};

/// The argument at `position`.
pub(super) fn argument(args: &[Arg], position: usize) -> Result<&Arg, Error> {
    args.get(position).ok_or_else(|| Error::Fatal(format!("argument {position} is missing")))
}

/// The argument at `position` as an array of that class.
pub(super) fn downcast<A: 'static>(args: &[Arg], position: usize) -> Result<&A, Error> {
    let array = argument(args, position)?.array();
    array.as_any().downcast_ref().ok_or_else(|| Error::Fatal(format!("unexpected argument type {}", array.data_type())))
}

/// A column of numbers of one Arrow type.
#[derive(Debug)]
pub(super) struct Numbers<'a, P: ArrowPrimitiveType> {
    values: &'a [P::Native],
    nulls: Option<&'a NullBuffer>,
    /// 0 when one value stands for all rows.
    step: usize,
}

impl<'a, P: ArrowPrimitiveType> Numbers<'a, P> {
    pub(super) fn of(args: &'a [Arg], position: usize) -> Result<Self, Error> {
        let array: &PrimitiveArray<P> = downcast(args, position)?;
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        Ok(Self { values: array.values(), nulls, step: usize::from(!argument(args, position)?.is_constant()) })
    }

    /// The value of `row`; `None` when null.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<P::Native> {
        let at = row * self.step;
        match self.nulls {
            Some(nulls) if nulls.is_null(at) => None,
            _ => Some(self.values[at]),
        }
    }
}

/// A column of arrays of numbers.
#[derive(Debug)]
pub(super) struct NumberLists<'a, P: ArrowPrimitiveType> {
    lists: &'a ListArray,
    numbers: &'a PrimitiveArray<P>,
    step: usize,
}

impl<'a, P: ArrowPrimitiveType> NumberLists<'a, P> {
    pub(super) fn of(args: &'a [Arg], position: usize) -> Result<Self, Error> {
        let lists: &ListArray = downcast(args, position)?;
        let numbers = lists.values();
        let numbers = (numbers.as_any().downcast_ref())
            .ok_or_else(|| Error::Fatal(format!("unexpected element type {}", numbers.data_type())))?;
        Ok(Self { lists, numbers, step: usize::from(!argument(args, position)?.is_constant()) })
    }

    /// The numbers of `row`, nulls left out; none when the array is null.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = P::Native> {
        let at = row * self.step;
        let range = if self.lists.is_null(at) { 0..0 } else { crate::values::range(self.lists.value_offsets(), at) };
        let numbers = self.numbers;
        range.filter(|i| numbers.is_valid(*i)).map(|i| numbers.value(i))
    }
}

/// Numbers in the order of Java's `compareTo`.
pub(super) trait Ordered: ArrowPrimitiveType<Native: Fixed> + fmt::Debug + Send {
    fn compare(a: Self::Native, b: Self::Native) -> Ordering;
}

macro_rules! ordered {
    ($($ty:ty),*) => {
        $(impl Ordered for $ty {
            fn compare(a: Self::Native, b: Self::Native) -> Ordering {
                a.cmp(&b)
            }
        })*
    };
}

ordered!(
    Int32Type,
    Int64Type,
    Decimal128Type,
    Decimal256Type,
    Date32Type,
    Time32MillisecondType,
    TimestampMillisecondType
);

impl Ordered for Float64Type {
    /// NaN comes after all other numbers, 0.0 after -0.0.
    fn compare(a: f64, b: f64) -> Ordering {
        f64::from_bits(double_bits(a)).total_cmp(&f64::from_bits(double_bits(b)))
    }
}

/// Numbers that add up: INTEGER and BIGINT wrap as Java's do.
pub(super) trait Summed: Ordered {
    const ZERO: Self::Native;
    fn plus(a: Self::Native, b: Self::Native) -> Self::Native;
    fn minus(a: Self::Native, b: Self::Native) -> Self::Native;
    /// Where a sum may not get, upwards or downwards; `None` when there is no such bound. By the column's digits.
    fn bound(_precision: u8) -> Option<Self::Native> {
        None
    }
    /// Whether a sum is within such a bound.
    fn fits(sum: Self::Native, bound: Self::Native) -> bool {
        let _ = (sum, bound);
        true
    }
    /// A number as messages show it; decimals have `scale` digits after the point.
    fn text(value: Self::Native, _scale: i8) -> String {
        format!("{value:?}")
    }
}

/// Numbers that have a mean: those with Java's cast to `double`.
pub(super) trait Averaged: Summed {
    fn double(value: Self::Native) -> f64;
    /// `count * value - sum`, as Java computes it: integers in 64 bits.
    fn distance(count: i64, value: Self::Native, sum: Self::Native) -> f64;
}

macro_rules! wrapping {
    ($($ty:ty),*) => {
        $(impl Summed for $ty {
            const ZERO: Self::Native = 0;

            fn plus(a: Self::Native, b: Self::Native) -> Self::Native {
                a.wrapping_add(b)
            }

            fn minus(a: Self::Native, b: Self::Native) -> Self::Native {
                a.wrapping_sub(b)
            }
        }

        impl Averaged for $ty {
            fn double(value: Self::Native) -> f64 {
                value as f64
            }

            fn distance(count: i64, value: Self::Native, sum: Self::Native) -> f64 {
                count.wrapping_mul(i64::from(value)).wrapping_sub(i64::from(sum)) as f64
            }
        })*
    };
}

wrapping!(Int32Type, Int64Type);

impl Summed for Float64Type {
    const ZERO: f64 = 0.0;

    fn plus(a: f64, b: f64) -> f64 {
        a + b
    }

    fn minus(a: f64, b: f64) -> f64 {
        a - b
    }
}

impl Averaged for Float64Type {
    fn double(value: f64) -> f64 {
        value
    }

    fn distance(count: i64, value: f64, sum: f64) -> f64 {
        count as f64 * value - sum
    }
}

/// The digits of a decimal with its point, as Java's `toPlainString`.
fn pointed(digits: &str, scale: i8) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let scale = usize::try_from(scale).unwrap_or(0);
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

macro_rules! decimal {
    ($ty:ty, $native:ty, $zero:expr, $bound:expr) => {
        impl Summed for $ty {
            const ZERO: $native = $zero;

            // A sum of two values within the bound that wraps comes out beyond the opposite bound: it does not fit.
            fn plus(a: $native, b: $native) -> $native {
                a.wrapping_add(b)
            }

            fn minus(a: $native, b: $native) -> $native {
                a.wrapping_sub(b)
            }

            fn bound(precision: u8) -> Option<$native> {
                let bound: fn(u8) -> Option<$native> = $bound;
                bound(precision)
            }

            fn fits(sum: $native, bound: $native) -> bool {
                sum < bound && sum > bound.wrapping_neg()
            }

            fn text(value: $native, scale: i8) -> String {
                pointed(&value.to_string(), scale)
            }
        }
    };
}

decimal!(Decimal128Type, i128, 0, |p| i128::checked_pow(10, u32::from(p)));
decimal!(Decimal256Type, i256, i256::ZERO, |p| Some(crate::decimal::power_of_ten(p)));

/// A column of numbers, in Arrow type `ty`.
pub(super) fn column<P: ArrowPrimitiveType>(
    values: Vec<P::Native>,
    nulls: Option<NullBuffer>,
    ty: &DataType,
) -> Result<ArrayRef, Error> {
    if !PrimitiveArray::<P>::is_compatible(ty) {
        return Err(Error::Fatal(format!("unexpected result type {ty}")));
    }
    Ok(Arc::new(PrimitiveArray::<P>::try_new(values.into(), nulls)?.with_data_type(ty.clone())))
}
