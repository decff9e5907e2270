//! `TRIM`: a text without blanks at both ends.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StringBuilder};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "trim",
    category: "STRING",
    description: "The text without blanks and control characters (up to U+0020) at both ends. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "TRIM('  a b ')", result: "'a b'" }, Example { call: "TRIM(NULL)", result: "NULL" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let mut out = StringBuilder::new();
    for row in 0..call.rows {
        out.append_option(text.get(row).map(|t| t.trim_matches(|c| c <= '\u{20}')));
    }
    Ok(Arc::new(out.finish()))
}
