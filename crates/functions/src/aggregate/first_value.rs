//! `FIRST_VALUE`: the first value, another name of EARLIEST_BY_OFFSET.

use super::earliest_by_offset::OVERLOADS;
use super::{AggregateFunction, by_offset};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "FIRST_VALUE",
    description: "The first value of a column in the order of processing, or an array of the first n. Nulls are left \
                  out unless the last argument is false. EARLIEST_BY_OFFSET is the same.",
    undo: false,
    extension: true,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "FIRST_VALUE(x) of NULL; 'a'; 'b'", result: "'a'" },
        Example { call: "FIRST_VALUE(x, 2) of 1; NULL; 2; 3", result: "ARRAY[1, 2]" },
    ],
    state: |setup| by_offset::state::<false>(setup, "n"),
};
