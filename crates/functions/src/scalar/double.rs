//! What the functions of one number with a DOUBLE result share: three overloads, and the loop.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use crate::{Call, Error, Overload, Param, ParamType, Returns};

/// Signatures for INTEGER, BIGINT and DOUBLE; DECIMAL converts to the last.
pub(super) const fn of_one(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> [Overload; 3] {
    [
        overload(&[Param { name: "value", ty: ParamType::Integer }], eval),
        overload(&[Param { name: "value", ty: ParamType::Bigint }], eval),
        overload(&[Param { name: "value", ty: ParamType::Double }], eval),
    ]
}

pub(super) const fn overload(params: &'static [Param], eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload { params, variadic: false, returns: Returns::Type(ParamType::Double), fallible: false, eval }
}

/// As [`overload`], for what fails on some rows.
pub(super) const fn fallible(params: &'static [Param], eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload { fallible: true, ..overload(params, eval) }
}

/// Applies `f` to the argument as DOUBLE.
pub(super) fn map(call: &Call<'_>, f: impl Fn(f64) -> f64) -> Result<ArrayRef, Error> {
    let values = cast(call.arg(0)?.array(), &DataType::Float64)?;
    Ok(Arc::new(values.as_primitive::<Float64Type>().unary::<_, Float64Type>(f)))
}

/// Applies `f` to two arguments as DOUBLE.
pub(super) fn map_two(call: &Call<'_>, f: impl Fn(f64, f64) -> f64) -> Result<ArrayRef, Error> {
    let (a, b) = (call.arg(0)?, call.arg(1)?);
    let left = cast(a.array(), &DataType::Float64)?;
    let right = cast(b.array(), &DataType::Float64)?;
    let (left, right) = (left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>());
    let out: Float64Array = (0..call.rows)
        .map(|row| {
            let (i, j) = (a.index(row), b.index(row));
            (!a.is_null(row) && !b.is_null(row)).then(|| f(left.value(i), right.value(j)))
        })
        .collect();
    Ok(Arc::new(out))
}
