//! `LCASE`: a text in lower case.

use arrow::array::ArrayRef;

use super::casing;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "lcase",
    category: "STRING",
    description: "The text in lower case. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "LCASE('ÀB c')", result: "'àb c'" }, Example { call: "LCASE(NULL)", result: "NULL" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    casing::map(call, <[u8]>::to_ascii_lowercase, str::to_lowercase)
}
