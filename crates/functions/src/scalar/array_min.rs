//! `ARRAY_MIN`: the smallest element of an array.

use std::cmp::Ordering;

use super::array_max::{best, overload};
use crate::{Example, Function};

pub(crate) static FUNCTION: Function = Function {
    name: "ARRAY_MIN",
    category: "ARRAY",
    description: "The smallest element of an array, nulls left out; null when there is none. Texts are ordered by UTF-16 \
                  units, false is before true; arrays, maps and structs have no order.",
    overloads: &[overload(|call| best(call, Ordering::Less))],
    examples: &[
        Example { call: "ARRAY_MIN(ARRAY[3, NULL, -1, 2])", result: "-1" },
        Example { call: "ARRAY_MIN(ARRAY['foo', 'food', 'Food'])", result: "'Food'" },
        Example { call: "ARRAY_MIN(ARRAY[1.25, 0.50])", result: "0.50" },
    ],
};
