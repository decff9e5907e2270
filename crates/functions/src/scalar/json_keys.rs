//! `JSON_KEYS`: the names of a JSON object.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};

use super::json_text::{JSON_OBJECT, each, overload};
use crate::json::Kind;
use crate::{Call, Error, Example, Function, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "JSON_KEYS",
    category: "JSON",
    description: "The names of a JSON object's members, in their order. Null when the text is null, empty or JSON of another \
                  kind; a text that is not JSON fails.",
    overloads: &[overload(&[JSON_OBJECT], ParamType::Array(&ParamType::String), eval)],
    examples: &[
        Example { call: "JSON_KEYS('{\"b\": {\"x\": 1}, \"a\": [2]}')", result: "ARRAY['b', 'a']" },
        Example { call: "JSON_KEYS('{}')", result: "ARRAY[]" },
        Example { call: "JSON_KEYS('[1]')", result: "NULL" },
        Example { call: "JSON_KEYS(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let mut out = ListBuilder::new(StringBuilder::new());
    each(call, |value| {
        let object = value.filter(|value| value.kind() == Kind::Object);
        for (name, _) in object.into_iter().flat_map(|object| object.members()) {
            out.values().append_value(name.decoded());
        }
        out.append(object.is_some());
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}
