//! `JSON_ARRAY_LENGTH`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder};

use super::json_text::{JSON_ARRAY, each, overload};
use crate::json::Kind;
use crate::{Call, Error, Example, Function, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "JSON_ARRAY_LENGTH",
    category: "JSON",
    description: "How many items a JSON array has. Null when the text is null, empty or JSON of another kind; a text that is \
                  not JSON fails.",
    overloads: &[overload(&[JSON_ARRAY], ParamType::Integer, eval)],
    examples: &[
        Example { call: "JSON_ARRAY_LENGTH('[1, [2, 3], null]')", result: "3" },
        Example { call: "JSON_ARRAY_LENGTH('[]')", result: "0" },
        Example { call: "JSON_ARRAY_LENGTH('{\"a\": 1}')", result: "NULL" },
        Example { call: "JSON_ARRAY_LENGTH(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let mut out = Int32Builder::with_capacity(call.rows);
    each(call, |value| {
        let array = value.filter(|value| value.kind() == Kind::Array);
        out.append_option(array.and_then(|array| i32::try_from(array.items().count()).ok()));
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}
