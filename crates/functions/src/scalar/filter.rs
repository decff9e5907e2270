//! `FILTER`: the elements for which a lambda is true.

use arrow::array::{Array, ArrayRef, AsArray};

use crate::elements::Elements;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "FILTER",
    category: "LAMBDA",
    description: "The elements of an array, or the entries of a map, for which the lambda is true. Null gives null; a \
                  lambda that gives null fails the row.",
    overloads: &[
        Overload {
            params: &[
                Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) },
                Param { name: "lambda", ty: ParamType::Lambda(&[ParamType::Any('T')], &ParamType::Boolean) },
            ],
            variadic: false,
            returns: Returns::Like(0),
            fallible: true,
            eval,
        },
        Overload {
            params: &[
                Param { name: "map", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) },
                Param {
                    name: "lambda",
                    ty: ParamType::Lambda(&[ParamType::Any('K'), ParamType::Any('V')], &ParamType::Boolean),
                },
            ],
            variadic: false,
            returns: Returns::Like(0),
            fallible: true,
            eval,
        },
    ],
    examples: &[
        Example { call: "FILTER(ARRAY[1, 2, 3], x => x > 1)", result: "ARRAY[2, 3]" },
        Example { call: "FILTER(MAP('a' := 1, 'bb' := 2), (e, f) => f > 1)", result: "MAP('bb' := 2)" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let collections = call.arg(0)?.expand(call.rows)?;
    let elements = Elements::of(&collections)?;
    let wanted = call.lambda(0)?.evaluate(&|| elements.rows(), &elements.columns)?;
    if wanted.null_count() > 0 {
        return Err(Error::Data("FILTER: the lambda gave null".into()));
    }
    let wanted = wanted.as_boolean();
    let places: Vec<u32> = (0..elements.len()).filter(|i| wanted.value(*i)).map(|i| i as u32).collect();
    elements.kept(call.returns, &places)
}
