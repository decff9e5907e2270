//! `UNIX_TIMESTAMP`.

use arrow::array::ArrayRef;
use arrow::compute::cast;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "UNIX_TIMESTAMP",
    category: "DATE / TIME",
    description: "Milliseconds from 1970-01-01T00:00:00Z to the moment. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "moment", ty: ParamType::Timestamp }],
        variadic: false,
        returns: Returns::Type(ParamType::Bigint),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "UNIX_TIMESTAMP(TIMESTAMP 1589234313000)", result: "1589234313000" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(cast(call.arg(0)?.array(), call.returns)?)
}
