//! `MAP_VALUES`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "MAP_VALUES",
    category: "MAP",
    description: "The values of a map as an array, in no promised order. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "map", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('V'))),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "MAP_VALUES(MAP('a' := 1, 'b' := 2))", result: "ARRAY[1, 2]" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let maps = call.arg(0)?.array().as_map();
    let DataType::List(field) = call.returns else {
        return Err(Error::Fatal(format!("{} is not a list", call.returns)));
    };
    let list = ListArray::try_new(
        Arc::clone(field),
        maps.offsets().clone(),
        ArrayRef::clone(maps.values()),
        maps.nulls().cloned(),
    )?;
    Ok(Arc::new(list))
}
