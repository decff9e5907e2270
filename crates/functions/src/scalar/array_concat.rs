//! `ARRAY_CONCAT`: one array after another.

use arrow::array::ArrayRef;

use super::two_arrays::overload;
use crate::lists::{ListColumn, Lists};
use crate::{Call, Error, Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_CONCAT",
    category: "ARRAY",
    description: "The elements of the first array and then those of the second. If one array is null it is the other; null \
                  when both are.",
    overloads: &[overload(eval)],
    examples: &[
        Example { call: "ARRAY_CONCAT(ARRAY[1, 2], ARRAY[2, NULL])", result: "ARRAY[1, 2, 2, NULL]" },
        Example { call: "ARRAY_CONCAT(NULL, ARRAY['a'])", result: "ARRAY['a']" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let (left, right) = (Lists::of(call.arg(0)?)?, Lists::of(call.arg(1)?)?);
    let mut out = ListColumn::default();
    for row in 0..call.rows {
        let (first, second) = (left.row(row), right.row(row));
        if first.is_none() && second.is_none() {
            out.null()?;
            continue;
        }
        first.into_iter().flatten().for_each(|at| out.push((0, at)));
        second.into_iter().flatten().for_each(|at| out.push((1, at)));
        out.end()?;
    }
    out.finish(&[left.elements(), right.elements()], call.returns)
}
