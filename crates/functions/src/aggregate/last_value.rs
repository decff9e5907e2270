//! `LAST_VALUE`: the last value, another name of LATEST_BY_OFFSET.

use super::earliest_by_offset::OVERLOADS;
use super::{AggregateFunction, by_offset};
use crate::Example;

pub(crate) static FUNCTION: AggregateFunction = AggregateFunction {
    name: "LAST_VALUE",
    description: "The last value of a column in the order of processing, or an array of the last n. Nulls are left out \
                  unless the last argument is false. LATEST_BY_OFFSET is the same.",
    undo: false,
    extension: true,
    overloads: &OVERLOADS,
    examples: &[
        Example { call: "LAST_VALUE(x) of 'a'; 'b'; NULL", result: "'b'" },
        Example { call: "LAST_VALUE(x, FALSE) of 'a'; NULL", result: "NULL" },
    ],
    state: |setup| by_offset::state::<true>(setup, "n"),
};
