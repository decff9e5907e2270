//! `ARRAY_EXCEPT`: the elements of one array that are not in another.

use super::two_arrays::{overload, pick};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_EXCEPT",
    category: "ARRAY",
    description: "The elements of the first array that are not in the second, each once and in order. NULL is an element \
                  like any other; a null array gives null.",
    overloads: &[overload(|call| {
        pick(call, |row, set, out| {
            for at in row.right {
                set.insert((1, at));
            }
            for at in row.left {
                if set.insert((0, at)).1 {
                    out.push((0, at));
                }
            }
        })
    })],
    examples: &[
        Example { call: "ARRAY_EXCEPT(ARRAY['foo', 'bar', 'foo'], ARRAY['bar', 'baz'])", result: "ARRAY['foo']" },
        Example { call: "ARRAY_EXCEPT(ARRAY[1, NULL, 2], ARRAY[NULL, 1])", result: "ARRAY[2]" },
        Example { call: "ARRAY_EXCEPT(ARRAY[1], NULL)", result: "NULL" },
    ],
};
