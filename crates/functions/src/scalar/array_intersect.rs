//! `ARRAY_INTERSECT`: the elements of both arrays.

use arrow::array::ArrayRef;

use super::two_arrays::{overload, pick};
use crate::{Call, Error, Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_INTERSECT",
    category: "ARRAY",
    description: "The elements that are in both arrays, each once and in the order of the first. NULL is an element like \
                  any other; a null array gives null.",
    overloads: &[overload(eval)],
    examples: &[
        Example { call: "ARRAY_INTERSECT(ARRAY['foo', 'bar', 'foo'], ARRAY['foo', 'baz'])", result: "ARRAY['foo']" },
        Example { call: "ARRAY_INTERSECT(ARRAY[3, NULL, 2], ARRAY[2, NULL])", result: "ARRAY[NULL, 2]" },
        Example { call: "ARRAY_INTERSECT(ARRAY[1], ARRAY[2])", result: "ARRAY[]" },
        Example { call: "ARRAY_INTERSECT(NULL, ARRAY[2])", result: "NULL" },
    ],
};

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let mut found: Vec<bool> = Vec::new();
    pick(call, |row, set, out| {
        for at in row.right {
            set.insert((1, at));
        }
        found.clear();
        found.resize(set.len(), false);
        for at in row.left {
            // What is new to the set is not in the second array and has a number beyond it.
            let (number, _) = set.insert((0, at));
            if let Some(found) = found.get_mut(number).filter(|found| !**found) {
                *found = true;
                out.push((0, at));
            }
        }
    })
}
