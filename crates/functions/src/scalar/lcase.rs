//! `LCASE`: a text in lower case.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StringBuilder};

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
    let text = call.arg(0)?.view::<StringArray>()?;
    let mut out = StringBuilder::new();
    let mut scratch = String::new();
    for row in 0..call.rows {
        match text.get(row) {
            None => out.append_null(),
            Some(text) if text.is_ascii() => {
                scratch.clear();
                scratch.push_str(text);
                scratch.make_ascii_lowercase();
                out.append_value(&scratch);
            }
            Some(text) => out.append_value(text.to_lowercase()),
        }
    }
    Ok(Arc::new(out.finish()))
}
