//! `ARRAY_SORT`: an array in order.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, StringArray};

use crate::lists::{ListColumn, Lists};
use crate::values::Values;
use crate::{Call, Error, Example, Function, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_SORT",
    category: "ARRAY",
    description: "The elements in ascending order, or in the direction given: 'ASC', 'ASCENDING', 'DESC' or 'DESCENDING' in \
                  any case. Nulls come last in either. A null array and any other direction give null.",
    overloads: &[overload(&[ARRAY]), overload(&[ARRAY, Param { name: "direction", ty: ParamType::String }])],
    examples: &[
        Example { call: "ARRAY_SORT(ARRAY[3, NULL, 1, 2])", result: "ARRAY[1, 2, 3, NULL]" },
        Example { call: "ARRAY_SORT(ARRAY['a', NULL, 'B', 'b'], 'desc')", result: "ARRAY['b', 'a', 'B', NULL]" },
        Example { call: "ARRAY_SORT(ARRAY[2, 1], 'Ascending')", result: "ARRAY[1, 2]" },
        Example { call: "ARRAY_SORT(ARRAY[2, 1], 'up')", result: "NULL" },
        Example { call: "ARRAY_SORT(ARRAY[2, 1], NULL)", result: "NULL" },
    ],
};

const ARRAY: Param = Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) };

const fn overload(params: &'static [Param]) -> Overload {
    Overload {
        params,
        variadic: false,
        returns: Returns::Type(ParamType::Array(&ParamType::Any('T'))),
        fallible: true,
        eval,
    }
}

/// Whether a direction is the descending one; `None` when it is none.
fn descends(direction: &str) -> Option<bool> {
    let is = |name: &str| direction.eq_ignore_ascii_case(name);
    if is("ASC") || is("ASCENDING") { Some(false) } else { (is("DESC") || is("DESCENDING")).then_some(true) }
}

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let array = Lists::of(call.arg(0)?)?;
    let elements = Values::of(array.elements())?;
    let directions = call.args.get(1).map(|a| a.view::<StringArray>()).transpose()?;
    let mut out = ListColumn::default();
    let mut order: Vec<usize> = Vec::new();
    for row in 0..call.rows {
        let descending = match &directions {
            None => Some(false),
            Some(directions) => directions.get(row).and_then(descends),
        };
        let (Some(range), Some(descending)) = (array.row(row), descending) else {
            out.null()?;
            continue;
        };
        order.clear();
        order.extend(range.clone().filter(|at| !elements.is_null(*at)));
        let mut unordered = None;
        order.sort_by(|a, b| {
            let (a, b) = if descending { (b, a) } else { (a, b) };
            elements.compare(*a, *b).unwrap_or_else(|error| {
                unordered = Some(error);
                Ordering::Equal
            })
        });
        if let Some(error) = unordered {
            return Err(error);
        }
        order.iter().for_each(|at| out.push((0, *at)));
        range.filter(|at| elements.is_null(*at)).for_each(|at| out.push((0, at)));
        out.end()?;
    }
    out.finish(&[array.elements()], call.returns)
}
