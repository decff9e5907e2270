//! `ARRAY_REMOVE`: an array without a value.

use arrow::array::ArrayRef;

use crate::lists::{ListColumn, Lists};
use crate::values::Values;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_REMOVE",
    category: "ARRAY",
    description: "The array without the elements that equal a value; NULL removes nulls. A null array gives null.",
    overloads: &[Overload {
        params: &[
            Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) },
            Param { name: "element", ty: ParamType::Any('T') },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('T'))),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "ARRAY_REMOVE(ARRAY['foo', 'bar', 'foo'], 'foo')", result: "ARRAY['bar']" },
        Example { call: "ARRAY_REMOVE(ARRAY[1, NULL, 2, NULL], NULL)", result: "ARRAY[1, 2]" },
        Example {
            call: "ARRAY_REMOVE(ARRAY[MAP('a' := 1, 'b' := 2), MAP('a' := 1)], MAP('b' := 2, 'a' := 1))",
            result: "ARRAY[MAP('a' := 1)]",
        },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (array, element) = (Lists::of(call.arg(0)?)?, call.arg(1)?);
    let (elements, unwanted) = (Values::of(array.elements())?, Values::of(element.array())?);
    let mut out = ListColumn::default();
    for row in 0..call.rows {
        let Some(range) = array.row(row) else {
            out.null()?;
            continue;
        };
        for at in range {
            if !elements.equal(at, &unwanted, element.index(row)) {
                out.push((0, at));
            }
        }
        out.end()?;
    }
    out.finish(&[array.elements()], call.returns)
}
