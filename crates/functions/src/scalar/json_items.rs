//! `JSON_ITEMS`: the items of a JSON array, each as JSON text.

use arrow::array::ArrayRef;

use super::json_text::{JSON_ARRAY, each, overload};
use crate::json::Kind;
use crate::lists::Bounds;
use crate::{Call, Error, Example, Function, ParamType, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "JSON_ITEMS",
    category: "JSON",
    description: "The items of a JSON array, each as JSON text; strings keep their quotes. Null gives null; a text that is not \
                  a JSON array fails.",
    overloads: &[overload(&[JSON_ARRAY], ParamType::Array(&ParamType::String), eval)],
    examples: &[
        Example {
            call: "JSON_ITEMS('[{\"a\": 1}, \"b\", null, 2.0]')",
            result: "ARRAY['{\"a\":1}', '\"b\"', 'null', '2.0']",
        },
        Example { call: "JSON_ITEMS('[]')", result: "ARRAY[]" },
        Example { call: "JSON_ITEMS(NULL)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let nulls = call.arg(0)?;
    let (mut rows, mut items, mut count, mut row) = (Bounds::default(), TextColumn::default(), 0, 0);
    each(call, |value| {
        let array = value.filter(|value| value.kind() == Kind::Array);
        if array.is_none() && !nulls.is_null(row) {
            return Err(Error::Data("JSON_ITEMS: the text is not a JSON array".into()));
        }
        for item in array.into_iter().flat_map(|array| array.items()) {
            item.write(|piece| items.push(piece))?;
            items.end();
            count += 1;
        }
        row += 1;
        rows.end(count, array.is_some())
    })?;
    rows.list(items.finish(), call.returns)
}
