//! `FROM_DAYS`.

use arrow::array::ArrayRef;
use arrow::compute::cast;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "from_days",
    category: "DATE / TIME",
    description: "The date so many days after 1970-01-01. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "days", ty: ParamType::Integer }],
        variadic: false,
        returns: Returns::Type(ParamType::Date),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "FROM_DAYS(50)", result: "DATE 50" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(cast(call.arg(0)?.array(), call.returns)?)
}
