//! `COALESCE`: the first argument that is not null.

use arrow::array::{Array, ArrayRef};
use arrow::compute::is_not_null;
use arrow::compute::kernels::zip::zip;

use crate::{Arg, Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "COALESCE",
    category: "CONDITIONAL",
    description: "The first argument that is not null; null when all are.",
    overloads: &[Overload {
        params: &[Param { name: "first", ty: ParamType::Any('T') }, Param { name: "others", ty: ParamType::Any('T') }],
        variadic: true,
        returns: Returns::Type(ParamType::Any('T')),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "COALESCE(NULL, 2, 3)", result: "2" },
        Example { call: "COALESCE('a')", result: "'a'" },
        Example { call: "COALESCE(NULL, ARRAY[1, 2])", result: "ARRAY[1, 2]" },
    ],
};

/// Fills the nulls of each argument from the next; also what IFNULL does.
pub(super) fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let mut out = call.arg(0)?.expand(call.rows)?;
    for next in call.args.iter().skip(1) {
        if out.null_count() == 0 {
            break;
        }
        let present = is_not_null(&out)?;
        out = zip(&present, &Arg::column(out), next)?;
    }
    Ok(out)
}
