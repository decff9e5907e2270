//! `IS_JSON_STRING`: whether a text is JSON.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringArray};

use super::json_text::JSON;
use crate::json::Parser;
use crate::{Call, Error, Example, Function, Overload, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "IS_JSON_STRING",
    category: "JSON",
    description: "Whether a text is JSON, that is, begins with a JSON value of any kind. Null and empty texts are not.",
    overloads: &[Overload {
        params: &[JSON],
        variadic: false,
        returns: Returns::Type(ParamType::Boolean),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "IS_JSON_STRING('[1, 2]')", result: "TRUE" },
        Example { call: "IS_JSON_STRING('\"abc\"')", result: "TRUE" },
        Example { call: "IS_JSON_STRING('null')", result: "TRUE" },
        Example { call: "IS_JSON_STRING('abc')", result: "FALSE" },
        Example { call: "IS_JSON_STRING('')", result: "FALSE" },
        Example { call: "IS_JSON_STRING(NULL)", result: "FALSE" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let texts = call.arg(0)?.view::<StringArray>()?;
    let mut parser = Parser::default();
    let mut is_json = |text| matches!(parser.read(text), Ok(Some(_)));
    let found: Vec<bool> = (0..call.rows).map(|row| texts.get(row).is_some_and(&mut is_json)).collect();
    Ok(Arc::new(BooleanArray::from(found)))
}
