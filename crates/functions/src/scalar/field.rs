//! `FIELD`: the position of a text in a list.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringArray};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "field",
    category: "STRING",
    description: "The position, from 1, of the first text among those after it; 0 when it is not there or null. ELT is the \
                  other way round.",
    overloads: &[Overload {
        params: &[Param { name: "text", ty: ParamType::String }, Param { name: "texts", ty: ParamType::String }],
        variadic: true,
        returns: Returns::Type(ParamType::Integer),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "FIELD('b', 'a', NULL, 'b', 'b')", result: "3" },
        Example { call: "FIELD('c', 'a', 'b')", result: "0" },
        Example { call: "FIELD('a')", result: "0" },
        Example { call: "FIELD(NULL, 'a', NULL)", result: "0" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let texts: Vec<_> = call.args.iter().skip(1).map(|a| a.view::<StringArray>()).collect::<Result<_, _>>()?;
    let position = |row| {
        let text = text.get(row)?;
        i32::try_from(texts.iter().position(|t| t.get(row) == Some(text))? + 1).ok()
    };
    let positions: Int32Array = (0..call.rows).map(|row| Some(position(row).unwrap_or(0))).collect();
    Ok(Arc::new(positions))
}
