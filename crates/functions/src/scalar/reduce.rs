//! `REDUCE`: a collection folded into one value by a lambda.
//!
//! All rows are folded together, element by element: rows are taken by falling length, so that those that still have an
//! element at a position are the first ones, and those that have none left are done.

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{concat, take};

use crate::elements::Elements;
use crate::{Call, Error, Example, Function, Lambda, Overload, Param, ParamType, Returns};

pub(crate) static FUNCTION: Function = Function {
    name: "REDUCE",
    category: "LAMBDA",
    description: "The last state after the lambda was applied to a first state and each element of an array, or each \
                  entry of a map, in turn. A null first state gives null, a null collection the first state.",
    overloads: &[
        Overload {
            params: &[
                Param { name: "array", ty: ParamType::Array(&ParamType::Any('T')) },
                Param { name: "state", ty: ParamType::Any('S') },
                Param {
                    name: "lambda",
                    ty: ParamType::Lambda(&[ParamType::Any('S'), ParamType::Any('T')], &ParamType::Any('S')),
                },
            ],
            variadic: false,
            returns: Returns::Type(ParamType::Any('S')),
            fallible: true,
            eval,
        },
        Overload {
            params: &[
                Param { name: "map", ty: ParamType::Map(&ParamType::Any('K'), &ParamType::Any('V')) },
                Param { name: "state", ty: ParamType::Any('S') },
                Param {
                    name: "lambda",
                    ty: ParamType::Lambda(
                        &[ParamType::Any('S'), ParamType::Any('K'), ParamType::Any('V')],
                        &ParamType::Any('S'),
                    ),
                },
            ],
            variadic: false,
            returns: Returns::Type(ParamType::Any('S')),
            fallible: true,
            eval,
        },
    ],
    examples: &[
        Example { call: "REDUCE(ARRAY[1, 2, 3], 10, (s, x) => s + x)", result: "16" },
        Example { call: "REDUCE(ARRAY['a', 'b'], '', (s, x) => s + x + ',')", result: "'a,b,'" },
        Example { call: "REDUCE(MAP('a' := 1, 'b' := 2), 0, (s, e, f) => s + f * LEN(e))", result: "3" },
        Example { call: "REDUCE(ARRAY[1], CAST(NULL AS INT), (s, x) => x)", result: "CAST(NULL AS INT)" },
        Example { call: "REDUCE(ARRAY[3000000000], 1, (s, x) => s + x)", result: "3000000001" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let collections = call.arg(0)?.expand(call.rows)?;
    let states = call.arg(1)?.expand(call.rows)?;
    let elements = Elements::of(&collections)?.in_java_order()?;
    fold(&elements, &states, call.lambda(0)?)
}

fn fold(elements: &Elements, states: &ArrayRef, lambda: &dyn Lambda) -> Result<ArrayRef, Error> {
    let bounds = |row: u32| {
        let offset = |at: usize| elements.offsets.get(at).copied().unwrap_or_default();
        (offset(row as usize) as u32, offset(row as usize + 1) as u32)
    };
    // A row without a state is done before it begins.
    let length = |row: u32| {
        let (start, end) = bounds(row);
        if states.is_null(row as usize) { 0 } else { end - start }
    };
    let mut order: Vec<u32> = (0..states.len() as u32).collect();
    order.sort_by_key(|row| std::cmp::Reverse(length(*row)));
    let mut state = take(states, &UInt32Array::from(order.clone()), None)?;
    let mut done: Vec<ArrayRef> = Vec::new();
    let mut position = 0;
    loop {
        let active = order.partition_point(|row| length(*row) > position);
        if active < state.len() {
            done.push(state.slice(active, state.len() - active));
        }
        let Some(rows) = order.get(..active).filter(|rows| !rows.is_empty()) else { break };
        let places = UInt32Array::from_iter_values(rows.iter().map(|row| bounds(*row).0 + position));
        let mut params = vec![state.slice(0, active)];
        for column in &elements.columns {
            params.push(take(column, &places, None)?);
        }
        state = lambda.evaluate(&|| UInt32Array::from(rows.to_vec()), &params)?;
        position += 1;
    }
    // The shortest rows were done first: from the last piece to the first they stand as `order` has them.
    done.reverse();
    let Some(first) = done.first() else { return Ok(states.slice(0, 0)) };
    let folded = if done.len() == 1 {
        ArrayRef::clone(first)
    } else {
        concat(&done.iter().map(AsRef::as_ref).collect::<Vec<_>>())?
    };
    let mut back = vec![0u32; order.len()];
    for (at, row) in order.iter().enumerate() {
        if let Some(place) = back.get_mut(*row as usize) {
            *place = at as u32;
        }
    }
    Ok(take(&folded, &UInt32Array::from(back), None)?)
}
