//! `JSON_RECORDS`: a JSON object as a map.

use arrow::array::ArrayRef;

use super::extractjsonfield::push_field;
use super::json_text::{JSON_OBJECT, each, overload};
use crate::json::Kind;
use crate::lists::Bounds;
use crate::{Call, Error, Example, Function, ParamType, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "JSON_RECORDS",
    category: "JSON",
    description: "The members of a JSON object: their names, and strings without their quotes, anything else as JSON text. Null \
                  when the text is null, empty or JSON of another kind; a text that is not JSON fails.",
    overloads: &[overload(&[JSON_OBJECT], ParamType::Map(&ParamType::String, &ParamType::String), eval)],
    examples: &[
        Example {
            call: "JSON_RECORDS('{\"a\": \"x\", \"b\": {\"c\": 1}, \"d\": null}')",
            result: "MAP('a' := 'x', 'b' := '{\"c\":1}', 'd' := 'null')",
        },
        Example { call: "JSON_RECORDS('{}')", result: "MAP()" },
        Example { call: "JSON_RECORDS('[1]')", result: "NULL" },
        Example { call: "JSON_RECORDS(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (mut rows, mut count) = (Bounds::default(), 0);
    let (mut names, mut values) = (TextColumn::default(), TextColumn::default());
    each(call, |value| {
        let object = value.filter(|value| value.kind() == Kind::Object);
        for (name, member) in object.into_iter().flat_map(|object| object.members()) {
            push_field(&mut names, &name)?;
            push_field(&mut values, &member)?;
            count += 1;
        }
        rows.end(count, object.is_some())
    })?;
    rows.map(names.finish(), values.finish(), call.returns)
}
