//! `MAP_KEYS`: the keys of a map.

use arrow::array::ArrayRef;

use crate::elements::Elements;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "MAP_KEYS",
    category: "MAP",
    description: "The keys of a map as an array, in the order of a Java hash map. Null gives null.",
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
    let entries = Elements::of(call.arg(0)?.array())?.in_java_order()?;
    let keys = entries.columns.first().map(ArrayRef::clone).ok_or_else(|| Error::Fatal("no entries".into()))?;
    entries.lists(call.returns, keys)
}
