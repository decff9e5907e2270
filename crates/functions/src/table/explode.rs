//! `EXPLODE`: a row for each element of an array.

use arrow::array::ArrayRef;

use super::TableFunction;
use crate::{Call, Error, Example, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: TableFunction = TableFunction {
    name: "EXPLODE",
    description: "A row for each element of an array, nulls included. An empty or null array makes no row.",
    overloads: &[Overload {
        params: &[Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Any('T')),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "EXPLODE(ARRAY[1, NULL, 3])", result: "ARRAY[1, NULL, 3]" },
        Example { call: "EXPLODE(ARRAY[ARRAY['a'], ARRAY['b', 'c']])", result: "ARRAY[ARRAY['a'], ARRAY['b', 'c']]" },
    ],
};

/// The array is the list of its rows.
fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    call.arg(0)?.expand(call.rows)
}
