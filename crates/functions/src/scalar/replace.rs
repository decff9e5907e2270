//! `REPLACE`: every occurrence of a text exchanged.

use arrow::array::{ArrayRef, StringArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns, TextColumn};

pub(crate) static FUNCTION: Function = Function {
    name: "replace",
    category: "STRING",
    description: "The text with every occurrence of `old` replaced by `new`, taken literally. Any null gives null.",
    overloads: &[Overload {
        params: &[
            Param { name: "text", ty: ParamType::String },
            Param { name: "old", ty: ParamType::String },
            Param { name: "new", ty: ParamType::String },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "REPLACE('anaconda', 'a', 'o')", result: "'onocondo'" },
        Example { call: "REPLACE('a.b', '.', '')", result: "'ab'" },
        Example { call: "REPLACE('a', NULL, 'b')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let old = call.arg(1)?.view::<StringArray>()?;
    let new = call.arg(2)?.view::<StringArray>()?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let (Some(text), Some(old), Some(new)) = (text.get(row), old.get(row), new.get(row)) else {
            out.null();
            continue;
        };
        for (i, part) in text.split(old).enumerate() {
            // An empty `old` splits before and after every character; that is where Java puts `new` too.
            out.push(if i == 0 { "" } else { new })?;
            out.push(part)?;
        }
        out.end();
    }
    Ok(out.finish())
}
