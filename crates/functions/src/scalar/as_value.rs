//! `AS_VALUE`: a copy of its argument, so that a key can stand in the value too.

use arrow::array::ArrayRef;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "AS_VALUE",
    category: "OTHER",
    description: "The argument itself. In a projection it copies a key column into the value.",
    overloads: &[Overload {
        params: &[Param { name: "value", ty: ParamType::Any('T') }],
        variadic: false,
        returns: Returns::Type(ParamType::Any('T')),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "AS_VALUE('a')", result: "'a'" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    Ok(ArrayRef::clone(call.arg(0)?.array()))
}
