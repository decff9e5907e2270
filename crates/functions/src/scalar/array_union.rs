//! `ARRAY_UNION`: the elements of either array.

use super::two_arrays::{overload, pick};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_UNION",
    category: "ARRAY",
    description: "The elements that are in either array, each once: those of the first in its order, then what the second \
                  adds. NULL is an element like any other; a null array gives null.",
    overloads: &[overload(|call| {
        pick(call, |row, set, out| {
            for element in row.left.map(|at| (0, at)).chain(row.right.map(|at| (1, at))) {
                if set.insert(element).1 {
                    out.push(element);
                }
            }
        })
    })],
    examples: &[
        Example { call: "ARRAY_UNION(ARRAY[0, 0, 1, -1], ARRAY[1, -2, 0])", result: "ARRAY[0, 1, -1, -2]" },
        Example { call: "ARRAY_UNION(ARRAY['a', NULL], ARRAY[NULL, 'b'])", result: "ARRAY['a', NULL, 'b']" },
        Example { call: "ARRAY_UNION(ARRAY[1], NULL)", result: "NULL" },
    ],
};
