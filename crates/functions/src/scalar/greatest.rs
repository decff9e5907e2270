//! `GREATEST`: the largest of its arguments.

use arrow::array::{Array, ArrayRef, BooleanArray, Datum};
use arrow::compute::kernels::cmp;
use arrow::compute::kernels::zip::zip;
use arrow::compute::{is_null, or, prep_null_mask_filter};
use arrow::error::ArrowError;

use crate::{Arg, Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "greatest",
    category: "CONDITIONAL",
    description: "The largest of the arguments that are not null; null when all are.",
    overloads: &overloads(eval),
    examples: &[
        Example { call: "GREATEST(1, NULL, 3, 2)", result: "3" },
        Example { call: "GREATEST('a', 'b')", result: "'b'" },
        Example { call: "GREATEST(1.5, 2.25)", result: "2.25" },
    ],
};

/// Signatures for every type that has an order.
pub(super) const fn overloads(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> [Overload; 9] {
    macro_rules! of {
        ($ty:ident) => {
            Overload {
                params: &[Param { name: "first", ty: ParamType::$ty }, Param { name: "others", ty: ParamType::$ty }],
                variadic: true,
                returns: Returns::Like(0),
                fallible: false,
                eval,
            }
        };
    }
    [
        of!(Integer),
        of!(Bigint),
        of!(Double),
        of!(Decimal),
        of!(String),
        of!(Bytes),
        of!(Date),
        of!(Time),
        of!(Timestamp),
    ]
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    best(call, cmp::gt)
}

/// The argument that is before all others by `better`, nulls left out.
pub(super) fn best(
    call: &Call<'_>,
    better: fn(&dyn Datum, &dyn Datum) -> Result<BooleanArray, ArrowError>,
) -> Result<ArrayRef, Error> {
    let mut out = call.arg(0)?.expand(call.rows)?;
    for next in call.args.iter().skip(1) {
        if next.is_constant() && next.is_null(0) {
            continue;
        }
        let so_far = Arg::column(ArrayRef::clone(&out));
        let wins = better(next, &so_far)?;
        // Where one of the two is null the comparison is: then the next one wins if nothing was found so far.
        let wins = if wins.null_count() > 0 { prep_null_mask_filter(&wins) } else { wins };
        out = zip(&or(&wins, &is_null(&out)?)?, next, &so_far)?;
    }
    Ok(out)
}
