//! `LATEST_BY_OFFSET`: the last value, or the last few.

use super::earliest_by_offset::OVERLOADS;
use super::{AggregateFunction, by_offset};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "LATEST_BY_OFFSET",
    description: "The last value of a column in the order of processing, or an array of the last n, the oldest of them first. \
                  Nulls are left out unless the last argument is false.",
    undo: false,
    extension: false,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "LATEST_BY_OFFSET(x) of 'a'; 'b'; NULL", result: "'b'" },
        Example { call: "LATEST_BY_OFFSET(x, FALSE) of 'a'; 'b'; NULL", result: "NULL" },
        Example { call: "LATEST_BY_OFFSET(x, 2) of 1; 2; NULL; 3", result: "ARRAY[2, 3]" },
        Example { call: "LATEST_BY_OFFSET(x, 2, FALSE) of 1; 2; NULL", result: "ARRAY[2, NULL]" },
    ],
    state: |setup| by_offset::state::<true>(setup, "latestN"),
};
