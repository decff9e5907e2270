//! `ELT`: the text at a position of a list.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringArray, StringBuilder};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "elt",
    category: "STRING",
    description: "The n-th of the texts, from 1; null when there is none, or when n is null. FIELD is the other way round.",
    overloads: &[Overload {
        params: &[Param { name: "n", ty: ParamType::Integer }, Param { name: "texts", ty: ParamType::String }],
        variadic: true,
        returns: Returns::Type(ParamType::String),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "ELT(2, 'a', 'b')", result: "'b'" },
        Example { call: "ELT(1, NULL, 'b')", result: "NULL" },
        Example { call: "ELT(0, 'a')", result: "NULL" },
        Example { call: "ELT(3, 'a', 'b')", result: "NULL" },
        Example { call: "ELT(1)", result: "NULL" },
        Example { call: "ELT(NULL, 'a')", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let n = call.arg(0)?.view::<Int32Array>()?;
    let texts: Vec<_> = call.args.iter().skip(1).map(|a| a.view::<StringArray>()).collect::<Result<_, _>>()?;
    let mut out = StringBuilder::new();
    for row in 0..call.rows {
        let at = n.get(row).and_then(|n| usize::try_from(n).ok()?.checked_sub(1));
        out.append_option(at.and_then(|at| texts.get(at)?.get(row)));
    }
    Ok(Arc::new(out.finish()))
}
