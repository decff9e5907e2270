//! `MAP_KEYS`: the keys of a map.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::DataType;

use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "MAP_KEYS",
    category: "MAP",
    description: "The keys of a map as an array, in no promised order. Null gives null.",
    overloads: &[Overload {
        params: &[Param { name: "map", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('K'))),
        fallible: false,
        eval,
    }],
    examples: &[Example { call: "MAP_KEYS(MAP('a' := 1, 'b' := 2))", result: "ARRAY['a', 'b']" }],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let maps = call.arg(0)?.array().as_map();
    let DataType::List(field) = call.returns else {
        return Err(Error::Fatal(format!("{} is not a list", call.returns)));
    };
    let list = ListArray::try_new(
        Arc::clone(field),
        maps.offsets().clone(),
        ArrayRef::clone(maps.keys()),
        maps.nulls().cloned(),
    )?;
    Ok(Arc::new(list))
}
