//! `ARRAY_LENGTH`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array};

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_LENGTH",
    category: "ARRAY",
    description: "How many elements an array has. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Integer),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "ARRAY_LENGTH(ARRAY[1, NULL, 3])", result: "3" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let lists = call.arg(0)?.array().as_list::<i32>();
    let lengths: Vec<i32> = lists.offsets().windows(2).map(|w| w[1] - w[0]).collect();
    Ok(Arc::new(Int32Array::new(lengths.into(), lists.nulls().cloned())))
}
