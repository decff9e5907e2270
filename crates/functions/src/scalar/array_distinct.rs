//! `ARRAY_DISTINCT`: an array without repetitions.

use arrow::array::ArrayRef;

use crate::element_set::ElementSet;
use crate::lists::{ListColumn, Lists};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_DISTINCT",
    category: "ARRAY",
    description: "The elements of an array, each once and in the order of first occurrence. NULL is an element like any \
                  other; a null array gives null.",
    overloads: &[Overload {
        params: &[Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) }],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('T'))),
        fallible: false,
        eval,
    }],
    examples: &[
        Example { call: "ARRAY_DISTINCT(ARRAY[1, 2, 3, 1, 2])", result: "ARRAY[1, 2, 3]" },
        Example { call: "ARRAY_DISTINCT(ARRAY['a', NULL, 'A', NULL])", result: "ARRAY['a', NULL, 'A']" },
        Example { call: "ARRAY_DISTINCT(ARRAY[ARRAY[1], ARRAY[1]])", result: "ARRAY[ARRAY[1]]" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let array = Lists::of(call.arg(0)?)?;
    let mut set = ElementSet::of(&[array.elements()])?;
    let mut out = ListColumn::default();
    for row in 0..call.rows {
        let Some(elements) = array.row(row) else {
            out.null()?;
            continue;
        };
        set.clear();
        for element in elements.map(|at| (0, at)) {
            if set.insert(element).1 {
                out.push(element);
            }
        }
        out.end()?;
    }
    out.finish(&[array.elements()], call.returns)
}
