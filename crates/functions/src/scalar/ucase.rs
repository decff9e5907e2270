//! `UCASE`: a text in upper case.

use arrow::array::ArrayRef;

use super::casing;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ucase",
    category: "STRING",
    description: "The text in upper case. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "UCASE('straße')", result: "'STRASSE'" },
        Example { call: "UCASE(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    casing::map(call, <[u8]>::to_ascii_uppercase, str::to_uppercase)
}
