//! `UNIX_TIMESTAMP`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::compute::cast;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, clock};

pub(crate) static FUNCTION: Function = Function {
    name: "UNIX_TIMESTAMP",
    category: "DATE / TIME",
    description: "Milliseconds from 1970-01-01T00:00:00Z to the moment, or to now. Null gives null.",
    overloads: &[
        Overload {
            params: &[],
            variadic: false,
            returns: Returns::Type(ParamType::Bigint),
            fallible: false,
            eval: now,
        },
        Overload {
            params: &[Param { name: "moment", ty: ParamType::Timestamp }],
            variadic: false,
            returns: Returns::Type(ParamType::Bigint),
            fallible: false,
            eval,
        },
    ],
    examples: &[Example { call: "UNIX_TIMESTAMP(TIMESTAMP 1589234313000)", result: "1589234313000" }],
};

fn now(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(Arc::new(Int64Array::from(vec![clock::now_ms(); call.rows])))
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(cast(call.arg(0)?.array(), call.returns)?)
}
