//! `NULLIF`: null when two values are equal.

use arrow::array::ArrayRef;
use arrow::compute::nullif;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, rows};

pub(crate) static FUNCTION: Function = Function {
    name: "NULLIF",
    category: "CONDITIONAL",
    description: "Null when both arguments are equal, else the first.",
    overloads: &[Overload {
        params: &[
            Param { name: "value", ty: ParamType::Any('T') },
            Param { name: "unwanted", ty: ParamType::Any('T') },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Any('T')),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "NULLIF('a', 'a')", result: "NULL" },
        Example { call: "NULLIF(1, 2)", result: "1" },
        Example { call: "NULLIF(ARRAY[1, 2], ARRAY[1, 2])", result: "NULL" },
        Example { call: "NULLIF(1, NULL)", result: "1" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (value, unwanted) = (call.arg(0)?, call.arg(1)?);
    let equal = rows::not_distinct(value, unwanted, call.rows)?;
    Ok(nullif(&value.expand(call.rows)?, &equal)?)
}
