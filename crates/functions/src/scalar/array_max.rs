//! `ARRAY_MAX`: the largest element of an array.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, UInt64Array};
use arrow::compute::take;

use crate::lists::Lists;
use crate::values::Values;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_MAX",
    category: "ARRAY",
    description: "The largest element of an array, nulls left out; null when there is none. Texts are ordered by UTF-16 \
                  units, false is before true; arrays, maps and structs have no order.",
    overloads: &[overload(|call| best(call, Ordering::Greater))],
    examples: &[
        Example { call: "ARRAY_MAX(ARRAY[-1, 3, NULL, 2])", result: "3" },
        Example { call: "ARRAY_MAX(ARRAY['foo', 'food', 'Food'])", result: "'food'" },
        Example { call: "ARRAY_MAX(ARRAY[TRUE, FALSE])", result: "TRUE" },
        Example { call: "ARRAY_MAX(ARRAY[1.5E0, -2E0])", result: "1.5E0" },
    ],
};

/// The signature, also ARRAY_MIN's. What has no order fails by row, as in ksqlDB.
pub(super) const fn overload(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    Overload {
        params: &[Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Any('T')),
        fallible: true,
        eval,
    }
}

/// The element that compares with all others as `wanted`.
pub(super) fn best(call: &Call<'_>, wanted: Ordering) -> Result<ArrayRef, Error> {
    let array = Lists::of(call.arg(0)?)?;
    let elements = Values::of(array.elements())?;
    let mut picks = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let mut best: Option<usize> = None;
        for at in array.row(row).into_iter().flatten().filter(|at| !elements.is_null(*at)) {
            let better = match best {
                None => true,
                Some(so_far) => elements.compare(at, so_far)? == wanted,
            };
            best = if better { Some(at) } else { best };
        }
        picks.push(best.map(|at| at as u64));
    }
    Ok(take(array.elements(), &UInt64Array::from(picks), None)?)
}
