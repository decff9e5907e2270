//! `SLICE`: a part of an array.

use arrow::array::{ArrayRef, Int32Array};

use crate::lists::{ListColumn, Lists};
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "SLICE",
    category: "ARRAY",
    description: "The elements from one position to another, both counted from 1 and included. A null position is the end on \
                  its side; a null array, and positions outside the array, give null.",
    overloads: &[Overload {
        params: &[
            Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) },
            Param { name: "from", ty: ParamType::Integer },
            Param { name: "to", ty: ParamType::Integer },
        ],
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('T'))),
        fallible: true,
        eval,
    }],
    examples: &[
        Example { call: "SLICE(ARRAY['a', 'b', 'c', 'd'], 2, 3)", result: "ARRAY['b', 'c']" },
        Example { call: "SLICE(ARRAY[1, 2, 3], NULL, 2)", result: "ARRAY[1, 2]" },
        Example { call: "SLICE(ARRAY[1, 2, 3], 3, NULL)", result: "ARRAY[3]" },
        Example { call: "SLICE(ARRAY[1, 2, 3], 4, 3)", result: "ARRAY[]" },
        Example { call: "SLICE(ARRAY[1, 2, 3], 0, 2)", result: "NULL" },
        Example { call: "SLICE(ARRAY[1, 2, 3], 2, 4)", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let array = Lists::of(call.arg(0)?)?;
    let (from, to) = (call.arg(1)?.view::<Int32Array>()?, call.arg(2)?.view::<Int32Array>()?);
    let mut out = ListColumn::default();
    for row in 0..call.rows {
        let Some(range) = array.row(row) else {
            out.null()?;
            continue;
        };
        let start = from.get(row).map_or(0, |from| i64::from(from) - 1);
        let end = to.get(row).map_or(range.len() as i64, i64::from);
        if start < 0 || end > range.len() as i64 {
            out.null()?;
            continue;
        }
        if start > end {
            return Err(Error::Data(format!("SLICE: from {} is after to {end}", start + 1)));
        }
        (start..end).for_each(|at| out.push((0, range.start + at as usize)));
        out.end()?;
    }
    out.finish(&[array.elements()], call.returns)
}
