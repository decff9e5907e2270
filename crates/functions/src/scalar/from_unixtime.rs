//! `FROM_UNIXTIME`.

use arrow::array::ArrayRef;
use arrow::compute::cast;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "FROM_UNIXTIME",
    category: "DATE / TIME",
    description: "The moment so many milliseconds after 1970-01-01T00:00:00Z. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "milliseconds", ty: ParamType::Bigint }],
        variadic: false,
        returns: Returns::Type(ParamType::Timestamp),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "FROM_UNIXTIME(1589234313000)", result: "TIMESTAMP 1589234313000" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(cast(call.arg(0)?.array(), call.returns)?)
}
